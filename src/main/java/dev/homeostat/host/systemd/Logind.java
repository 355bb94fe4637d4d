package dev.homeostat.host.systemd;

import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
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
    private static final String PATH = "/org/freedesktop/login1";
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
        try (SystemBus bus = new SystemBus("asking logind for inhibitor locks", LIMIT)) {
            return bus.call(NAME, PATH, NAME + ".Manager", "ListInhibitors", Logind::read, null);
        }
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
