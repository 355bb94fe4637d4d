# Options of NixOS, sops-nix and agenix that the templates set, as their modules declare them: name and type. One that is
# set without being here is an error, so nothing is set that was not looked up. docs/reference/templates.md says where.
{ lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  option = type: mkOption { inherit type; };
  switch = mkOption {
    type = types.bool;
    default = false;
  };
  list =
    type:
    mkOption {
      type = types.listOf type;
      default = [ ];
    };
  set =
    type:
    mkOption {
      type = types.attrsOf type;
      default = { };
    };
  text = mkOption {
    type = types.nullOr types.str;
    default = null;
  };
  root = mkOption {
    type = types.str;
    default = "0";
  };
  setting = types.either types.bool (types.either types.int (types.either types.str (types.listOf types.str)));

  unit = {
    unitConfig = set setting;
    wantedBy = list types.str;
    requiredBy = list types.str;
    aliases = list types.str;
  };
  units = options: set (types.submodule { options = unit // options; });
in
{
  options = {
    assertions = list types.anything;

    boot.kernelParams = list types.str;
    boot.loader.efi.canTouchEfiVariables = switch;
    boot.loader.grub = {
      enable = switch;
      device = option types.str;
      efiSupport = switch;
    };
    boot.loader.systemd-boot.enable = switch;

    documentation.enable = switch;

    environment.etc = set (
      types.submodule {
        options = {
          source = option types.package;
          mode = option types.str;
          group = option types.str;
        };
      }
    );
    environment.sessionVariables = set types.str;
    environment.systemPackages = list types.package;

    hardware.cpu.amd.updateMicrocode = switch;
    hardware.cpu.intel.updateMicrocode = switch;
    hardware.graphics = {
      enable = switch;
      enable32Bit = switch;
      extraPackages = list types.package;
    };
    hardware.nvidia.modesetting.enable = switch;
    hardware.nvidia.open = option (types.nullOr types.bool);
    hardware.nvidia-container-toolkit.enable = switch;

    i18n.defaultLocale = option types.str;

    networking.hostName = option (types.strMatching "([A-Za-z0-9]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?)?");
    networking.networkmanager.enable = switch;

    nix.buildMachines = list (
      types.submodule {
        options = {
          hostName = option types.str;
          systems = list types.str;
          protocol = option (
            types.enum [
              null
              "ssh"
              "ssh-ng"
            ]
          );
          sshUser = text;
          sshKey = text;
          maxJobs = option types.int;
          speedFactor = option types.ints.positive;
          supportedFeatures = list types.str;
        };
      }
    );
    nix.distributedBuilds = switch;
    nix.settings = {
      builders-use-substitutes = option types.bool;
      cores = option types.int;
      experimental-features = list types.str;
      max-jobs = option (types.either types.int (types.enum [ "auto" ]));
      substituters = list types.str;
      trusted-public-keys = list types.str;
    };

    nixpkgs = {
      config.allowUnfree = switch;
      hostPlatform = option types.str;
      overlays = list types.anything;
    };

    programs.fish.enable = switch;
    programs.zsh.enable = switch;

    services.openssh.enable = switch;
    services.qemuGuest.enable = switch;
    services.xserver.videoDrivers = list types.str;

    swapDevices = list (
      types.submodule {
        options = {
          device = option types.str;
          size = mkOption {
            type = types.nullOr types.int;
            default = null;
          };
        };
      }
    );

    system.stateVersion = option types.str;

    systemd = {
      packages = list types.package;
      tmpfiles.packages = list types.package;
      services = units {
        serviceConfig = set setting;
        enableDefaultPath = mkOption {
          type = types.bool;
          default = true;
        };
      };
      sockets = units { socketConfig = set setting; };
      timers = units { timerConfig = set setting; };
      paths = units { pathConfig = set setting; };
      targets = units { };
    };

    time.timeZone = text;

    users.groups = set (types.submodule { options.members = list types.str; });
    users.users = set (
      types.submodule {
        options = {
          isNormalUser = switch;
          description = mkOption {
            type = types.str;
            default = "";
          };
          shell = mkOption {
            type = types.nullOr types.package;
            default = null;
          };
          extraGroups = list types.str;
          hashedPasswordFile = mkOption {
            type = types.nullOr types.str;
            default = null;
          };
          linger = mkOption {
            type = types.nullOr types.bool;
            default = null;
          };
        };
      }
    );

    virtualisation.libvirtd.enable = switch;
    virtualisation.podman.enable = switch;
    virtualisation.podman.defaultNetwork.settings = set types.anything;

    zramSwap.enable = switch;
    zramSwap.memoryPercent = mkOption {
      type = types.int;
      default = 50;
    };

    # sops-nix
    sops = {
      defaultSopsFile = option types.path;
      validateSopsFiles = option types.bool;
      age.keyFile = text;
      secrets = set (
        types.submodule (
          { name, ... }:
          {
            options = {
              mode = option types.str;
              owner = text;
              group = text;
              neededForUsers = switch;
              restartUnits = list types.str;
              path = mkOption {
                type = types.str;
                default = "/run/secrets/${name}";
              };
            };
          }
        )
      );
    };

    # agenix
    age = {
      identityPaths = list types.path;
      secrets = set (
        types.submodule (
          { name, ... }:
          {
            options = {
              file = option types.path;
              mode = option types.str;
              owner = root;
              group = root;
              path = mkOption {
                type = types.str;
                default = "/run/agenix/${name}";
              };
            };
          }
        )
      );
    };
  };
}
