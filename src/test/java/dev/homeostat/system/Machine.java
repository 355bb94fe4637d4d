package dev.homeostat.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** The machine the system tests run in: real programs are asked how things are, never our own client alone. */
final class Machine {
    static final Path DECLARATION = Path.of("/etc/homeostat/machine.yaml");
    static final Path DECLARATION_FOLDER = Path.of("/etc/homeostat/machine.d");
    /** For one thing to become true; a loaded machine gets its chance. */
    private static final Duration LIMIT = Duration.ofSeconds(20);
    /** Between two looks at something that no event tells of. */
    private static final Duration LOOK_EVERY = Duration.ofMillis(20);

    private static final Pattern ALL_OF_THE_STACK = Pattern.compile("AI stack of \\S+: \\d+ in sync\\.");

    private Machine() {}

    /** What a program answered. */
    record Answer(int exit, String output) {
        String line() {
            return output.strip();
        }
    }

    interface Check {
        boolean holds() throws Exception;
    }

    static Answer run(String... command) {
        return run(List.of(command), "");
    }

    static Answer run(List<String> command, String input) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            try (var stdin = process.getOutputStream()) {
                stdin.write(input.getBytes(UTF_8));
            } catch (IOException e) {
                assertThat(input).as("not read by %s", command).isEmpty();
            }
            String output = new String(process.getInputStream().readAllBytes(), UTF_8);
            assertThat(process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS))
                    .as("%s ends", command)
                    .isTrue();
            return new Answer(process.exitValue(), output);
        } catch (IOException | InterruptedException e) {
            throw new AssertionError("cannot run " + command, e);
        }
    }

    /** Runs a program that has to succeed. */
    static String does(String... command) {
        Answer answer = run(command);
        assertThat(answer.exit())
                .as("%s said: %s", String.join(" ", command), answer.output())
                .isZero();
        return answer.line();
    }

    /** As the user app, who lingers. */
    static Answer asApp(String... command) {
        List<String> whole = new ArrayList<>(List.of(
                "runuser",
                "-u",
                "app",
                "--",
                "env",
                "-C",
                "/home/app",
                "XDG_RUNTIME_DIR=/run/user/1000",
                "HOME=/home/app"));
        whole.addAll(List.of(command));
        return run(whole, "");
    }

    static Answer homeostat(String... arguments) {
        List<String> whole = new ArrayList<>(List.of("/usr/bin/homeostat"));
        whole.addAll(List.of(arguments));
        return run(whole, "");
    }

    static void await(String what, Check check) {
        await(what, LIMIT, check);
    }

    static void await(String what, Duration limit, Check check) {
        long end = System.nanoTime() + limit.toNanos();
        while (true) {
            try {
                if (check.holds()) {
                    return;
                }
                if (System.nanoTime() > end) {
                    throw new AssertionError("not so after " + limit.toSeconds() + " s: " + what + "\n"
                            + homeostat("status", "-v").output()
                            + run("journalctl", "-u", "homeostat", "-n", "60", "--no-pager")
                                    .output());
                }
                Thread.sleep(LOOK_EVERY);
            } catch (Error | RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new AssertionError(what, e);
            }
        }
    }

    /** How long something took, on record in the test's output. */
    static Duration seen(String what, long startNanos) {
        Duration took = Duration.ofNanos(System.nanoTime() - startNanos);
        System.out.println("seen: " + what + ": " + took.toMillis() + " ms");
        return took;
    }

    // ---- the daemon

    static void declare(String yaml) throws IOException {
        declare(DECLARATION, yaml);
    }

    static void declare(Path file, String yaml) throws IOException {
        Files.createDirectories(file.getParent());
        Path next = file.resolveSibling(".next");
        Files.writeString(next, yaml);
        Files.setPosixFilePermissions(next, PosixFilePermissions.fromString("rw-r--r--"));
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** A daemon that knows nothing of former tests, on this declaration. */
    static void startAnew(String yaml) throws IOException {
        run("systemctl", "stop", "homeostat.service", "homeostat.socket");
        // what it does not know to be its own it would leave, and follow
        run("rm", "-rf", "/var/lib/homeostat", DECLARATION_FOLDER.toString(), "/home/app/.config/ai-optimizer");
        run("systemctl", "reset-failed", "homeostat.service", "homeostat.socket"); // and how often they were started
        declare(yaml);
        does("systemctl", "start", "homeostat.socket", "homeostat.service");
    }

    static void stop() {
        run("systemctl", "stop", "homeostat.service", "homeostat.socket");
    }

    static void awaitRight() {
        await("homeostat says the machine is right", () -> homeostat("status").exit() == 0);
    }

    /** What is on top of the machine, too. */
    static void awaitStack(Duration limit) {
        await(
                "homeostat says the stack is right",
                limit,
                () -> ALL_OF_THE_STACK.matcher(homeostat("status").output()).find());
    }

    // ---- the machine

    static String unit(String property, String unit) {
        return run("systemctl", "show", "-P", property, unit).line();
    }

    static boolean runs(String unit) {
        return unit("ActiveState", unit).equals("active");
    }

    static String content(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (IOException e) {
            return "";
        }
    }

    static void images() {
        if (run("podman", "image", "exists", "localhost/busybox:1").exit() != 0) {
            does("podman", "import", "--quiet", "/usr/share/testhost/busybox.tar", "localhost/busybox:1");
        }
        if (asApp("podman", "image", "exists", "localhost/busybox:1").exit() != 0) {
            assertThat(asApp("podman", "import", "--quiet", "/usr/share/testhost/busybox.tar", "localhost/busybox:1")
                            .exit())
                    .isZero();
        }
    }
}
