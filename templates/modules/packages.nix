# What nixpkgs is here, and what is installed for everybody.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.homeostat;
  inherit (lib) mkOption types;
  package = import ../package.nix { inherit lib pkgs; };
in
{
  imports = [ ../options/python.nix ];

  options.homeostat = {
    facts.system = mkOption {
      type = types.strMatching "[a-z0-9_]+-linux";
      description = "The platform, such as x86_64-linux.";
    };
    nixos = {
      packages = mkOption {
        type = types.listOf types.str;
        default = [ ];
        description = "Packages for everybody, by name.";
      };
      allowUnfree = mkOption {
        type = types.bool;
        default = false;
        description = "Whether packages with unfree licences may be installed.";
      };
      modules = mkOption {
        type = types.listOf types.str;
        default = [ ];
        description = "The owner's own modules. configuration.nix imports them: imports cannot depend on options.";
      };
    };
  };

  config = {
    environment.systemPackages = map package cfg.nixos.packages;
    nixpkgs = {
      hostPlatform = cfg.facts.system;
      config.allowUnfree = cfg.nixos.allowUnfree;
      overlays = lib.optional (cfg.python != null) (import ../python.nix cfg.python.overrides);
    };
  };
}
