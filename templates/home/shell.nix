# The user's shell, its short names and variables.
{ config, lib, ... }:
let
  cfg = config.homeostat.home.shell;
  inherit (config.homeostat.user) shell;
  inherit (lib) mkIf mkOption types;
in
{
  options.homeostat.home.shell = {
    aliases = mkOption {
      type = types.attrsOf types.str;
      default = { };
      description = "Short names of commands.";
    };
    environment = mkOption {
      type = types.attrsOf types.str;
      default = { };
      description = "Environment variables.";
    };
  };

  config = {
    home.shellAliases = cfg.aliases;
    home.sessionVariables = cfg.environment;
    programs.bash.enable = mkIf (shell == "bash") true;
    programs.fish.enable = mkIf (shell == "fish") true;
    programs.zsh.enable = mkIf (shell == "zsh") true;
  };
}
