# Packages as tests need them: each is nothing but its name. Those that the templates name are listed, so that one that is
# not expected is missed.
{
  overlays ? [ ],
  # where programs are that an install script runs
  places ? { },
  ...
}:
let
  lib = import ./lib.nix;
  stub = name: {
    type = "derivation";
    inherit name;
    outPath = "package:${name}";
  };
  names = [
    "agenix-tool"
    "bashInteractive"
    "blender"
    "eslint"
    "fish"
    "freecad"
    "git"
    "gtkwave"
    "hello"
    "homeostat"
    "intel-compute-runtime"
    "intel-media-driver"
    "iverilog"
    "kicad"
    "libvdpau-va-gl"
    "nextpnr"
    "ngspice"
    "nodejs_22"
    "nvidia-vaapi-driver"
    "openscad"
    "ripgrep"
    "tsx"
    "typescript"
    "typescript-language-server"
    "vscodium"
    "yosys"
    "zsh"
  ];

  # A Python package, with what would build it differently in its name.
  pythonPackage =
    name: attributes:
    stub (if attributes == { } then name else "${name}${builtins.toJSON attributes}")
    // {
      overridePythonAttrs = change: pythonPackage name (attributes // change attributes);
    };
  python =
    name: final:
    let
      plain = lib.genAttrs [ "numpy" "requests" "torch" ] (package: pythonPackage package { });
      extended = builtins.foldl' (
        packages: extension: packages // extension packages packages
      ) plain final.pythonPackagesExtensions;
    in
    stub name
    // {
      withPackages =
        choose: stub "${name}[${builtins.concatStringsSep "," (map (package: package.name) (choose extended))}]";
    };

  base =
    final:
    lib.genAttrs names stub
    // {
      inherit lib;
      pythonPackagesExtensions = [ ];
      python3 = python "python3" final;
      python313 = python "python313" final;
      python313Packages.numpy = stub "python313Packages.numpy";
      rocmPackages.clr.icd = stub "rocmPackages.clr.icd";
      mkShell = attributes: attributes;
      callPackage =
        file: arguments:
        let
          function = import file;
        in
        function (builtins.intersectAttrs (builtins.functionArgs function) final // arguments);
      maven.buildMavenPackage = attributes: stub attributes.pname // { inherit attributes; };
      jdk25_headless = stub "jdk" // (if places ? jdk then { outPath = places.jdk; } else { });
      graalvmPackages.graalvm-ce = stub "graalvm-ce";
      coreutils = stub "coreutils" // (if places ? coreutils then { outPath = places.coreutils; } else { });
      formats.yaml = _: {
        type = lib.types.anything;
        generate = name: value: stub "${name}=${builtins.toJSON value}";
      };
    };
  packages = builtins.foldl' (
    before: overlay: final:
    let
      previous = before final;
    in
    previous // overlay final previous
  ) base overlays;
  fixed = packages fixed;
in
fixed
