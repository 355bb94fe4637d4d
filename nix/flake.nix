# Homeostat for NixOS: package, overlay, module, and a test on a virtual machine.
{
  description = "Keeps a NixOS machine as machine.yaml declares it";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      inherit (nixpkgs) lib;
      systems = [
        "x86_64-linux"
        "aarch64-linux"
      ];
      each =
        f:
        lib.genAttrs systems (
          system:
          f (
            import nixpkgs {
              inherit system;
              overlays = [ self.overlays.default ];
            }
          )
        );
    in
    {
      overlays.default = import ./overlay.nix;

      packages = each (pkgs: {
        default = pkgs.homeostat;
        native = pkgs.homeostat-native;
      });

      nixosModules.default = {
        imports = [ ./module.nix ];
        nixpkgs.overlays = [ self.overlays.default ];
      };

      checks = each (pkgs: {
        vm = import ./vm-test.nix { inherit pkgs; };
      });
    };
}
