# What entries of the catalogue ask for: options of NixOS by their dotted names. They have the precedence of a default, so
# that an own module says otherwise by saying something.
{ lib, machine, ... }:
let
  inherit (builtins)
    attrValues
    concatLists
    head
    tail
    ;
  inherit (lib)
    mapAttrsToList
    mkDefault
    mkMerge
    mkOption
    splitString
    types
    ;

  set = path: value: if path == [ ] then mkDefault value else { ${head path} = set (tail path) value; };
in
{
  options.homeostat.catalog.options = mkOption {
    type = types.attrsOf (types.attrsOf types.anything);
    default = { };
    description = "By entry of the catalogue: options of NixOS and their values.";
  };

  # which options are set cannot depend on an option: their names come from machine.json itself
  config = mkMerge (
    concatLists (
      map (mapAttrsToList (name: value: set (splitString "." name) value)) (attrValues machine.catalog.options)
    )
  );
}
