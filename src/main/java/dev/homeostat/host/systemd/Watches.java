package dev.homeostat.host.systemd;

import static dev.homeostat.host.systemd.UnitProperties.text;

import dev.homeostat.resource.Trouble;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jboss.logging.Logger;

/** Who wants to know of which units; keeps the connection up while anybody does. Thread-safe. */
final class Watches {
    private static final Logger LOG = Logger.getLogger(Watches.class);

    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    /** A look whether there is a socket again costs microseconds; one that does not answer is waited for besides. */
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

    private record Watch(Map<String, UnitName> paths, Map<String, UnitName> names, ServiceManager.Listener listener) {}

    private static final Set<String> STOPPING = Set.of("stop", "restart", "try-restart");

    private final Connection connection;
    private final Jobs jobs;
    private final List<Watch> watches = new CopyOnWriteArrayList<>();
    private final AtomicLong lost = new AtomicLong();

    Watches(Connection connection, Jobs jobs) {
        this.connection = connection;
        this.jobs = jobs;
    }

    /** How often the connection was lost while somebody wanted it. */
    long lost() {
        return lost.get();
    }

    AutoCloseable add(Collection<UnitName> units, ServiceManager.Listener listener) {
        Map<String, UnitName> paths = new LinkedHashMap<>();
        Map<String, UnitName> names = new LinkedHashMap<>();
        units.forEach(u -> {
            paths.put(u.objectPath(), u);
            names.put(u.text(), u);
        });
        Watch watch = new Watch(paths, names, listener);
        watches.add(watch);
        if (!connection.isOpen()) {
            Thread.ofVirtual().name("systemd-connect").start(() -> stayConnected(""));
        }
        return () -> watches.remove(watch);
    }

    boolean isWanted(String path) {
        return watches.stream().anyMatch(watch -> watch.paths.containsKey(path));
    }

    /** Properties of the unit at this object path changed. */
    void changed(String path, Object[] values) {
        String cause = null;
        for (Watch watch : watches) {
            UnitName unit = watch.paths.get(path);
            if (unit != null) {
                cause = cause == null ? cause(unit, values) : cause;
                String how = jobs.areOursFor(unit) ? "" : UnitEnd.of(values);
                if (!how.isEmpty()) {
                    watch.listener.ended(unit, how);
                }
                watch.listener.changed(unit, cause);
            }
        }
    }

    private static String cause(UnitName unit, Object[] values) {
        Object state = values[1] instanceof Map<?, ?> changed ? changed.get("ActiveState") : null;
        return state == null ? unit + " changed" : unit + " is " + text(state);
    }

    /** A unit of that name came or went. */
    void changed(String name, String what) {
        for (Watch watch : watches) {
            UnitName unit = watch.names.get(name);
            if (unit != null) {
                watch.listener.changed(unit, unit + " " + what);
            }
        }
    }

    /** A job for the unit of that name was queued. */
    void jobBegan(String name, String job) {
        for (Watch watch : watches) {
            UnitName unit = watch.names.get(name);
            if (unit != null && !jobs.areOursFor(unit)) {
                watch.listener.disturbed(unit);
                askForStop(job, unit, watch.listener);
            }
        }
    }

    /** Jobs that ours bring along, and those of systemd itself, are nobody's request. */
    private void askForStop(String job, UnitName unit, ServiceManager.Listener listener) {
        if (!jobs.areAnyOurs()) {
            connection
                    .jobType(job)
                    .ifPresent(type -> type.whenComplete((t, gone) -> {
                        if (t != null && STOPPING.contains(t)) { // else it is done already
                            listener.stopRequested(unit);
                        }
                    }));
        }
    }

    /** Nobody wants to know anything any more. */
    void clear() {
        watches.clear();
    }

    void everything(String cause) {
        watches.forEach(watch -> watch.listener.everything(cause));
    }

    void connectionEnded(String reason) {
        if (!watches.isEmpty()) {
            lost.incrementAndGet();
            LOG.infof("lost the connection to %s (%s), connecting again", connection.who(), reason);
            Thread.ofVirtual()
                    .name("systemd-connect")
                    .start(() -> stayConnected("connected again to " + connection.who()));
        }
    }

    /** @param news told when it worked; empty if nothing was missed */
    private void stayConnected(String news) {
        Duration pause = FIRST_PAUSE;
        while (!watches.isEmpty()) {
            try {
                connection.bus();
                // also the first time: what happened before the connection stood was not heard
                String cause = news.isEmpty() ? "connected to " + connection.who() : news;
                LOG.debug(cause);
                everything(cause);
                return;
            } catch (Trouble e) {
                LOG.debugf("%s; next attempt in %s", e.getMessage(), pause);
                try {
                    TimeUnit.NANOSECONDS.sleep(
                            ThreadLocalRandom.current().nextLong(pause.toNanos() / 2, pause.toNanos()));
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                    return;
                }
                Duration doubled = pause.multipliedBy(2);
                pause = doubled.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : doubled;
            }
        }
    }
}
