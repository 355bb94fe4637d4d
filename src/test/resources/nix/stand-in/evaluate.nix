# What the templates make of a machine.json: values by option, and the names of the options that were set.
{ tree }:
let
  lib = import ./lib.nix;
  machine = builtins.fromJSON (builtins.readFile (tree + "/machine.json"));
  nixpkgs = (import ./nixpkgs/flake.nix).outputs { };
  homeManager = (import ./home-manager/flake.nix).outputs { inherit nixpkgs; };
  system = nixpkgs.lib.nixosSystem {
    specialArgs = { inherit machine; };
    modules = [ (tree + "/configuration.nix") ];
  };
  pkgs = import ./packages.nix {
    overlays = [ (import (tree + "/python.nix") (machine.python.overrides or { })) ];
  };
  home = homeManager.lib.homeManagerConfiguration {
    inherit pkgs;
    extraSpecialArgs = { inherit machine; };
    modules = [ (tree + "/home.nix") ];
  };

  # Only what was set is shown: options without a value, and functions, are not JSON.
  shown =
    evaluated:
    builtins.listToAttrs (
      map (name: {
        inherit name;
        value = lib.attrByPath (builtins.filter builtins.isString (builtins.split "\\." name)) null evaluated.config;
      }) (builtins.filter (name: builtins.match ".*(<name>|\\*).*" name == null) (whole evaluated))
    );
  whole = evaluated: builtins.filter (name: !lib.hasPrefix "homeostat." name) evaluated.set;
  readable = set: removeAttrs set [ "nixpkgs.overlays" ];
in
{
  nixos = readable (shown system) // {
    users = system.config.users.users;
    groups = system.config.users.groups;
    systemd = removeAttrs system.config.systemd [ "packages" "tmpfiles" ];
    sops = system.config.sops.secrets;
    age = system.config.age.secrets;
    buildMachines = system.config.nix.buildMachines;
    # by path: they have no order
    swapDevices = builtins.listToAttrs (
      map (swap: {
        name = swap.device;
        value = swap.size;
      }) system.config.swapDevices
    );
    etc = system.config.environment.etc;
    failed = map (assertion: assertion.message) (builtins.filter (a: !a.assertion) system.config.assertions);
  };
  nixosOptions = whole system;
  home =
    if machine ? user then
      shown home
      // {
        # a path as it is written: as JSON it would be copied to the store
        files = builtins.mapAttrs (
          _: file: file // { source = if file.source == null then null else toString file.source; }
        ) home.config.home.file;
      }
    else
      null;
  homeOptions = if machine ? user then whole home else [ ];
  devShells = import (tree + "/dev-shells.nix") { inherit lib pkgs machine; };
}
