# Drivers for the graphics hardware that was found, by vendor.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.homeostat.gpu;
  inherit (lib)
    elem
    head
    length
    mkDefault
    mkIf
    mkMerge
    mkOption
    types
    ;
  has = vendor: elem vendor cfg.vendors;
in
{
  options.homeostat.gpu.vendors = mkOption {
    type = types.listOf (
      types.enum [
        "amd"
        "intel"
        "nvidia"
      ]
    );
    default = [ ];
    description = "Whose drivers are needed; empty: software rendering.";
  };

  config = mkMerge [
    (mkIf (cfg.vendors != [ ]) {
      hardware.graphics.enable = true;
      hardware.graphics.enable32Bit = mkDefault (config.homeostat.facts.system == "x86_64-linux");
    })
    (mkIf (has "intel") {
      hardware.graphics.extraPackages = [
        pkgs.intel-media-driver
        pkgs.intel-compute-runtime
        pkgs.libvdpau-va-gl
      ];
    })
    (mkIf (has "amd") {
      hardware.graphics.extraPackages = [ pkgs.rocmPackages.clr.icd ];
    })
    (mkIf (has "nvidia") {
      hardware.graphics.extraPackages = [ pkgs.nvidia-vaapi-driver ];
      services.xserver.videoDrivers = [ "nvidia" ];
      hardware.nvidia.modesetting.enable = true;
      # NVIDIA's own advice for all cards since Turing; older ones need an own module that says false.
      hardware.nvidia.open = mkDefault true;
      hardware.nvidia-container-toolkit.enable = mkIf (
        config.homeostat.containers.enable || config.homeostat.ai.enable
      ) true;
    })
    # With two vendors libva chooses by the device; one name for both would be wrong for one of them.
    (mkIf (length cfg.vendors == 1) {
      environment.sessionVariables.LIBVA_DRIVER_NAME =
        {
          amd = "radeonsi";
          intel = "iHD";
          nvidia = "nvidia";
        }
        .${head cfg.vendors};
    })
  ];
}
