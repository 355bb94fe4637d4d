# services.homeostat: the daemon on a NixOS machine. The module itself is in templates/, since a generated system has it,
# too; here it gets the package of the overlay.
{ lib, pkgs, ... }:
{
  imports = [ ../templates/modules/daemon.nix ];

  services.homeostat.package = lib.mkOverride 1100 pkgs.homeostat;
}
