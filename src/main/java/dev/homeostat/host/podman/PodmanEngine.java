package dev.homeostat.host.podman;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.homeostat.resource.Trouble;
import io.vertx.core.http.HttpMethod;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/** One podman, by libpod's API. Never resets or prunes anything. Thread-safe; calls wait, so they belong on virtual threads. */
public final class PodmanEngine {
    /** A list takes milliseconds; but a podman that must first start, or waits for its storage's lock, takes seconds. */
    private static final Duration CALL_LIMIT = Duration.ofSeconds(10);
    /** Stops the container first: 10 s of grace, and the same again for a slow machine. */
    private static final Duration REMOVE_LIMIT = Duration.ofSeconds(30);

    /** More ports than that in one range are not listed one by one by podman either. */
    private static final int PORT_RANGE_LIMIT = 65_536;

    private final PodmanClient client;
    private final PodmanEvents events;

    PodmanEngine(PodmanClient client) {
        this.client = client;
        this.events = new PodmanEvents(client);
    }

    /** Where it listens. */
    public Path socket() {
        return client.socket();
    }

    /** Of the podman that answered last; asks if none has yet. */
    public PodmanVersion version() throws Trouble {
        PodmanVersion known = client.version();
        if (known != null) {
            return known;
        }
        JsonNode answer = client.get("/version", CALL_LIMIT);
        try {
            return PodmanVersion.parse(answer.path("Version").asText());
        } catch (IllegalArgumentException e) {
            throw Trouble.passing("podman does not say its version: " + e.getMessage());
        }
    }

    /** All containers, running or not. */
    public List<Container> containers() throws Trouble {
        List<Container> found = new ArrayList<>();
        for (JsonNode c : client.get("/containers/json?all=true", CALL_LIMIT)) {
            found.add(new Container(
                    c.path("Id").asText(),
                    c.path("Names").path(0).asText(),
                    withoutAlgorithm(c.path("ImageID").asText()),
                    c.path("Image").asText(),
                    c.path("State").asText(),
                    health(c.path("Status").asText()),
                    ports(c.path("Ports")),
                    texts(c.path("Labels")),
                    list(c.path("Networks")),
                    time(c.path("Created").asText())));
        }
        return found;
    }

    /** One container in full, by its id. */
    public ContainerDetails details(String id) throws Trouble {
        return ContainerDetails.of(client.get("/containers/" + encode(id) + "/json", CALL_LIMIT));
    }

    /** What an image brings, by its id. */
    public ContainerDetails.ImageDefaults defaults(String imageId) throws Trouble {
        JsonNode image = client.get("/images/" + encode(imageId) + "/json", CALL_LIMIT);
        return ContainerDetails.ImageDefaults.of(image.path("Config"));
    }

    /** All images of the local storage. */
    public List<Image> images() throws Trouble {
        List<Image> found = new ArrayList<>();
        for (JsonNode i : client.get("/images/json", CALL_LIMIT)) {
            found.add(new Image(
                    withoutAlgorithm(i.path("Id").asText()), set(i.path("RepoTags")), set(i.path("RepoDigests"))));
        }
        return found;
    }

    public List<Volume> volumes() throws Trouble {
        List<Volume> found = new ArrayList<>();
        for (JsonNode v : client.get("/volumes/json", CALL_LIMIT)) {
            found.add(new Volume(v.path("Name").asText(), v.path("Driver").asText(), texts(v.path("Labels"))));
        }
        return found;
    }

    public List<Network> networks() throws Trouble {
        List<Network> found = new ArrayList<>();
        for (JsonNode n : client.get("/networks/json", CALL_LIMIT)) {
            List<String> subnets = new ArrayList<>();
            n.path("subnets").forEach(s -> subnets.add(s.path("subnet").asText()));
            found.add(new Network(
                    n.path("name").asText(),
                    n.path("driver").asText(),
                    subnets,
                    n.path("internal").asBoolean(),
                    texts(n.path("labels"))));
        }
        return found;
    }

