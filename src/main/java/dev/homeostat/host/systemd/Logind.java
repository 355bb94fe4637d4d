package dev.homeostat.host.systemd;

import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** {@link Inhibitors} by logind, over the system bus. Connects for each question: they are rare. */
@ApplicationScoped
public class Logind implements Inhibitors {
    private static final String NAME = "org.freedesktop.login1";
    private static final String BUS = "org.freedesktop.DBus";
    /** For all of it: the bus and logind answer from memory. */
    private static final Duration LIMIT = Duration.ofSeconds(2);
    /** Made by logind while it runs (systemd's sd_login_monitor(3)); without it there is nobody to hold a lock. */
    private static final Path RUNNING = Path.of("/run/systemd/inhibit");

    @Override
    public List<Inhibitor> againstShutdown() throws Trouble {
        if (!Files.isDirectory(RUNNING)) {
            return List.of();
        }
        return all().stream()
                .filter(i -> i.mode().startsWith("block"))
                .filter(i -> Arrays.asList(i.what().split(":")).contains("shutdown"))
                .toList();
    }

    private List<Inhibitor> all() throws Trouble {
        String question = "asking logind for inhibitor locks";
        long end = System.nanoTime() + LIMIT.toNanos();
        try (Bus bus = Bus.connect(Systemd.SYSTEM_BUS, LIMIT, (path, member) -> false, signal -> {}, reason -> {})) {
            Bus.await(bus.call(BUS, "/org/freedesktop/DBus", BUS, "Hello", r -> r, null), left(end), question);
            return Bus.await(
                    bus.call(NAME, "/org/freedesktop/login1", NAME + ".Manager", "ListInhibitors", Logind::read, null),
                    left(end),
                    question);
        } catch (IOException e) {
            throw Trouble.passing(question + ": " + e.getMessage(), e);
        } catch (Bus.CallFailed e) {
            throw Trouble.passing(question + ": " + e.getMessage(), e);
        }
    }

    private static Duration left(long end) {
        return Duration.ofNanos(Math.max(0, end - System.nanoTime()));
    }

    /** a(ssssuu) */
    private static List<Inhibitor> read(Object[] reply) {
        List<Inhibitor> all = new ArrayList<>();
        for (Object row : (List<?>) reply[0]) {
            Object[] f = (Object[]) row;
            all.add(new Inhibitor(
                    (String) f[0],
                    (String) f[1],
                    (String) f[2],
                    (String) f[3],
                    ((Number) f[4]).intValue(),
                    ((Number) f[5]).intValue()));
        }
        return all;
    }
}
