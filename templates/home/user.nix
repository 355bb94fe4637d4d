# Whose home it is.
{ config, lib, ... }:
let
  cfg = config.homeostat;
in
{
  imports = [ ../options/user.nix ];

  options.homeostat.stateVersion = lib.mkOption {
    type = lib.types.str;
    description = "The release this machine was first installed with.";
  };

  config = {
    home.username = cfg.user.name;
    home.homeDirectory = "/home/${cfg.user.name}";
    home.stateVersion = cfg.stateVersion;
    programs.home-manager.enable = true;
  };
}
