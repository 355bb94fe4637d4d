# How and where Nix builds. The only place that sets max-jobs and cores.
{ config, lib, ... }:
let
  cfg = config.homeostat.build;
  inherit (lib) mkOption types;
  texts =
    description:
    mkOption {
      type = types.listOf types.str;
      default = [ ];
      inherit description;
    };
in
{
  options.homeostat.build = {
    substituters = texts "Binary caches besides cache.nixos.org.";
    trustedPublicKeys = texts "Public keys of those caches.";
    maxJobs = mkOption {
      type = types.either types.ints.unsigned (types.enum [ "auto" ]);
      description = "Builds at once.";
    };
    cores = mkOption {
      type = types.ints.unsigned;
      description = "Processors for each build; 0: all.";
    };
    remoteBuilders = mkOption {
      description = "Machines that build for this one.";
      default = [ ];
      type = types.listOf (
        types.submodule {
          options = {
            hostName = mkOption {
              type = types.str;
              description = "Its name or address.";
            };
            systems = texts "What it builds for; empty: this machine's own platform.";
            protocol = mkOption {
              type = types.enum [
                "ssh"
                "ssh-ng"
              ];
              description = "How it is spoken to.";
            };
            sshUser = mkOption {
              type = types.nullOr types.str;
              default = null;
              description = "User there.";
            };
            sshKey = mkOption {
              type = types.nullOr types.str;
              default = null;
              description = "File with the private key. A path on the machine, never in the store.";
            };
            maxJobs = mkOption {
              type = types.ints.unsigned;
              description = "Builds at once there.";
            };
            speedFactor = mkOption {
              type = types.ints.unsigned;
              description = "Higher is asked first.";
            };
            supportedFeatures = texts "Such as kvm.";
          };
        }
      );
    };
  };

  config.nix = {
    settings = {
      experimental-features = [
        "nix-command"
        "flakes"
      ];
      max-jobs = cfg.maxJobs;
      inherit (cfg) cores substituters;
      trusted-public-keys = cfg.trustedPublicKeys;
      builders-use-substitutes = cfg.remoteBuilders != [ ];
    };
    distributedBuilds = cfg.remoteBuilders != [ ];
    buildMachines = map (
      builder:
      builder
      // {
        systems = if builder.systems == [ ] then [ config.homeostat.facts.system ] else builder.systems;
      }
    ) cfg.remoteBuilders;
  };
}