    /**
     * Gets an image from the registry that its name says.
     *
     * @param progress gets what podman says meanwhile, a line each
     * @throws Trouble invalid for an image of {@code localhost/}, which no registry has; transient with the registry's answer
     */
    public void pull(ImageName image, Duration limit, Consumer<String> progress) throws Trouble {
        if (image.isLocal()) {
            throw Trouble.invalid(
                    "there is no image " + image + " on this machine, and no registry has it",
                    "make it (podman build or podman import), or correct the name");
        }
        AtomicReference<String> refusal = new AtomicReference<>("");
        client.stream(
                HttpMethod.POST,
                "/images/pull?policy=missing&reference=" + encode(image.text()),
                limit,
                () -> {},
                line -> {
                    if (line.hasNonNull("error")) {
                        refusal.set(line.path("error").asText());
                    } else if (line.hasNonNull("stream")) {
                        progress.accept(line.path("stream").asText().strip());
                    }
                });
        if (!refusal.get().isEmpty()) {
            throw Trouble.passing("image " + image + " could not be pulled"
                    + PodmanClient.message(JsonNodeFactory.instance.textNode(refusal.get())));
        }
    }

    /** Lets a paused container go on; fine if it is not paused. */
    public void unpause(String container) throws Trouble {
        change(HttpMethod.POST, "/containers/" + encode(container) + "/unpause", CALL_LIMIT, 409, 500);
    }

    /** Stops and removes one container, by its id so that no other of the same name is meant; volumes stay. Fine if it is gone. */
    public void removeContainer(String id) throws Trouble {
        change(HttpMethod.DELETE, "/containers/" + encode(id) + "?force=true&v=false", REMOVE_LIMIT, 404);
    }

    /** Removes a network that no container uses. Fine if it is gone. */
    public void removeNetwork(String name) throws Trouble {
        change(HttpMethod.DELETE, "/networks/" + encode(name) + "?force=false", CALL_LIMIT, 404);
    }

    /**
     * Runs a container's health check now, besides podman's own turn; it counts as any other: a failure not in the start
     * period.
     *
     * @param limit how long the check may take
     * @return how this one ended, {@code healthy} or {@code unhealthy}; empty if the container is gone, or runs no more
     */
    public String check(String id, Duration limit) throws Trouble {
        PodmanClient.Answer answer =
                client.exchange(HttpMethod.GET, "/containers/" + encode(id) + "/healthcheck", limit.plus(CALL_LIMIT));
        if (answer.status() == 404 || answer.status() == 409) {
            return "";
        }
        return health(client.require(answer, "GET healthcheck").path("Status").asText());
    }

    /** Tells what happens until closed, and {@code everything} whenever something may have been missed. */
    public AutoCloseable listen(Consumer<PodmanEvent> event, Consumer<String> everything) {
        return events.listen(event, everything);
    }

    /** How often the event stream was lost since the start. */
    public long connectionsLost() {
        return events.lost();
    }

    void close() {
        events.close();
        client.close();
    }

    private void change(HttpMethod method, String path, Duration limit, int... fine) throws Trouble {
        PodmanClient.Answer answer = client.exchange(method, path, limit);
        for (int status : fine) {
            if (answer.status() == status) {
                return;
            }
        }
        client.require(answer, method + " " + path);
    }

    /** Podman writes other texts into the same field when there is no health check. */
    private static String health(String status) {
        return switch (status) {
            case "healthy", "unhealthy", "starting" -> status;
            default -> "";
        };
    }

    private static SortedSet<PublishedPort> ports(JsonNode list) {
        SortedSet<PublishedPort> ports = new TreeSet<>();
        for (JsonNode p : list) {
            int range = Math.clamp(p.path("range").asInt(1), 1, PORT_RANGE_LIMIT);
            for (String protocol : p.path("protocol").asText("tcp").split(",")) {
                for (int i = 0; i < range; i++) {
                    ports.add(new PublishedPort(
                            p.path("host_ip").asText(""),
                            p.path("host_port").asInt() + i,
                            p.path("container_port").asInt() + i,
                            protocol));
                }
            }
        }
        return ports;
    }

    private static Map<String, String> texts(JsonNode object) {
        Map<String, String> texts = new LinkedHashMap<>();
        object.properties().forEach(e -> texts.put(e.getKey(), e.getValue().asText()));
        return texts;
    }

    private static List<String> list(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(t -> texts.add(t.asText()));
        return texts;
    }

    private static Set<String> set(JsonNode array) {
        return new HashSet<>(list(array));
    }

    private static String withoutAlgorithm(String id) {
        return id.startsWith("sha256:") ? id.substring("sha256:".length()) : id;
    }

    private static Instant time(String text) throws Trouble {
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeParseException e) {
            throw Trouble.passing("podman says a container was created at \"" + text + "\", which is no time", e);
        }
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
