# From the name of a package to the package: "ripgrep", "python313Packages.requests".
{ lib, pkgs }:
name:
lib.attrByPath (lib.splitString "." name)
  (throw "machine.yaml: there is no package ${name} in this nixpkgs")
  pkgs
