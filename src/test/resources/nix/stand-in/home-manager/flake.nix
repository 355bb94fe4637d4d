# Stands in for Home Manager.
{
  inputs.nixpkgs.url = "flake:nixpkgs";

  outputs =
    { nixpkgs, ... }:
    {
      lib.homeManagerConfiguration =
        {
          pkgs,
          modules,
          extraSpecialArgs ? { },
        }:
        nixpkgs.lib.evalModules {
          modules = modules ++ [ ../home-options.nix ];
          specialArgs = extraSpecialArgs // {
            inherit pkgs;
          };
        };
    };
}
