package dev.homeostat.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.resource.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** The machine that is measured, and the daemon on it. */
final class Guest {
    static final Path MACHINE = Path.of("/etc/homeostat/machine.yaml");
    static final Path SOCKET = Path.of("/run/homeostat/control.sock");
    private static final Path CGROUPS = Path.of("/sys/fs/cgroup");
    /** Nothing that is measured takes so long: then it is not a figure but a failure. */
    static final Duration LIMIT = Duration.ofSeconds(60);

    private static final Duration NAP = Duration.ofNanos(20_000);

    private Guest() {}

    static String run(String... command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), UTF_8);
            if (process.waitFor() != 0) {
                throw new IllegalStateException(String.join(" ", command) + ": " + output);
            }
            return output.strip();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    // ---- the daemon

    static JsonNode get(String path) {
        return request("GET", path, "");
    }

    static JsonNode post(String path) {
        return request("POST", path, "{}");
    }

    private static JsonNode request(String method, String path, String body) {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(SOCKET))) {
            channel.write(ByteBuffer.wrap((method + " " + path + " HTTP/1.0\r\nHost: localhost\r\n"
                            + "Content-Type: application/json\r\nContent-Length: " + body.length()
                            + "\r\n\r\n" + body)
                    .getBytes(UTF_8)));
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            ByteBuffer part = ByteBuffer.allocate(1 << 16);
            while (channel.read(part) >= 0) {
                all.write(part.array(), 0, part.position());
                part.clear();
            }
            String answer = all.toString(UTF_8);
            int end = answer.indexOf("\r\n\r\n");
            if (!answer.startsWith("HTTP/1.0 200") && !answer.startsWith("HTTP/1.1 200")) {
                throw new IllegalStateException(method + " " + path + ": " + answer);
            }
            return Json.read(answer.substring(end + 4), JsonNode.class);
        } catch (IOException e) {
            throw new IllegalStateException(method + " " + path, e);
        }
    }

    /** As an editor does it that never leaves half a file. */
    static void declare(String yaml) {
        try {
            Path next = MACHINE.resolveSibling(".next");
            Files.writeString(next, yaml);
            Files.move(next, MACHINE, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Until everything is as declared. */
    static void settle(int resources) {
        await("all " + resources + " in sync", Duration.ofMillis(20), () -> {
            JsonNode status = get("/v1/status");
            return status.path("right").asBoolean()
                    && status.path("counts").path("InSync").asInt() == resources;
        });
    }

    // ---- waiting and time

    /**
     * Looks as often as it can without holding a processor: whom the kernel wakes because of what we did it may put onto
     * ours, and a loop without a pause would keep him waiting for some milliseconds. With the timer's slack this makes about
     * a look each 0.08 ms, so much may a sample be too large.
     */
    static void spin(String what, BooleanSupplier done) {
        await(what, NAP, done);
    }

    static void await(String what, Duration every, BooleanSupplier done) {
        long end = System.nanoTime() + LIMIT.toNanos();
        while (!done.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException("not so after " + LIMIT.toSeconds() + " s: " + what + "\n"
                        + run("sh", "-c", "homeostat status | tail -n 40; journalctl -u homeostat -n 30 --no-pager"));
            }
            LockSupport.parkNanos(every.toNanos());
        }
    }

    /** Lets the machine come to rest between two samples, so that one does not pay for the other. */
    static void breathe(Duration pause) {
        long end = System.nanoTime() + pause.toNanos();
        for (long left = pause.toNanos(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    static double millis(long nanos) {
        return nanos / 1e6;
    }

    // ---- processor and memory

    /** Processor time of everything on the machine but this program, in microseconds. */
    static long othersMicros() {
        return micros(CGROUPS) - micros(own());
    }

    private static Path own() {
        try {
            String line = Files.readString(Path.of("/proc/self/cgroup")).strip();
            return CGROUPS.resolve(line.substring(line.indexOf("::/") + 3));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static long micros(Path cgroup) {
        try {
            return Files.readAllLines(cgroup.resolve("cpu.stat")).stream()
                    .filter(l -> l.startsWith("usage_usec "))
                    .mapToLong(l -> Long.parseLong(l.substring("usage_usec ".length())))
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** All processes of a unit. */
    static List<Long> processes(String unit) {
        try {
            List<Long> all = new ArrayList<>();
            for (String line : Files.readAllLines(
                    CGROUPS.resolve("system.slice").resolve(unit).resolve("cgroup.procs"))) {
                all.add(Long.parseLong(line));
            }
            return all;
        } catch (java.nio.file.NoSuchFileException e) {
            return List.of(); // the unit does not run
        } catch (IOException e) {
            return List.of(); // it ends just now: ENODEV
        }
    }

    /** A field of /proc/PID/smaps_rollup, in bytes; 0 if the process has ended. */
    static long memoryBytes(long pid, String field) {
        try {
            return Files.readAllLines(Path.of("/proc/" + pid + "/smaps_rollup")).stream()
                    .filter(l -> l.startsWith(field + ":"))
                    .mapToLong(l -> Long.parseLong(l.replaceAll("[^0-9]", "")) * 1024)
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            return 0;
        }
    }
}
