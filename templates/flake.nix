# The system, the user's home and the development shells that machine.json describes. Nothing here is edited or generated:
# all that differs from machine to machine is in machine.json and in own/.
#
# The inputs are names. What they stand for is said when they are locked:
#   nix flake lock --override-flake nixpkgs github:NixOS/nixpkgs/nixos-26.05 --override-flake home-manager ...
# and stays so, as flake.lock says, until they are updated, which needs the same options.
{
  description = "A machine as machine.yaml declares it";

  inputs = {
    nixpkgs.url = "flake:nixpkgs";
    home-manager = {
      url = "flake:home-manager";
      inputs.nixpkgs.follows = "nixpkgs";
    };
    sops-nix = {
      url = "flake:sops-nix";
      inputs.nixpkgs.follows = "nixpkgs";
    };
    agenix = {
      url = "flake:agenix";
      inputs.nixpkgs.follows = "nixpkgs";
      inputs.home-manager.follows = "home-manager";
    };
  };

  outputs =
    {
      nixpkgs,
      home-manager,
      sops-nix,
      agenix,
      ...
    }:
    let
      inherit (nixpkgs) lib;
      machine = builtins.fromJSON (builtins.readFile ./machine.json);
      inherit (machine.facts) system;
      pkgs = import nixpkgs {
        inherit system;
        config.allowUnfree = machine.nixos.allowUnfree;
        overlays = [ (import ./python.nix (machine.python.overrides or { })) ];
      };
    in
    {
      nixosConfigurations.${machine.host.name} = lib.nixosSystem {
        specialArgs = { inherit machine; };
        modules = [
          sops-nix.nixosModules.sops
          agenix.nixosModules.default
          ./configuration.nix
        ];
      };

      homeConfigurations = lib.optionalAttrs (machine ? user) {
        ${machine.user.name} = home-manager.lib.homeManagerConfiguration {
          inherit pkgs;
          extraSpecialArgs = { inherit machine; };
          modules = [ ./home.nix ];
        };
      };

      devShells.${system} = import ./dev-shells.nix { inherit lib pkgs machine; };
    };
}
