# Compressed memory and swap files. Partitions for swap are in the hardware configuration.
{ config, lib, ... }:
let
  cfg = config.homeostat.memory;
  inherit (lib)
    mkIf
    mkMerge
    mkOption
    types
    ;
  percent =
    description:
    mkOption {
      type = types.nullOr types.ints.unsigned;
      default = null;
      inherit description;
    };
in
{
  options.homeostat.memory = {
    zswapPoolPercent = percent "Share of memory for compressed pages on their way to swap; 0: off; null: the kernel's default.";
    zramPercent = percent "Share of memory that may be swapped into compressed memory; 0: off; null: nothing is said.";
    swapFiles = mkOption {
      description = "Files that are made, and swapped to.";
      default = [ ];
      type = types.listOf (
        types.submodule {
          options = {
            path = mkOption {
              type = types.str;
              description = "Where it is.";
            };
            sizeMebibytes = mkOption {
              type = types.ints.unsigned;
              description = "How large it is, in MiB.";
            };
          };
        }
      );
    };
  };

  config = mkMerge [
    # By kernel parameters: boot.zswap is not in every release that is supported.
    (mkIf (cfg.zswapPoolPercent == 0) {
      boot.kernelParams = [ "zswap.enabled=0" ];
    })
    (mkIf (cfg.zswapPoolPercent != null && cfg.zswapPoolPercent > 0) {
      boot.kernelParams = [
        "zswap.enabled=1"
        "zswap.compressor=zstd"
        "zswap.max_pool_percent=${toString cfg.zswapPoolPercent}"
      ];
    })
    (mkIf (cfg.zramPercent != null) {
      zramSwap.enable = cfg.zramPercent > 0;
      zramSwap.memoryPercent = mkIf (cfg.zramPercent > 0) cfg.zramPercent;
    })
    {
      swapDevices = map (file: {
        device = file.path;
        size = file.sizeMebibytes;
      }) cfg.swapFiles;
    }
  ];
}
