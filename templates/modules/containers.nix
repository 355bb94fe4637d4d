# Podman. Containers themselves are Quadlet files that the daemon keeps.
{ config, lib, ... }:
let
  cfg = config.homeostat.containers;
  inherit (lib)
    genAttrs
    mkIf
    mkOption
    types
    ;
in
{
  options.homeostat.containers = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether there is Podman.";
    };
    rootlessUsers = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Users whose containers run without anybody logged in. Each is declared here or in an own module.";
    };
  };

  config = mkIf cfg.enable {
    virtualisation.podman.enable = true;
    virtualisation.podman.defaultNetwork.settings.dns_enabled = true;
    users.users = genAttrs cfg.rootlessUsers (_: { linger = true; });
  };
}
