package dev.homeostat.host.podman;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.resource.Durations;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Trouble;
import io.vertx.core.http.HttpMethod;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * One podman's event stream, shared by all who listen; open only while somebody does. A lost stream is opened again after a
 * pause that grows, and everybody is told to look at everything.
 */
final class PodmanEvents {
    private static final Logger LOG = Logger.getLogger(PodmanEvents.class);

    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    /** A connection to a Unix socket costs next to nothing, and until there is one nothing is noticed. */
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
    /** No event may come for days; a bound all the same, so that a stream that died silently is replaced. */
    private static final Duration STREAM_LIMIT = Duration.ofHours(1);

    /** What can make something differ from its declaration. Executions in containers (each health check is one) are not. */
    private static final Map<String, Set<String>> TELLING = Map.of(
            "container",
                    Set.of(
                            "create",
                            "start",
                            "died",
                            "kill",
                            "stop",
                            "remove",
                            "pause",
                            "unpause",
                            "rename",
                            "restart",
                            "restore",
                            "checkpoint",
                            "update",
                            "health_status"),
            "image", Set.of("tag", "untag", "pull", "remove", "import", "build", "loadfromarchive"),
            "volume", Set.of("create", "remove"),
            "network", Set.of("create", "remove", "disconnect"));

    private record Listener(Consumer<PodmanEvent> event, Consumer<String> everything) {}

    /** The last health told of each container, oldest forgotten first; only changes are passed on. Used by one thread at a time. */
    private static final int HEALTH_LIMIT = 4096;

    private final PodmanClient client;
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private final AtomicLong lost = new AtomicLong();
    private final Object lifecycle = new Object();
    /** Guarded by {@code lifecycle}. */
    private Thread reader;

    PodmanEvents(PodmanClient client) {
        this.client = client;
        client.whenItAnswersAgain(() -> listeners.forEach(l -> l.everything().accept("podman answers again")));
    }

    AutoCloseable listen(Consumer<PodmanEvent> event, Consumer<String> everything) {
        Listener listener = new Listener(event, everything);
        synchronized (lifecycle) {
            listeners.add(listener);
            if (reader == null) {
                reader = Thread.ofVirtual().name("podman-events").start(this::read);
            }
        }
        return () -> {
            synchronized (lifecycle) {
                listeners.remove(listener);
                if (listeners.isEmpty()) {
                    stop();
                }
            }
        };
    }

    long lost() {
        return lost.get();
    }

    void close() {
        synchronized (lifecycle) {
            listeners.clear();
            stop();
        }
    }

    private void stop() {
        if (reader != null) {
            reader.interrupt();
            reader = null;
        }
    }

    private void read() {
        Thread me = Thread.currentThread();
        Duration pause = FIRST_PAUSE;
        boolean wasOpen = false;
        while (isWanted(me)) {
            Session session = new Session(wasOpen);
            String ended;
            try {
                client.stream(HttpMethod.GET, path(), STREAM_LIMIT, session::opened, session::line);
                ended = "podman ended its event stream";
            } catch (Trouble e) {
                ended = e.sentence();
            }
            if (!isWanted(me)) {
                return;
            }
            if (session.isOpen) {
                wasOpen = true;
                pause = FIRST_PAUSE;
                lost.incrementAndGet();
                LOG.infof("%s: %s; connecting again", client.socket(), ended);
            } else {
                LOG.debugf(
                        "no event stream of %s: %s; next try in %s", client.socket(), ended, Durations.format(pause));
            }
            if (!sleep(pause)) {
                return;
            }
            pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause.multipliedBy(2);
        }
    }

    private boolean isWanted(Thread me) {
        synchronized (lifecycle) {
            return reader == me;
        }
    }

    /** With jitter, so that the streams of many users do not come back all at once. False if interrupted. */
    private static boolean sleep(Duration pause) {
        try {
            Thread.sleep(pause.toMillis() / 2 + ThreadLocalRandom.current().nextLong(pause.toMillis()));
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static String path() {
        return "/events?stream=true&filters="
                + URLEncoder.encode(Json.write(Map.of("type", TELLING.keySet())), StandardCharsets.UTF_8);
    }

    /** One connection. Its methods are called one after the other. */
    private final class Session {
        private final boolean isAgain;
        private final Map<String, String> healths = new LinkedHashMap<>() {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
                return size() > HEALTH_LIMIT;
            }
        };
        private volatile boolean isOpen;

        Session(boolean isAgain) {
            this.isAgain = isAgain;
        }

        /** Also at the first time: between the first look and now something may have happened. */
        void opened() {
            isOpen = true;
            listeners.forEach(l ->
                    l.everything().accept(isAgain ? "podman's event stream is back" : "podman's event stream begins"));
        }

        void line(JsonNode line) {
            String type = line.path("Type").asText();
            String action = line.path("Action").asText();
            if (!TELLING.getOrDefault(type, Set.of()).contains(action)) {
                return;
            }
            String id = line.path("Actor").path("ID").asText();
            String health = line.path("HealthStatus").asText("");
            if (action.equals("health_status") && !health.isEmpty() && health.equals(healths.put(id, health))) {
                return;
            }
            if (action.equals("remove")) {
                healths.remove(id);
            }
            JsonNode attributes = line.path("Actor").path("Attributes");
            PodmanEvent event = new PodmanEvent(
                    type, action, id, attributes.path("name").asText(id), exitCode(action, attributes), health);
            listeners.forEach(l -> l.event().accept(event));
        }

        private static Optional<Integer> exitCode(String action, JsonNode attributes) {
            String text = attributes.path("containerExitCode").asText("");
            return action.equals("died") && text.matches("[0-9]{1,3}")
                    ? Optional.of(Integer.valueOf(text))
                    : Optional.empty();
        }
    }
}
