# Virtual machines, by libvirt. users.nix makes the user a member of its group.
{ config, lib, ... }:
let
  inherit (lib) mkIf mkOption types;
in
{
  options.homeostat.virtualization.libvirt = mkOption {
    type = types.bool;
    default = false;
    description = "Whether libvirtd runs.";
  };

  config = mkIf config.homeostat.virtualization.libvirt {
    virtualisation.libvirtd.enable = true;
  };
}
