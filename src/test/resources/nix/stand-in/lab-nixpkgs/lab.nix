# What a test says about a system besides the options of NixOS, and one service.
{ config, lib, ... }:
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

  # in the place of one module of NixOS whose options an entry of the catalogue sets
  config.systemd.services = lib.optionalAttrs (config ? services && config.services ? ollama) {
    ollama.serviceConfig = {
      ExecStart = "/bin/sleep 100000";
      Environment = "OLLAMA_HOST=${config.services.ollama.host}:${toString config.services.ollama.port}";
    };
  };
}
