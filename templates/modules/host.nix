# The machine itself: name, time, language, boot loader, and what its profile brings.
{ config, lib, ... }:
let
  cfg = config.homeostat.host;
  inherit (lib)
    mkDefault
    mkIf
    mkMerge
    mkOption
    types
    ;
in
{
  options.homeostat.host = {
    name = mkOption {
      type = types.strMatching "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
      description = "Name of the machine.";
    };
    timeZone = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "Time zone; null: UTC, or what timedatectl was told.";
    };
    locale = mkOption {
      type = types.str;
      default = "en_US.UTF-8";
      description = "Language and conventions.";
    };
    stateVersion = mkOption {
      type = types.strMatching "[0-9]{2}\\.(05|11)";
      description = "The release this machine was first installed with.";
    };
    profile = mkOption {
      type = types.enum [
        "ci"
        "guest"
        "lab"
        "personal"
      ];
      default = "personal";
      description = "What the machine is for.";
    };
    bootLoader = mkOption {
      type = types.enum [
        "grub"
        "own"
        "systemd-boot"
      ];
      default = "own";
      description = "What starts the kernel; own: what the owner's modules say.";
    };
    bootDevice = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "Where grub is put; null: on the EFI partition.";
    };
  };

  config = mkMerge [
    {
      networking.hostName = cfg.name;
      time.timeZone = cfg.timeZone;
      i18n.defaultLocale = cfg.locale;
      system.stateVersion = cfg.stateVersion;
    }
    (mkIf (cfg.bootLoader == "systemd-boot") {
      boot.loader.systemd-boot.enable = true;
      boot.loader.efi.canTouchEfiVariables = mkDefault true;
    })
    (mkIf (cfg.bootLoader == "grub") {
      boot.loader.grub.enable = true;
      boot.loader.grub.device = if cfg.bootDevice == null then "nodev" else cfg.bootDevice;
      boot.loader.grub.efiSupport = cfg.bootDevice == null;
      boot.loader.efi.canTouchEfiVariables = mkIf (cfg.bootDevice == null) (mkDefault true);
    })
    (mkIf (cfg.profile == "personal" || cfg.profile == "lab") {
      networking.networkmanager.enable = mkDefault true;
    })
    (mkIf (cfg.profile == "lab") {
      services.openssh.enable = mkDefault true;
    })
    (mkIf (cfg.profile == "guest") {
      services.qemuGuest.enable = mkDefault true;
    })
    (mkIf (cfg.profile == "ci") {
      documentation.enable = mkDefault false;
    })
  ];
}
