# A machine in small: what a NixOS flake offers, made of raw derivations, so that nothing has to be fetched. machine.json
# says what its generations hold and how they behave.
{
  description = "Generations for tests";

  outputs =
    { self }:
    let
      machine = builtins.fromJSON (builtins.readFile ./machine.json);
      shell = import ./shell.nix { inherit (machine) system; };
    in
    {
      nixosConfigurations.machine.config.system.build.toplevel = import ./generation.nix { inherit machine shell; };
      homeConfigurations = builtins.mapAttrs (_: home: {
        activationPackage = import ./home.nix { inherit home shell; };
      }) ({ app = machine.home; } // (machine.homes or { }));
      packages.${machine.system} = builtins.mapAttrs shell.package machine.packages;
    };
}
