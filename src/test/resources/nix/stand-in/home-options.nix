# Options of Home Manager that the templates set, as its modules declare them: see nixos-options.nix.
{ lib, ... }:
let
  inherit (lib) mkOption types;
  option = type: mkOption { inherit type; };
  switch = mkOption {
    type = types.bool;
    default = false;
  };
  set =
    type:
    mkOption {
      type = types.attrsOf type;
      default = { };
    };
in
{
  options = {
    home = {
      username = option types.str;
      homeDirectory = option types.path;
      stateVersion = option types.str;
      packages = mkOption {
        type = types.listOf types.package;
        default = [ ];
      };
      sessionVariables = set types.str;
      shellAliases = set types.str;
      file = set (
        types.submodule {
          options = {
            text = mkOption {
              type = types.nullOr types.str;
              default = null;
            };
            source = mkOption {
              type = types.nullOr types.path;
              default = null;
            };
            executable = option (types.nullOr types.bool);
          };
        }
      );
    };
    programs = {
      bash.enable = switch;
      fish.enable = switch;
      zsh.enable = switch;
      git.enable = switch;
      git.settings = set types.anything;
      home-manager.enable = switch;
      neovim.enable = switch;
      neovim.defaultEditor = switch;
      vim.enable = switch;
      vim.defaultEditor = switch;
    };
  };
}
