# The user's editor.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (config.homeostat.user) editor;
  inherit (lib) mkIf mkMerge;
in
{
  config = mkMerge [
    (mkIf (editor == "vim") {
      programs.vim.enable = true;
      programs.vim.defaultEditor = true;
    })
    (mkIf (editor == "nvim") {
      programs.neovim.enable = true;
      programs.neovim.defaultEditor = true;
    })
    # As a package: Home Manager's module for it has another name in each of the last releases.
    (mkIf (editor == "codium") {
      home.packages = [ pkgs.vscodium ];
      home.sessionVariables.EDITOR = "codium --wait";
    })
  ];
}
