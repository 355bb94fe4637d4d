# The declared Python interpreter with the packages that it can import.
pkgs:
{
  interpreter ? "python3",
  packages ? [ ],
  ...
}:
pkgs.${interpreter}.withPackages (
  available:
  map (
    name: available.${name} or (throw "machine.yaml: there is no Python package ${name} in this nixpkgs")
  ) packages
)
