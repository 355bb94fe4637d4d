package dev.homeostat.system;

import static dev.homeostat.system.Machine.await;
import static dev.homeostat.system.Machine.does;
import static dev.homeostat.system.Machine.run;

import dev.homeostat.system.Machine.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A machine in the machine, whose power can be cut: the same system with a disk of its own, booted by its own systemd in a
 * container of Podman. What was there when it was made is on its disk; {@code /run} and {@code /tmp} are new with each boot.
 * Its kernel goes on: what it had in its caches is not lost.
 */
final class SecondMachine implements AutoCloseable {
    private static final String NAME = "second-machine";
    /** On a file system that an overlay's upper layer may lie on. */
    private static final Path PLACE = Path.of("/var/lib/containers/" + NAME);

    private static final Duration BOOT_LIMIT = Duration.ofSeconds(60);
    /** Enough for units with hardening; /proc/sys and /sys stay read-only: they are the real machine's. */
    private static final String CAPABILITIES =
            "SYS_ADMIN,SYS_PTRACE,DAC_READ_SEARCH,MKNOD,AUDIT_WRITE,SYS_CHROOT,NET_ADMIN";

    private final Path disk = PLACE.resolve("disk");
    private boolean made;

    SecondMachine() throws IOException {
        close(); // what a run that was killed has left
        for (String part : List.of("upper", "work", "disk")) {
            Files.createDirectories(PLACE.resolve(part));
        }
        does(
                "mount",
                "-t",
                "overlay",
                "overlay",
                "-o",
                "lowerdir=/,upperdir=" + PLACE.resolve("upper") + ",workdir=" + PLACE.resolve("work"),
                disk.toString());
    }

    /** A file of its disk, as this machine sees it. */
    Path disk(Path absolute) {
        return disk.resolve(absolute.toString().substring(1));
    }

    void boot() {
        if (made) {
            does("podman", "start", NAME);
        } else {
            does(
                    "podman",
                    "run",
                    "--detach",
                    "--name",
                    NAME,
                    "--systemd=always",
                    "--network=none",
                    "--cap-add=" + CAPABILITIES,
                    "--security-opt=seccomp=unconfined",
                    "--rootfs",
                    disk.toString(),
                    "/sbin/init");
            made = true;
        }
        await(
                "the second machine is up",
                BOOT_LIMIT,
                () -> List.of("running", "degraded")
                        .contains(inside("systemctl", "is-system-running").line()));
    }

    void cutPower() {
        does("podman", "kill", NAME);
        does("podman", "wait", NAME);
    }

    Answer inside(String... command) {
        List<String> whole = new ArrayList<>(List.of("podman", "exec", NAME));
        whole.addAll(List.of(command));
        return run(whole, "");
    }

    /** For whoever has to find out what went wrong in it. */
    String story() {
        return inside("homeostat", "status", "-v").output()
                + inside("journalctl", "-u", "homeostat", "-u", "homeostat-switch", "-n", "80", "--no-pager")
                        .output();
    }

    @Override
    public void close() {
        run("podman", "rm", "--force", "--time", "0", NAME);
        run("umount", disk.toString());
        run("rm", "-rf", "--one-file-system", PLACE.toString());
    }
}
