# Stands in for sops-nix; its options are with those of NixOS.
{
  inputs.nixpkgs.url = "flake:nixpkgs";
  outputs = _: { nixosModules.sops = { }; };
}
