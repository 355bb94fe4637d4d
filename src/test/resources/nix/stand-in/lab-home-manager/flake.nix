# The stand-in for Home Manager with homes that can be built and activated, as ../../system-flake makes them.
{
  inputs.nixpkgs.url = "flake:nixpkgs";

  outputs =
    inputs:
    let
      base = ((import ../home-manager/flake.nix).outputs inputs).lib;
    in
    {
      lib.homeManagerConfiguration =
        arguments:
        let
          home = base.homeManagerConfiguration arguments;
        in
        home
        // {
          activationPackage = import ../../system-flake/home.nix {
            shell = import ../../system-flake/shell.nix {
              inherit (arguments.extraSpecialArgs.machine.facts) system;
            };
            home = {
              greeting = home.config.home.sessionVariables.GREETING or "hello";
              behaviour = "work";
              driver = "1";
            };
          };
        };
    };
}
