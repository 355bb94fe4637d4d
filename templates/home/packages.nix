# What is installed for the user, Python included.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.homeostat;
  package = import ../package.nix { inherit lib pkgs; };
in
{
  imports = [ ../options/python.nix ];

  options.homeostat.home.packages = lib.mkOption {
    type = lib.types.listOf lib.types.str;
    default = [ ];
    description = "Packages for the user, by name.";
  };

  config.home.packages =
    map package cfg.home.packages
    ++ lib.optional (cfg.python != null) (import ../python-environment.nix pkgs cfg.python);
}
