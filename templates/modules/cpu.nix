# Microcode: the processor's corrections by its maker, in the initial RAM disk.
{ config, lib, ... }:
let
  cfg = config.homeostat.cpu;
  inherit (lib) mkIf mkMerge mkOption types;
  # said with normal priority: what nixos-generate-config writes is a default
  update = mkIf (cfg.microcode != null);
in
{
  options.homeostat.cpu = {
    vendor = mkOption {
      type = types.nullOr (
        types.enum [
          "amd"
          "intel"
        ]
      );
      default = null;
      description = "Who made the processor; null: somebody whose processors get no microcode.";
    };
    microcode = mkOption {
      type = types.nullOr types.bool;
      default = null;
      description = "Whether the processor is corrected at boot; null: nothing is said.";
    };
  };

  config = mkMerge [
    (mkIf (cfg.vendor == "amd") {
      hardware.cpu.amd.updateMicrocode = update cfg.microcode;
    })
    (mkIf (cfg.vendor == "intel") {
      hardware.cpu.intel.updateMicrocode = update cfg.microcode;
    })
  ];
}
