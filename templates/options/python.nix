# Python: declared once, for the system (whose nixpkgs has the corrections) and for the home (which has the interpreter).
{ lib, ... }:
let
  inherit (lib) mkOption types;
  texts = mkOption {
    type = types.listOf types.str;
    default = [ ];
    description = "Names.";
  };
in
{
  options.homeostat.python = mkOption {
    description = "The user's Python; null: none is declared.";
    default = null;
    type = types.nullOr (
      types.submodule {
        options = {
          interpreter = mkOption {
            type = types.str;
            default = "python3";
            description = "Package of the interpreter.";
          };
          packages = mkOption {
            type = types.listOf types.str;
            default = [ ];
            description = "Python packages that it can import.";
          };
          overrides = mkOption {
            description = "Corrections by Python package.";
            default = { };
            type = types.attrsOf (
              types.submodule {
                options = {
                  skipTests = mkOption {
                    type = types.bool;
                    default = false;
                    description = "Whether its tests are left out.";
                  };
                  disabledTests = texts // {
                    description = "Tests that are left out.";
                  };
                  relaxDependencies = texts // {
                    description = "Dependencies whose version bounds are ignored.";
                  };
                };
              }
            );
          };
        };
      }
    );
  };
}
