# What the module makes of options below services.homeostat, given as JSON.
{ options }:
let
  lib = import ./lib.nix;
  pkgs = import ./packages.nix { overlays = [ (import ../../../../../nix/overlay.nix) ]; };
  system = lib.evalModules {
    specialArgs = { inherit pkgs; };
    modules = [
      ../../../../../nix/module.nix
      ./nixos-options.nix
      { services.homeostat = builtins.fromJSON options; }
    ];
  };
in
{
  inherit (system.config.systemd) services sockets packages;
  inherit (system.config.environment) etc systemPackages;
  groups = system.config.users.groups;
  tmpfiles = system.config.systemd.tmpfiles.packages;
  failed = map (assertion: assertion.message) (builtins.filter (a: !a.assertion) system.config.assertions);
}
