# The system: machine.json as values of the options that the modules declare, and the owner's own modules.
{ lib, machine, ... }:
let
  own = path: ./. + "/own${path}";
  hardware = own "/etc/nixos/hardware-configuration.nix";
in
{
  imports = [
    ./modules/ai.nix
    ./modules/catalog.nix
    ./modules/containers.nix
    ./modules/cpu.nix
    ./modules/daemon.nix
    ./modules/gpu.nix
    ./modules/host.nix
    ./modules/memory.nix
    ./modules/nix-build.nix
    ./modules/packages.nix
    ./modules/secrets.nix
    ./modules/services.nix
    ./modules/users.nix
    ./modules/virtualization.nix
  ]
  ++ lib.optional (builtins.pathExists hardware) hardware
  ++ map own machine.nixos.modules;

  homeostat = removeAttrs machine [
    "devShells"
    "home"
  ];
}
