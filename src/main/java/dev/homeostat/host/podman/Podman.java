package dev.homeostat.host.podman;

import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.Account;
import dev.homeostat.host.posix.Accounts;
import dev.homeostat.host.systemd.ServiceManager;
import dev.homeostat.host.systemd.Systemd;
import dev.homeostat.host.systemd.UnitName;
import dev.homeostat.resource.Observation;
import dev.homeostat.resource.Scope;
import dev.homeostat.resource.Sighting;
import dev.homeostat.resource.Trouble;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.PoolOptions;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/** The podmans of this machine: the system's and, rootless, each user's. Thread-safe. */
@ApplicationScoped
public class Podman {
    /** Where the program is on the systems that have it; it runs only by its socket and units, so $PATH does not matter. */
    private static final List<Path> PROGRAM = List.of(
            Path.of("/usr/bin/podman"), Path.of("/usr/local/bin/podman"), Path.of("/run/current-system/sw/bin/podman"));
    /** Per podman: one for events, the others for looks and pulls that run at once. */
    private static final int CONNECTIONS = 8;
    /** Shorter than podman's own idle limit (5 s): a kept connection is not one that it is about to close. */
    private static final int KEEP_ALIVE_SECONDS = 3;

    private static final UnitName SERVICE_UNIT = UnitName.parse("podman.service");
    private static final Logger LOG = Logger.getLogger(Podman.class);

    private static final UnitName SOCKET_UNIT = UnitName.parse("podman.socket");
    /** It is a socket: systemd makes it at once, or something is wrong. */
    private static final Duration SOCKET_LIMIT = Duration.ofSeconds(5);

    private static final int CONNECT_LIMIT_MILLIS = 5_000;

    private final Accounts accounts;
    private final Locations locations;
    private final Systemd systemd;
    private final HttpClient http;
    private final Map<Path, PodmanEngine> engines = new ConcurrentHashMap<>();

    public Podman(Vertx vertx, Accounts accounts, Locations locations, Systemd systemd) {
        this.accounts = accounts;
        this.locations = locations;
        this.systemd = systemd;
        this.http = vertx.createHttpClient(
                new HttpClientOptions()
                        .setConnectTimeout(CONNECT_LIMIT_MILLIS)
                        .setKeepAliveTimeout(KEEP_ALIVE_SECONDS)
                        .setIdleTimeoutUnit(TimeUnit.SECONDS),
                new PoolOptions().setHttp1MaxSize(CONNECTIONS));
    }

    /**
     * The podman for things of this scope.
     *
     * @throws Trouble invalid if there is no such user; whether podman answers shows at the first call
     */
    public PodmanEngine of(Scope scope) throws Trouble {
        if (scope.isOwn() && !locations.unprivileged()) {
            return engine(scope, Path.of("/run/podman/podman.sock"), "systemctl enable --now podman.socket");
        }
        Account account = accounts.require(scope.isOwn() ? System.getProperty("user.name") : scope.user());
        String manager = scope.isOwn() ? "--user" : "--user -M " + account.name() + "@";
        return engine(
                scope,
                Path.of("/run/user/" + account.uid() + "/podman/podman.sock"),
                "systemctl " + manager
                        + " enable --now podman.socket (and, so that it runs without a login, loginctl enable-linger "
                        + account.name() + ")");
    }

    /** Whether podman is installed at all. */
    public boolean isInstalled() {
        return PROGRAM.stream().anyMatch(Files::isExecutable);
    }

    /** What to say when this machine has no podman, or none that reads Quadlet files; empty if it has. */
    public Optional<String> lacking(PodmanVersion version) {
        return version.isAtLeast(PodmanVersion.QUADLET)
                ? Optional.empty()
                : Optional.of("needs podman 4.4 or newer with Quadlet; this is " + version);
    }

    /** The answer to a look that podman did not make possible: not supported where it is not installed, else unclear. */
    public <O extends Observation> Sighting<O> unseen(Trouble trouble) {
        return trouble.sort() == Trouble.Sort.TRANSIENT && !isInstalled()
                ? new Sighting.Unsupported<>("needs podman 4.4 or newer with Quadlet, and podman is not installed")
                : new Sighting.Unclear<>(trouble);
    }

    private PodmanEngine engine(Scope scope, Path socket, String enable) {
        return engines.computeIfAbsent(
                socket,
                s -> new PodmanEngine(new PodmanClient(http, s, "enable it: " + enable, () -> startSocket(scope, s))));
    }

    /**
     * Podman's API can only be asked at its socket, which hardly any user has enabled: started for now (not enabled, and
     * nothing runs before somebody asks), it is what lets us look. A service that was killed too often is no reason not to:
     * systemd would refuse for a while, and our own pauses are the limit.
     */
    private void startSocket(Scope scope, Path socket) throws Trouble {
        if (!isInstalled()) {
            return;
        }
        ServiceManager manager = systemd.of(scope);
        for (UnitName unit : List.of(SERVICE_UNIT, SOCKET_UNIT)) {
            if (manager.look(unit).isFailed()) {
                manager.resetFailed(unit);
            }
        }
        manager.start(SOCKET_UNIT, SOCKET_LIMIT);
        if (!Files.exists(socket)) { // active, and its file was removed: systemd does not make it anew by a start
            LOG.infof("%s is gone although %s is active: it is made anew", socket, SOCKET_UNIT);
            manager.stop(SERVICE_UNIT, SOCKET_LIMIT); // answers calls only; while it runs, its socket is not restarted
            manager.restart(SOCKET_UNIT, SOCKET_LIMIT);
        }
    }

    @PreDestroy
    void close() {
        engines.values().forEach(PodmanEngine::close);
        http.close();
    }
}
