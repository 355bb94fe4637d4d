# One generation of the system.
{ machine, shell }:
let
  units = builtins.attrValues (
    builtins.mapAttrs (name: content: {
      inherit name;
      file = builtins.toFile name content;
    }) machine.units
  );
  packages = builtins.attrValues (builtins.mapAttrs shell.package machine.packages);
  hostName =
    if machine.hostName == "" then throw "machine.json: hostName is empty" else machine.hostName;
in
shell.run "nixos-system-${hostName}-${machine.version}"
  {
    inherit packages;
    inherit (machine) version build;
    unitNames = map (u: u.name) units;
    unitFiles = map (u: u.file) units;
    behaviour = machine.switch;
    motd = builtins.toFile "motd" machine.motd;
    kernel = builtins.toFile "linux-${machine.kernel}" machine.kernel;
    initrd = builtins.toFile "initrd-${machine.kernel}" machine.kernel;
    switch = ./switch-to-configuration.sh;
    activate = ./activate.sh;
  }
  ''
    case $build in
    fail)
      n=1
      while [ $n -le 40 ]; do echo "step $n"; n=$((n + 1)); done
      echo "this build was told to fail" >&2
      exit 7
      ;;
    hang)
      echo "waiting for ever"
      while :; do sleep 1; done
      ;;
    esac
    mkdir -p "$out/bin" "$out/etc/systemd/system" "$out/sw"
    printf %s "$version" >"$out/nixos-version"
    cp "$motd" "$out/etc/motd"
    ln -s "$kernel" "$out/kernel"
    ln -s "$initrd" "$out/initrd"
    ln -s "$kernel" "$out/kernel-modules"
    set -- $unitFiles
    for name in $unitNames; do
      cp "$1" "$out/etc/systemd/system/$name"
      shift
    done
    for package in $packages; do ln -s "$package" "$out/sw/''${package##*/}"; done
    sed "s|@out@|$out|; s|@behaviour@|$behaviour|" "$switch" >"$out/bin/switch-to-configuration"
    sed "s|@out@|$out|" "$activate" >"$out/activate"
    chmod +x "$out/bin/switch-to-configuration" "$out/activate"
  ''
