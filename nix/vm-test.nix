# A whole NixOS in a virtual machine: nix build path:.?dir=nix#checks.x86_64-linux.vm
{ pkgs }:
pkgs.testers.runNixOSTest {
  name = "homeostat";

  nodes.machine = {
    imports = [ ./module.nix ];

    users.users.anna.isNormalUser = true;
    users.users.bert.isNormalUser = true;

    services.homeostat = {
      enable = true;
      users = [ "anna" ];
      metrics.port = 9321;
      settings = {
        version = 1;
        files."/var/lib/kept" = {
          content = "kept\n";
          mode = "0644";
        };
      };
    };
  };

  testScript = ''
    machine.wait_for_unit("homeostat.service")
    machine.wait_until_succeeds("homeostat status", timeout=60)

    with subtest("a declared file is there, and is put back"):
        machine.succeed("grep -qx kept /var/lib/kept")
        machine.succeed("rm /var/lib/kept")
        machine.wait_until_succeeds("grep -qx kept /var/lib/kept", timeout=30)

    with subtest("members of the group are let in, others are not"):
        machine.succeed("runuser -u anna -- homeostat status")
        machine.fail("runuser -u bert -- homeostat status")

    with subtest("the declaration is not for everybody to read"):
        machine.succeed("test $(stat -c %a /etc/homeostat/machine.yaml) = 640")
        machine.succeed("test $(stat -c %a /run/homeostat/control.sock) = 660")

    with subtest("metrics are on the loopback interface"):
        machine.succeed("curl --fail --silent http://127.0.0.1:9321/q/metrics | grep -q ^homeostat_resources")

    with subtest("it comes back after a kill"):
        machine.succeed("systemctl kill --signal=KILL homeostat.service")
        machine.wait_until_succeeds("homeostat status", timeout=60)
  '';
}
