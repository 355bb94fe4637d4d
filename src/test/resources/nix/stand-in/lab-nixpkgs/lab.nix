# What a test says about a system besides the options of NixOS.
{ lib, ... }:
let
  text =
    default:
    lib.mkOption {
      type = lib.types.str;
      inherit default;
    };
in
{
  options.lab = {
    motd = text "";
    kernel = text "6.12.1";
    # as ../../system-flake/switch-to-configuration.sh knows it
    switch = text "work";
  };
}
