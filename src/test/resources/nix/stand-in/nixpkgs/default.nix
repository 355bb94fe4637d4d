import ../packages.nix
