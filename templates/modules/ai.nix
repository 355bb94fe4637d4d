# What the AI stack needs of the system below it: Podman, and the user's containers without a login. Off, it sets nothing;
# no other module depends on it.
{ config, lib, ... }:
let
  cfg = config.homeostat;
  inherit (lib) mkIf mkOption types;
in
{
  options.homeostat.ai.enable = mkOption {
    type = types.bool;
    default = false;
    description = "Whether the AI stack is wanted.";
  };

  config = mkIf cfg.ai.enable {
    virtualisation.podman.enable = true;
    users.users = mkIf (cfg.user != null) { ${cfg.user.name}.linger = true; };
  };
}
