package dev.homeostat.host.systemd;

import dev.homeostat.host.Hindrance;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.Optional;

/** Whether the network is paid for by what goes over it, as NetworkManager knows or guesses. Thread-safe. */
@ApplicationScoped
public class NetworkManager implements Hindrance {
    private static final String NAME = "org.freedesktop.NetworkManager";
    private static final String PATH = "/org/freedesktop/NetworkManager";
    private static final String PROPERTIES = "org.freedesktop.DBus.Properties";
    /** For all of it: it answers from memory. */
    private static final Duration LIMIT = Duration.ofSeconds(2);

    @Override
    public String name() {
        return "metered";
    }

    @Override
    public Optional<String> now() throws Trouble {
        try (SystemBus bus = new SystemBus("asking NetworkManager whether the network is metered", LIMIT)) {
            if (!bus.isThere(NAME)) {
                throw Trouble.passing("NetworkManager does not run, and nobody else would know");
            }
            return read(bus.call(NAME, PATH, PROPERTIES, "Get", r -> UnitProperties.bare(r[0]), "ss", NAME, "Metered"));
        }
    }

    /** NMMetered. */
    static Optional<String> read(Object value) throws Trouble {
        int metered = value instanceof Number number ? number.intValue() : -1;
        return switch (metered) {
            case 1 -> Optional.of("the network is metered");
            case 3 -> Optional.of("the network is metered, as NetworkManager guesses");
            case 2, 4 -> Optional.empty();
            case 0 -> throw Trouble.passing("NetworkManager does not know it of this connection");
            default -> throw Trouble.passing("NetworkManager answered what is no NMMetered");
        };
    }
}
