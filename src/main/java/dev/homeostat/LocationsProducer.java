package dev.homeostat;

import dev.homeostat.host.Locations;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Makes the one {@link Locations} of this process from what {@link Main} found on the command line. */
final class LocationsProducer {
    static final String UNPRIVILEGED = "homeostat.unprivileged";
    static final String CONFIG = "homeostat.config";
    static final String STATE = "homeostat.state";
    static final String SOCKET = "homeostat.socket";

    private LocationsProducer() {}

    /** Leaves them where {@link #locations} and the configuration of the HTTP server find them. */
    static void publish(Locations locations) {
        System.setProperty(UNPRIVILEGED, Boolean.toString(locations.unprivileged()));
        System.setProperty(CONFIG, locations.config().toString());
        System.setProperty(STATE, locations.state().toString());
        System.setProperty(SOCKET, locations.socket().toString());
    }

    @Produces
    @Singleton
    static Locations locations(
            @ConfigProperty(name = UNPRIVILEGED, defaultValue = "false") boolean unprivileged,
            @ConfigProperty(name = CONFIG) Optional<String> config,
            @ConfigProperty(name = STATE) Optional<String> state,
            @ConfigProperty(name = SOCKET) Optional<String> socket) {
        Map<String, String> environment = System.getenv();
        Locations usual = unprivileged ? Locations.user(environment) : Locations.system(environment);
        return new Locations(
                unprivileged,
                config.map(Path::of).orElse(usual.config()),
                state.map(Path::of).orElse(usual.state()),
                socket.map(Path::of).orElse(usual.socket()));
    }
}
