# The user's account. The password is a secret: only the path of the file with its hash is known here.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.homeostat;
  inherit (cfg) user;
  inherit (lib) mkIf optional;
  hash = cfg.secrets.paths.${user.passwordHash};
in
{
  imports = [ ../options/user.nix ];

  config = mkIf (user != null) {
    users.users.${user.name} = {
      isNormalUser = true;
      inherit (user) description;
      shell =
        {
          bash = pkgs.bashInteractive;
          fish = pkgs.fish;
          zsh = pkgs.zsh;
        }
        .${user.shell};
      extraGroups = [
        "wheel"
      ]
      ++ optional config.networking.networkmanager.enable "networkmanager"
      ++ optional config.virtualisation.libvirtd.enable "libvirtd";
      hashedPasswordFile = mkIf (user.passwordHash != null) hash;
    };
    programs.fish.enable = mkIf (user.shell == "fish") true;
    programs.zsh.enable = mkIf (user.shell == "zsh") true;
  };
}
