# What nix/package.nix would have built, with programs of the machine in place of those of nixpkgs.
{
  jdk,
  coreutils,
  native ? false,
}:
let
  pkgs = import ./packages.nix {
    overlays = [ (import ../../../../../nix/overlay.nix) ];
    places = { inherit jdk coreutils; };
  };
in
{
  inherit ((if native then pkgs.homeostat-native else pkgs.homeostat).attributes)
    pname
    installPhase
    postFixup
    mvnParameters
    mvnHash
    ;
}
