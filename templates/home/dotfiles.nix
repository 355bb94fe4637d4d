# Files in the home folder: links into the Nix store.
{ config, lib, ... }:
let
  inherit (lib)
    mapAttrs'
    mkOption
    nameValuePair
    removePrefix
    types
    ;
  text =
    description:
    mkOption {
      type = types.nullOr types.str;
      default = null;
      inherit description;
    };
in
{
  options.homeostat.home.dotfiles = mkOption {
    description = "Files by path, which begins with ~/.";
    default = { };
    type = types.attrsOf (
      types.submodule {
        options = {
          content = text "Its content.";
          source = text "The file it is copied from, which is in own/.";
          executable = mkOption {
            type = types.bool;
            default = false;
            description = "Whether it is a program.";
          };
        };
      }
    );
  };

  config.home.file = mapAttrs' (
    path: file:
    nameValuePair (removePrefix "~/" path) (
      (if file.source != null then { source = ../own + file.source; } else { text = file.content; })
      // {
        inherit (file) executable;
      }
    )
  ) config.homeostat.home.dotfiles;
}
