# The user's home, by Home Manager: machine.json as values of the options that the modules declare, and the owner's own
# modules.
{ machine, ... }:
let
  own = path: ./. + "/own${path}";
in
{
  imports = [
    ./home/dotfiles.nix
    ./home/editor.nix
    ./home/git.nix
    ./home/packages.nix
    ./home/shell.nix
    ./home/user.nix
  ]
  ++ map own machine.home.modules;

  homeostat = {
    inherit (machine) user;
    inherit (machine.host) stateVersion;
    home = removeAttrs machine.home [ "modules" ];
  }
  // (if machine ? python then { inherit (machine) python; } else { });
}
