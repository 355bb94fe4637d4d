package dev.homeostat.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import jnr.unixsocket.UnixDatagramChannel;
import jnr.unixsocket.UnixSocketAddress;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every word that the installed daemon says to its service manager, as the service manager hears it (sd_notify(3)). */
@Tag("system")
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class NotifySystemTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final Duration WATCHDOG = Duration.ofMillis(600);

    @TempDir
    Path folder;

    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

    private void listen(UnixDatagramChannel channel) {
        Thread.ofPlatform().daemon().name("service manager").start(() -> {
            ByteBuffer bytes = ByteBuffer.allocate(8192);
            try {
                while (channel.receive(bytes.clear()) != null) {
                    heard.add(StandardCharsets.UTF_8.decode(bytes.flip()).toString());
                }
            } catch (IOException e) {
                heard.add("closed: " + e.getMessage());
            }
        });
    }

    /** All that was heard until then, that one last. */
    private List<String> until(String what, Predicate<String> wanted) throws InterruptedException {
        List<String> all = new ArrayList<>();
        long end = System.nanoTime() + LIMIT.toNanos();
        while (true) {
            String next = heard.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
            assertThat(next).as("%s; until then: %s", what, all).isNotNull();
            all.add(next);
            if (wanted.test(next)) {
                return all;
            }
        }
    }

    @Test
    void ready_status_watchdog_reloading_stopping() throws Exception {
        Path config = folder.resolve("config/machine.yaml");
        Path file = folder.resolve("kept/a");
        Machine.declare(config, "version: 1\nfiles: {" + file + ": {content: x}}\n");
        Path address = folder.resolve("notify");
        UnixDatagramChannel channel = UnixDatagramChannel.open();
        channel.bind(new UnixSocketAddress(address.toFile()));
        listen(channel);
        ProcessBuilder builder = new ProcessBuilder(
                "/usr/bin/homeostat",
                "daemon",
                "--config",
                config.getParent().toString(),
                "--state",
                folder.resolve("state").toString(),
                "--socket",
                folder.resolve("run/control.sock").toString());
        builder.environment().put("NOTIFY_SOCKET", address.toString());
        builder.environment().put("WATCHDOG_USEC", Long.toString(WATCHDOG.toNanos() / 1000));
        Path log = folder.resolve("log");
        Process daemon =
                builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
        try {
            List<String> start = until("it is ready", m -> m.startsWith("READY=1\n"));
            assertThat(start.getLast()).startsWith("READY=1\nSTATUS=");
            assertThat(start).filteredOn(m -> m.startsWith("WATCHDOG")).isEmpty();
            until("it is right", m -> m.equals("READY=1\nSTATUS=1 in sync") || m.equals("STATUS=1 in sync"));

            until("it lives", m -> m.equals("WATCHDOG=1"));
            long before = System.nanoTime();
            until("it still lives", m -> m.equals("WATCHDOG=1"));
            assertThat(Duration.ofNanos(System.nanoTime() - before))
                    .as("well within the interval")
                    .isLessThan(WATCHDOG);

            Machine.declare(config, "version: 1\nfils: {}\n");
            until("a mistake", m -> m.startsWith("STATUS=") && m.contains("machine.yaml:2:1"));

            long hangup = System.nanoTime() / 1000;
            Machine.does("kill", "-HUP", Long.toString(daemon.pid()));
            String reloading =
                    until("it reloads", m -> m.startsWith("RELOADING=1\n")).getLast();
            assertThat(reloading).matches("RELOADING=1\nMONOTONIC_USEC=[0-9]+");
            assertThat(Long.parseLong(reloading.replaceAll("(?s).*=", "")))
                    .as("CLOCK_MONOTONIC, as systemd compares it")
                    .isBetween(hangup, System.nanoTime() / 1000);
            List<String> reloaded = until("it has reloaded", m -> m.startsWith("READY=1\n"));
            assertThat(reloaded.getLast()).contains("STATUS=").contains("invalid");

            Machine.does("kill", "-TERM", Long.toString(daemon.pid()));
            until("it ends", m -> m.startsWith("STOPPING=1\nSTATUS="));
            assertThat(daemon.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(heard).as("after STOPPING=1").noneMatch(m -> m.startsWith("READY") || m.startsWith("STATUS"));
            assertThat(Files.readString(log)).doesNotContain("cannot be told");
        } finally {
            daemon.destroyForcibly();
            channel.close();
        }
    }
}
