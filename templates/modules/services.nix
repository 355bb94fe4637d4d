# Declared systemd units that become part of the generation.
{ config, lib, ... }:
let
  cfg = config.homeostat.services;
  inherit (lib)
    filterAttrs
    hasSuffix
    mapAttrs
    mapAttrs'
    mkOption
    nameValuePair
    optionalAttrs
    removeSuffix
    types
    ;

  # NixOS checks some keys as single values. LoadCredential stays a list: secrets.nix may add to it.
  values = mapAttrs (
    key: list: if key != "LoadCredential" && builtins.length list == 1 then builtins.head list else list
  );

  # One type of unit, as NixOS wants it.
  unitsOf =
    type: section: option:
    mapAttrs' (
      name: unit:
      nameValuePair (removeSuffix ".${type}" name) (
        {
          unitConfig = values (unit.Unit or { });
          wantedBy = unit.Install.WantedBy or [ ];
          requiredBy = unit.Install.RequiredBy or [ ];
          aliases = unit.Install.Alias or [ ];
        }
        // optionalAttrs (option != null) { ${option} = values (unit.${section} or { }); }
      )
    ) (filterAttrs (name: _: hasSuffix ".${type}" name) cfg.units);
in
{
  options.homeostat.services.units = mkOption {
    type = types.attrsOf (types.attrsOf (types.attrsOf (types.listOf types.str)));
    default = { };
    description = "Units by name; then section, key and values in systemd's own syntax.";
  };

  config.systemd = {
    services = unitsOf "service" "Service" "serviceConfig";
    sockets = unitsOf "socket" "Socket" "socketConfig";
    timers = unitsOf "timer" "Timer" "timerConfig";
    paths = unitsOf "path" "Path" "pathConfig";
    targets = unitsOf "target" null null;
  };
}
