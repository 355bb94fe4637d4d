# Who the user is: declared once, for the system and for the home.
{ lib, ... }:
let
  inherit (lib) mkOption types;
in
{
  options.homeostat.user = mkOption {
    description = "The person whose machine it is; null: nobody is declared.";
    default = null;
    type = types.nullOr (
      types.submodule {
        options = {
          name = mkOption {
            type = types.strMatching "[a-z_][a-z0-9_-]{0,30}";
            description = "Login name.";
          };
          description = mkOption {
            type = types.str;
            default = "";
            description = "Full name.";
          };
          shell = mkOption {
            type = types.enum [
              "bash"
              "fish"
              "zsh"
            ];
            default = "bash";
            description = "Login shell.";
          };
          editor = mkOption {
            type = types.enum [
              "codium"
              "nvim"
              "vim"
            ];
            default = "vim";
            description = "What EDITOR is.";
          };
          git = mkOption {
            description = "Who commits; null: git is not set up.";
            default = null;
            type = types.nullOr (
              types.submodule {
                options = {
                  name = mkOption {
                    type = types.str;
                    description = "Name in commits.";
                  };
                  email = mkOption {
                    type = types.str;
                    description = "Address in commits.";
                  };
                };
              }
            );
          };
          passwordHash = mkOption {
            type = types.nullOr types.str;
            default = null;
            description = "Name of the secret that holds the hash of the password.";
          };
        };
      }
    );
  };
}
