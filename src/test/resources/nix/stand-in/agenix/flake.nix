# Stands in for agenix; its options are with those of NixOS.
{
  inputs.nixpkgs.url = "flake:nixpkgs";
  inputs.home-manager.url = "flake:home-manager";
  outputs = _: { nixosModules.default = { }; };
}
