# Who commits.
{ config, lib, ... }:
let
  inherit (config.homeostat.user) git;
in
{
  config = lib.mkIf (git != null) {
    programs.git.enable = true;
    programs.git.settings.user = { inherit (git) name email; };
  };
}
