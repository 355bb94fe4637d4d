# pkgs.homeostat and pkgs.homeostat-native.
final: _: {
  homeostat = final.callPackage ./package.nix { };
  homeostat-native = final.callPackage ./package.nix { native = true; };
}
