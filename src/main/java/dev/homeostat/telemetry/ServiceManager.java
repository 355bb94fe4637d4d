package dev.homeostat.telemetry;

import dev.homeostat.host.systemd.NotifySocket;
import dev.homeostat.reconcile.Actor;
import dev.homeostat.reconcile.Engine;
import dev.homeostat.reconcile.Origin;
import dev.homeostat.reconcile.Progress;
import dev.homeostat.reconcile.RunListener;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.ResourceId;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jboss.logging.Logger;

/**
 * Tells systemd how the daemon is (Type=notify): ready, what it is doing, that it lives, that it reloads, that it
 * ends. Does nothing without a service manager, except that SIGHUP reloads all the same. Thread-safe.
 */
@ApplicationScoped
public class ServiceManager implements RunListener {
    private static final Logger LOG = Logger.getLogger(ServiceManager.class);
    /** Status changes come in bursts; systemctl status needs the last of them. */
    private static final Duration STATUS_PAUSE = Duration.ofMillis(500);
    /** systemd advises to notify at half of the interval; a third leaves room for one late timer. */
    private static final int BEATS_PER_WATCHDOG_INTERVAL = 3;

    private final Engine engine;
    private final Progress progress;
    private final Vertx vertx;
    private final Optional<NotifySocket> socket;
    private final Map<String, String> environment;
    private final AtomicBoolean statusDue = new AtomicBoolean();
    private volatile boolean ending;

    public ServiceManager(Engine engine, Progress progress, Vertx vertx) {
        this.engine = engine;
        this.progress = progress;
        this.vertx = vertx;
        this.environment = System.getenv();
        this.socket = NotifySocket.of(environment);
    }

    /** The loop runs and the socket answers. */
    public void ready() {
        Hangup.tell(() -> Thread.ofVirtual().name("reload").start(this::reload));
        if (socket.isEmpty()) {
            return;
        }
        tell("READY=1\n" + status());
        engine.listen(event -> statusLater());
        watchdogInterval(environment, ProcessHandle.current().pid())
                .ifPresent(interval -> vertx.setPeriodic(
                        Math.max(1, interval.toMillis() / BEATS_PER_WATCHDOG_INTERVAL), timer -> beat()));
    }

    public void stopping() {
        ending = true;
        tell("STOPPING=1\nSTATUS=Finishing the running steps");
    }

    @Override
    public void stepEnded(Action action, String outcome, Duration took) {
        statusLater();
    }

    @Override
    public void converged(ResourceId resource, Origin origin, Duration took) {
        statusLater();
    }

    @Override
    public void passEnded(Duration took) {
        statusLater();
    }

    private void reload() {
        // nanoTime is CLOCK_MONOTONIC on Linux, which is what systemd compares with
        tell("RELOADING=1\nMONOTONIC_USEC=" + System.nanoTime() / 1000);
        LOG.info("SIGHUP: looking at everything again");
        engine.reload(Actor.DAEMON);
        tell("READY=1\n" + status());
    }

    /** A loop that is stuck is not kept alive: systemd restarts the daemon. Its last word is why. */
    private void beat() {
        tell(progress.stuck() ? status() : "WATCHDOG=1");
    }

    private void statusLater() {
        if (socket.isPresent() && statusDue.compareAndSet(false, true)) {
            vertx.setTimer(
                    STATUS_PAUSE.toMillis(),
                    timer -> Thread.ofVirtual().start(() -> {
                        statusDue.set(false);
                        if (!ending) {
                            tell(status());
                        }
                    }));
        }
    }

    private String status() {
        String text = progress.complaint()
                .map(why -> "Stuck: " + why)
                .orElseGet(() -> engine.status().summary());
        return "STATUS=" + text.replace('\n', ' ');
    }

    private void tell(String state) {
        socket.ifPresent(to -> {
            try {
                to.send(state);
            } catch (IOException e) {
                LOG.warnf(
                        "the service manager cannot be told %s: %s",
                        state.lines().findFirst().orElse(""), e.getMessage());
            }
        });
    }

    /** As sd_watchdog_enabled(3): the variables may be another process's. */
    static Optional<Duration> watchdogInterval(Map<String, String> environment, long pid) {
        String microseconds = environment.getOrDefault("WATCHDOG_USEC", "");
        String whose = environment.getOrDefault("WATCHDOG_PID", Long.toString(pid));
        if (microseconds.isEmpty() || !whose.equals(Long.toString(pid))) {
            return Optional.empty();
        }
        return Optional.of(Duration.ofNanos(Math.multiplyExact(Long.parseLong(microseconds), 1000L)));
    }
}
