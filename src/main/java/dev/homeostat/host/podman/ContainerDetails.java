package dev.homeostat.host.podman;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * A container as podman knows it in full.
 *
 * @param image as it was named when the container was made
 * @param imageId without {@code sha256:}
 * @param own what it runs with, what the image brings included
 * @param ports published ones
 * @param networkMode {@code bridge}, {@code host}, {@code none}, {@code slirp4netns}, {@code pasta}, {@code container:ID}, ...
 * @param networks by name
 * @param restart podman's policy: {@code no}, {@code always}, {@code unless-stopped}, {@code on-failure}; may be empty
 * @param memoryBytes limit; 0 is none
 * @param nanoCpus limit in billionths of a processor; 0 is none
 * @param pod id of the pod it belongs to; empty if to none
 * @param createCommand the words of the command line that made it; empty if something else did. May hold secrets
 */
public record ContainerDetails(
        String name,
        String image,
        String imageId,
        ImageDefaults own,
        List<Bind> binds,
        SortedSet<PublishedPort> ports,
        String networkMode,
        List<String> networks,
        String restart,
        Optional<Check> check,
        long memoryBytes,
        long nanoCpus,
        boolean privileged,
        String pod,
        List<String> createCommand) {
    /** Ports of one container; more are no machine's. */
    private static final int PORT_LIMIT = 65_536;

    public ContainerDetails {
        requireNonNull(name, "name is null");
        binds = List.copyOf(binds);
        networks = List.copyOf(networks);
        createCommand = List.copyOf(createCommand);
    }

    /**
     * Something of the host, or a volume, in the container.
     *
     * @param type {@code bind}, {@code volume}, {@code tmpfs}, ...
     * @param source path of the host; for a volume its name
     */
    public record Bind(String type, String source, String path, boolean writable) {}

    /**
     * A health check.
     *
     * @param test {@code CMD} and words, or {@code CMD-SHELL} and a line
     */
    public record Check(List<String> test, Duration interval, Duration timeout, int retries, Duration start) {
        public Check {
            test = List.copyOf(test);
        }
    }

    /** @param c as podman's inspection answers */
    public static ContainerDetails of(JsonNode c) {
        JsonNode host = c.path("HostConfig");
        return new ContainerDetails(
                c.path("Name").asText(),
                c.path("ImageName").asText(),
                bare(c.path("Image").asText()),
                ImageDefaults.of(c.path("Config")),
                binds(c.path("Mounts")),
                ports(host.path("PortBindings")),
                host.path("NetworkMode").asText(),
                names(c.path("NetworkSettings").path("Networks")),
                host.path("RestartPolicy").path("Name").asText(),
                check(c.path("Config").path("Healthcheck")),
                host.path("Memory").asLong(),
                host.path("NanoCpus").asLong(),
                host.path("Privileged").asBoolean(),
                c.path("Pod").asText(),
                ImageDefaults.words(c.path("Config").path("CreateCommand")));
    }

    private static List<Bind> binds(JsonNode mounts) {
        List<Bind> binds = new ArrayList<>();
        for (JsonNode m : mounts) {
            String type = m.path("Type").asText();
            binds.add(new Bind(
                    type,
                    m.path(type.equals("volume") ? "Name" : "Source").asText(),
                    m.path("Destination").asText(),
                    m.path("RW").asBoolean(true)));
        }
        return binds;
    }

    private static SortedSet<PublishedPort> ports(JsonNode bindings) {
        SortedSet<PublishedPort> ports = new TreeSet<>();
        bindings.properties().forEach(e -> {
            String[] inside = e.getKey().split("/", 2);
            int port = number(inside[0]);
            for (JsonNode b : e.getValue()) {
                int outside = number(b.path("HostPort").asText());
                if (port > 0 && outside > 0 && ports.size() < PORT_LIMIT) {
                    String address = b.path("HostIp").asText();
                    ports.add(new PublishedPort(
                            address.equals("0.0.0.0") ? "" : address,
                            outside,
                            port,
                            inside.length > 1 ? inside[1] : "tcp"));
                }
            }
        });
        return ports;
    }

    private static int number(String digits) {
        return digits.matches("[0-9]{1,5}") ? Integer.parseInt(digits) : 0;
    }

    private static List<String> names(JsonNode object) {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        names.sort(null);
        return names;
    }

    private static Optional<Check> check(JsonNode h) {
        List<String> test = ImageDefaults.words(h.path("Test"));
        return test.isEmpty() || test.getFirst().equals("NONE")
                ? Optional.empty()
                : Optional.of(new Check(
                        test,
                        Duration.ofNanos(h.path("Interval").asLong()),
                        Duration.ofNanos(h.path("Timeout").asLong()),
                        h.path("Retries").asInt(),
                        Duration.ofNanos(h.path("StartPeriod").asLong())));
    }

    static String bare(String id) {
        return id.startsWith("sha256:") ? id.substring("sha256:".length()) : id;
    }

    /**
     * What an image brings, or what a container has of the same.
     *
     * @param health words of the check; empty if there is none
     */
    public record ImageDefaults(
            List<String> command,
            List<String> entrypoint,
            Map<String, String> environment,
            String user,
            String workingDirectory,
            Map<String, String> labels,
            List<String> health) {
        public ImageDefaults {
            command = List.copyOf(command);
            entrypoint = List.copyOf(entrypoint);
            environment = new LinkedHashMap<>(environment);
            labels = new LinkedHashMap<>(labels);
            health = List.copyOf(health);
        }

        /** @param config of an image or container, as podman's inspection answers */
        public static ImageDefaults of(JsonNode config) {
            Map<String, String> environment = new LinkedHashMap<>();
            for (String variable : words(config.path("Env"))) {
                int equals = variable.indexOf('=');
                if (equals > 0) {
                    environment.put(variable.substring(0, equals), variable.substring(equals + 1));
                }
            }
            Map<String, String> labels = new LinkedHashMap<>();
            config.path("Labels")
                    .properties()
                    .forEach(e -> labels.put(e.getKey(), e.getValue().asText()));
            return new ImageDefaults(
                    words(config.path("Cmd")),
                    words(config.path("Entrypoint")),
                    environment,
                    config.path("User").asText(),
                    config.path("WorkingDir").asText(),
                    labels,
                    words(config.path("Healthcheck").path("Test")));
        }

        /** Podman before 5 joins an entrypoint to one text. */
        static List<String> words(JsonNode node) {
            List<String> words = new ArrayList<>();
            if (node.isTextual()) {
                if (!node.asText().isEmpty()) {
                    words.addAll(List.of(node.asText().split(" ")));
                }
            } else {
                node.forEach(word -> words.add(word.asText()));
            }
            return words;
        }
    }
}
