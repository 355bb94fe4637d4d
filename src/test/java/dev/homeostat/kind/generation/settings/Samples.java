package dev.homeostat.kind.generation.settings;

import com.fasterxml.jackson.databind.node.BooleanNode;
import dev.homeostat.kind.generation.settings.BuildSettings.RemoteBuilder;
import dev.homeostat.resource.DataSize;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Settings for tests. */
public final class Samples {
    public static final long GIB = 1L << 30;
    public static final MachineFacts FACTS = new MachineFacts(
            "x86_64-linux",
            32 * GIB,
            HostSettings.BootLoader.SYSTEMD_BOOT,
            null,
            Set.of(),
            MachineFacts.Processor.INTEL);

    private Samples() {}

    public static HostSettings host() {
        return new HostSettings("bench", null, null, "25.11", null, null, null);
    }

    /** What has to be declared, and nothing else. */
    public static Settings least() {
        return new Settings(host(), null, null, null, null, null, null, null);
    }

    /** Every key has a value, and none has its default. */
    public static Settings full() {
        return new Settings(
                new HostSettings(
                        "bench",
                        "Europe/Berlin",
                        "de_DE.UTF-8",
                        "25.11",
                        HostSettings.Profile.LAB,
                        HostSettings.BootLoader.GRUB,
                        "/dev/sda"),
                new UserSettings(
                        "anna",
                        "Anna Example",
                        UserSettings.Shell.ZSH,
                        UserSettings.Editor.NVIM,
                        new UserSettings.Git("Anna Example", "anna@example.org"),
                        "anna-password"),
                new BuildSettings(
                        List.of("https://cache.example.org"),
                        List.of("cache.example.org-1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
                        List.of(new RemoteBuilder(
                                "builder.example.org",
                                List.of("aarch64-linux"),
                                BuildSettings.Protocol.SSH,
                                "build",
                                "/root/.ssh/builder",
                                4,
                                2,
                                List.of("kvm"))),
                        new MaxJobs(3),
                        5),
                new NixosSettings(
                        null,
                        NixosSettings.Channel.UNSTABLE,
                        Map.of("agenix", "github:example/agenix"),
                        List.of("/etc/nixos/mine.nix"),
                        List.of("hello"),
                        true,
                        NixosSettings.Operation.BOOT),
                new HomeSettings(
                        null,
                        List.of("ripgrep"),
                        new HomeSettings.ShellEnvironment(Map.of("ll", "ls -l"), Map.of("PAGER", "less")),
                        Map.of(
                                "~/.config/tool.conf", new HomeSettings.Dotfile("one\ntwo\n", null, true),
                                "~/.toolrc", new HomeSettings.Dotfile(null, "/etc/nixos/toolrc", null)),
                        List.of("/etc/nixos/mine-home.nix")),
                Map.of(
                        "ts-dev", new DevShellSettings(List.of("hello"), Map.of("KEY", "value"), true),
                        "mine", new DevShellSettings(List.of("ripgrep"), null, null)),
                new PythonSettings(
                        "python313",
                        List.of("torch"),
                        Map.of(
                                "torch",
                                new PythonSettings.PackageOverride(true, List.of("test_slow"), List.of("numpy")))),
                new SecretsSettings(
                        SecretsSettings.Format.SOPS,
                        "/var/lib/secrets/all.yaml",
                        "/var/lib/secrets/key.txt",
                        Map.of(
                                "anna-password", new SecretsSettings.Entry(null, null, null, null, null, null),
                                "db",
                                        new SecretsSettings.Entry(
                                                null, "postgresql", "postgres", "postgres", "0440", "/run/db"))));
    }

    public static DeclaredElsewhere elsewhere() {
        return new DeclaredElsewhere(
                new DeclaredElsewhere.Services(Map.of(
                        "hello.service",
                        Map.of(
                                "Service", Map.of("ExecStart", List.of("/bin/true")),
                                "Install", Map.of("WantedBy", List.of("multi-user.target"))),
                        "hello.timer",
                        Map.of("Timer", Map.of("OnCalendar", List.of("daily"))))),
                new DeclaredElsewhere.Containers(true, Set.of("anna")),
                new HardwareSettings(Graphics.of("nvidia")),
                new MemorySettings(
                        Share.of(20), Share.of(25), new MemorySettings.Swap("/swapfile", DataSize.parse("4G"), false)),
                new DeclaredElsewhere.Virtualization(true),
                new DeclaredElsewhere.Ai(true),
                new DeclaredElsewhere.Catalog(Map.of("sample", Map.of("programs.fish.enable", BooleanNode.FALSE))));
    }

    public static MachineData machine() {
        return MachineData.of(full(), FACTS, elsewhere());
    }
}
