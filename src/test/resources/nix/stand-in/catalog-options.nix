# Options that entries of the catalogue set and nobody else: of any type, since the catalogue says where they were looked up.
{ lib, machine, ... }:
let
  inherit (builtins) attrNames attrValues concatLists foldl' head tail;
  inherit (lib) filter mkOption recursiveUpdate splitString types;
  declared = (import ./nixos-options.nix { inherit lib; pkgs = { }; }).options;
  isThere =
    options: path:
    options ? _type || (path != [ ] && options ? ${head path} && isThere options.${head path} (tail path));
  set = path: value: if path == [ ] then value else { ${head path} = set (tail path) value; };
  paths = map (splitString ".") (concatLists (map attrNames (attrValues machine.catalog.options)));
in
{
  options = foldl' (all: path: recursiveUpdate all (set path (mkOption { type = types.anything; }))) { } (
    filter (path: !isThere declared path) paths
  );
}
