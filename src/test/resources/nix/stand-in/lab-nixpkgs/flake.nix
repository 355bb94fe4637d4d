# The stand-in for nixpkgs with systems that can be built and put in force: what was evaluated becomes a generation of
# ../../system-flake, with the services as units.
{
  outputs =
    _:
    let
      inherit (builtins)
        attrNames
        concatStringsSep
        isBool
        isList
        listToAttrs
        map
        ;
      base = ((import ../nixpkgs/flake.nix).outputs { }).lib;

      value = v: if isBool v then (if v then "true" else "false") else toString v;
      lines =
        section: settings:
        "[${section}]\n"
        + concatStringsSep "" (
          map (
            key:
            let
              found = settings.${key};
            in
            concatStringsSep "" (map (v: "${key}=${value v}\n") (if isList found then found else [ found ]))
          ) (attrNames settings)
        );
      units =
        services:
        listToAttrs (
          map (name: {
            name = "${name}.service";
            value = lines "Unit" services.${name}.unitConfig + lines "Service" services.${name}.serviceConfig;
          }) (attrNames services)
        );
      packages =
        installed:
        listToAttrs (
          map (package: {
            inherit (package) name;
            value = {
              version = "1.0";
              size = 1000;
            };
          }) installed
        );

      toplevel =
        config:
        let
          system = config.nixpkgs.hostPlatform;
          failed = builtins.filter (a: !a.assertion) config.assertions;
        in
        if failed != [ ] then
          throw (concatStringsSep "\n" (map (a: a.message) failed))
        else
          import ../../system-flake/generation.nix {
            shell = import ../../system-flake/shell.nix { inherit system; };
            machine = {
              inherit (config.networking) hostName;
              inherit (config.lab) kernel switch;
              motd = "${config.lab.motd} ${config.i18n.defaultLocale}\n";
              version = config.system.stateVersion;
              build = "work";
              units = units config.systemd.services;
              packages = packages config.environment.systemPackages;
            };
          };
    in
    {
      lib = base // {
        nixosSystem =
          arguments:
          let
            system = base.nixosSystem (arguments // { modules = arguments.modules ++ [ ./lab.nix ]; });
          in
          system // { config = system.config // { system.build.toplevel = toplevel system.config; }; };
      };
    };
}
