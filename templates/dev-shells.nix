# Development shells: nix develop .#NAME. The ready-made ones are always there; what machine.json says of one is added.
{
  lib,
  pkgs,
  machine,
}:
let
  package = import ./package.nix { inherit lib pkgs; };

  readyMade = {
    pcb-design = [
      "kicad"
      "freecad"
      "openscad"
      "ngspice"
    ];
    ic-design = [
      "yosys"
      "nextpnr"
      "iverilog"
      "gtkwave"
      "ngspice"
    ];
    cad-cam = [
      "freecad"
      "openscad"
      "blender"
    ];
    ts-dev = [
      "nodejs_22"
      "typescript"
      "typescript-language-server"
      "eslint"
      "tsx"
    ];
  };

  declared = machine.devShells;
  nothing = {
    packages = [ ];
    environment = { };
    python = false;
  };
  names = lib.unique (lib.attrNames readyMade ++ lib.attrNames declared);
  python = import ./python-environment.nix pkgs (machine.python or { });
in
lib.genAttrs names (
  name:
  let
    shell = declared.${name} or nothing;
  in
  pkgs.mkShell {
    name = "${name}-shell";
    packages =
      map package (lib.unique (readyMade.${name} or [ ] ++ shell.packages)) ++ lib.optional shell.python python;
    env = shell.environment;
  }
)
