# Secrets by path. Encrypted files stay where they are on the machine, outside the Nix store; they are decrypted at
# activation, to files in memory. No value is ever seen here.
{ config, lib, ... }:
let
  cfg = config.homeostat.secrets;
  inherit (lib)
    filterAttrs
    mapAttrs
    mapAttrsToList
    mkIf
    mkMerge
    mkOption
    types
    ;
  text =
    description:
    mkOption {
      type = types.nullOr types.str;
      default = null;
      inherit description;
    };
  given = filterAttrs (_: value: value != null);
  sops = cfg.format == "sops";
  isPasswordHash = name: config.homeostat.user != null && config.homeostat.user.passwordHash == name;
in
{
  options.homeostat.secrets = {
    format = mkOption {
      type = types.nullOr (
        types.enum [
          "age"
          "sops"
        ]
      );
      default = null;
      description = "How secrets are encrypted; null: there are none.";
    };
    file = text "The encrypted file of sops. A path on the machine.";
    keyFile = text "File with the age key that decrypts; null: the machine's SSH host keys.";
    entries = mkOption {
      description = "Secrets by name.";
      default = { };
      type = types.attrsOf (
        types.submodule {
          options = {
            file = text "Its encrypted file, with age. A path on the machine.";
            service = text "Service that gets it as a credential.";
            owner = text "Who owns the decrypted file; null: root.";
            group = text "Its group; null: the owner's.";
            mode = mkOption {
              type = types.strMatching "0?[0-7]{3}";
              default = "0400";
              description = "Its mode.";
            };
            path = text "Where it is; null: where sops-nix or agenix puts it.";
          };
        }
      );
    };
    paths = mkOption {
      type = types.attrsOf types.str;
      readOnly = true;
      description = "Where each decrypted secret is, by name.";
    };
  };

  config = mkMerge [
    {
      homeostat.secrets.paths = mapAttrs (
        name: _: if sops then config.sops.secrets.${name}.path else config.age.secrets.${name}.path
      ) cfg.entries;
    }
    (mkIf (cfg.entries != { } && sops) {
      sops = {
        defaultSopsFile = cfg.file;
        # it would have to be in the store for that
        validateSopsFiles = false;
        age.keyFile = mkIf (cfg.keyFile != null) cfg.keyFile;
        secrets = mapAttrs (
          name: entry:
          given { inherit (entry) owner group path; }
          // {
            inherit (entry) mode;
            neededForUsers = isPasswordHash name;
            restartUnits = lib.optional (entry.service != null) "${entry.service}.service";
          }
        ) cfg.entries;
      };
    })
    (mkIf (cfg.entries != { } && !sops) {
      age = {
        identityPaths = mkIf (cfg.keyFile != null) [ cfg.keyFile ];
        secrets = mapAttrs (
          _: entry:
          given {
            inherit (entry)
              owner
              group
              path
              file
              mode
              ;
          }
        ) cfg.entries;
      };
    })
    {
      systemd.services = mkMerge (
        mapAttrsToList (name: entry: {
          ${entry.service}.serviceConfig.LoadCredential = [ "${name}:${cfg.paths.${name}}" ];
        }) (filterAttrs (_: entry: entry.service != null) cfg.entries)
      );
    }
  ];
}
