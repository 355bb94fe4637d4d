# Stands in for nixpkgs.
{
  outputs =
    _:
    let
      lib = import ../lib.nix;
    in
    {
      lib = lib // {
        nixosSystem =
          {
            modules,
            specialArgs ? { },
          }:
          let
            system = lib.evalModules {
              modules = modules ++ [
                ../nixos-options.nix
                ../catalog-options.nix
              ];
              specialArgs = specialArgs // {
                pkgs = import ../packages.nix { inherit (system.config.nixpkgs) overlays; };
              };
            };
          in
          system;
      };
    };
}
