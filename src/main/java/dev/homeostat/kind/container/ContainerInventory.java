package dev.homeostat.kind.container;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.homeostat.host.podman.Container;
import dev.homeostat.host.podman.ContainerDetails;
import dev.homeostat.host.podman.ContainerDetails.Bind;
import dev.homeostat.host.podman.ContainerDetails.Check;
import dev.homeostat.host.podman.ContainerDetails.ImageDefaults;
import dev.homeostat.host.podman.Podman;
import dev.homeostat.host.podman.PodmanEngine;
import dev.homeostat.host.podman.PublishedPort;
import dev.homeostat.host.podman.Quadlets;
import dev.homeostat.resource.Confidential;
import dev.homeostat.resource.Durations;
import dev.homeostat.resource.Inventory;
import dev.homeostat.resource.Scope;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Running containers as entries of {@code containers}. What is in the image is not repeated; what looks like a secret is left out. */
@ApplicationScoped
public class ContainerInventory implements Inventory {
    /** What Podman runs a check with that its owner wrote for a shell, inside the container. */
    private static final String SHELL = "sh";

    private static final String COMMAND_FOLLOWS = "-c";

    /** Podman's own, in every container. */
    private static final Set<String> ALWAYS_SET = Set.of("container", "HOSTNAME", "HOME", "PATH", "TERM");

    /** Podman's own, and those of its systemd support. */
    private static final Set<String> OWN_LABELS = Set.of(Container.UNIT_LABEL, Quadlets.SPEC_LABEL);

    /** What podman calls the network that a container gets if nothing is said, as root and as a user. */
    private static final Set<String> USUAL_NETWORKS = Set.of("podman", "bridge", "default", "pasta", "slirp4netns", "");

    private static final long NANOS = 1_000_000_000L;

    private final Podman podman;

    public ContainerInventory(Podman podman) {
        this.podman = podman;
    }

    @Override
    public String section() {
        return "containers";
    }

    @Override
    public List<Found> find(Scope scope) throws Trouble {
        if (!podman.isInstalled()) {
            return List.of();
        }
        PodmanEngine engine = podman.of(scope);
        List<Found> found = new ArrayList<>();
        List<Container> running = engine.containers().stream()
                .filter(Container::isRunning)
                .sorted(Comparator.comparing(Container::name))
                .toList();
        for (Container c : running) {
            found.add(found(engine, c));
        }
        return found;
    }

    /** One that cannot be looked at, or went meanwhile, spoils none of the others. */
    private static Found found(PodmanEngine engine, Container c) {
        try {
            return found(engine.details(c.id()), engine.defaults(c.imageId()));
        } catch (Trouble t) {
            ObjectNode entry = JsonNodeFactory.instance.objectNode();
            entry.put("image", c.imageName());
            return new Found(c.name(), entry, List.of(), Optional.of("it could not be looked at: " + t.sentence()));
        }
    }

    /** @param image what the container's image brings */
    static Found found(ContainerDetails c, ImageDefaults image) {
        ObjectNode entry = JsonNodeFactory.instance.objectNode();
        List<String> remarks = new ArrayList<>();
        List<String> unfit = new ArrayList<>();
        CommandLineOptions given = CommandLineOptions.of(c.createCommand(), c.image());
        entry.put("image", c.image());
        command(c, image, entry, unfit);
        environment(c, image, given, entry, remarks);
        environmentFiles(given, entry, unfit);
        texts(entry, "ports", c.ports().stream().map(ContainerInventory::port).toList());
        mounts(c, entry, unfit);
        networks(c, entry, unfit);
        c.check().filter(check -> !check.test().equals(image.health())).ifPresent(check -> health(check, entry, unfit));
        restart(c, entry);
        limits(c, entry);
        labels(c, image, entry, remarks);
        differs("its entrypoint", c.own().entrypoint(), image.entrypoint(), unfit);
        differs("its user", c.own().user(), image.user(), unfit);
        differs("its working folder", c.own().workingDirectory(), image.workingDirectory(), unfit);
        if (c.privileged()) {
            unfit.add("that it is privileged");
        }
        if (!c.pod().isEmpty()) {
            unfit.add("its pod");
        }
        unfit.addAll(given.notSaid());
        if (c.createCommand().isEmpty()) {
            remarks.add("It was not made by podman run: what else it was given is not known.");
        }
        return new Found(
                c.name(),
                entry,
                remarks,
                unfit.isEmpty()
                        ? Optional.empty()
                        : Optional.of("what a declaration cannot say of it: " + String.join(", ", unfit)));
    }

    private static void command(ContainerDetails c, ImageDefaults image, ObjectNode entry, List<String> unfit) {
        if (c.own().command().equals(image.command())) {
            return;
        }
        if (mayHoldSecret(c.own().command())) {
            unfit.add("its command, which is left out, as it may hold a secret");
        } else {
            texts(entry, "command", c.own().command());
        }
    }

    /** Such as {@code --requirepass} and what follows it, {@code --token=...}, or an address with a password. */
    private static boolean mayHoldSecret(List<String> words) {
        return words.stream().anyMatch(word -> {
            int equals = word.indexOf('=');
            return equals < 0
                    ? Confidential.is(word, word)
                    : Confidential.is(word.substring(0, equals), word.substring(equals + 1));
        });
    }

    private static void environmentFiles(CommandLineOptions given, ObjectNode entry, List<String> unfit) {
        texts(
                entry,
                "environmentFiles",
                given.environmentFiles().stream()
                        .filter(file -> file.startsWith("/"))
                        .toList());
        if (given.environmentFiles().stream().anyMatch(file -> !file.startsWith("/"))) {
            unfit.add("an environment file whose path is not absolute");
        }
    }

    /** What came from files stays there: among it are secrets under any name. */
    private static void environment(
            ContainerDetails c, ImageDefaults image, CommandLineOptions given, ObjectNode entry, List<String> remarks) {
        ObjectNode environment = JsonNodeFactory.instance.objectNode();
        new TreeMap<>(c.own().environment()).forEach((name, value) -> {
            boolean ofFile =
                    !given.environmentFiles().isEmpty() && !given.variables().contains(name);
            if (ofFile
                    || ALWAYS_SET.contains(name)
                    || value.equals(image.environment().get(name))) {
                return;
            }
            if (Confidential.is(name, value)) {
                remarks.add(name + " is left out, as it may be a secret: put it into a file, and name that under"
                        + " environmentFiles.");
            } else {
                environment.put(name, value);
            }
        });
        if (!environment.isEmpty()) {
            entry.set("environment", environment);
        }
    }

    private static String port(PublishedPort port) {
        String text = port.toString();
        return text.endsWith("/tcp") ? text.substring(0, text.length() - "/tcp".length()) : text;
    }

    private static void mounts(ContainerDetails c, ObjectNode entry, List<String> unfit) {
        ArrayNode mounts = JsonNodeFactory.instance.arrayNode();
        for (Bind bind : c.binds()) {
            if (!bind.type().equals("volume") && !bind.type().equals("bind")) {
                unfit.add("the " + bind.type() + " at " + bind.path());
                continue;
            }
            ObjectNode mount = mounts.addObject();
            mount.put(bind.type().equals("volume") ? "volume" : "host", bind.source());
            mount.put("path", bind.path());
            if (!bind.writable()) {
                mount.put("readOnly", true);
            }
        }
        if (!mounts.isEmpty()) {
            entry.set("mounts", mounts);
        }
    }

    private static void networks(ContainerDetails c, ObjectNode entry, List<String> unfit) {
        if (c.networkMode().equals("host") || c.networkMode().equals("none")) {
            texts(entry, "networks", List.of(c.networkMode()));
        } else if (c.networkMode().startsWith("container:") || c.networkMode().startsWith("ns:")) {
            unfit.add("the network of another container");
        } else {
            texts(
                    entry,
                    "networks",
                    c.networks().stream()
                            .filter(network -> !USUAL_NETWORKS.contains(network))
                            .toList());
        }
    }

    private static void health(Check check, ObjectNode entry, List<String> unfit) {
        if (mayHoldSecret(check.test())) {
            unfit.add("its health check, which is left out, as it may hold a secret");
            return;
        }
        ObjectNode health = entry.putObject("health");
        List<String> test = check.test();
        List<String> command = switch (test.getFirst()) {
            case "CMD" -> test.subList(1, test.size());
            case "CMD-SHELL" -> List.of(SHELL, COMMAND_FOLLOWS, String.join(" ", test.subList(1, test.size())));
            default -> test;
        };
        texts(health, "command", command);
        time(health, "interval", check.interval());
        time(health, "timeout", check.timeout());
        if (check.retries() > 0) {
            health.put("retries", check.retries());
        }
        time(health, "start", check.start());
    }

    private static void time(ObjectNode health, String key, Duration time) {
        if (time.isPositive()) {
            health.put(key, Durations.format(time));
        }
    }

    private static void restart(ContainerDetails c, ObjectNode entry) {
        if (c.own().labels().containsKey(Container.UNIT_LABEL)) {
            return; // systemd starts it again, and podman's policy says nothing about that
        }
        switch (c.restart()) {
            case "on-failure" -> entry.put("restart", "on-failure");
            case "always", "unless-stopped" -> {
                // what is declared is always started again, if nothing else is said
            }
            default -> entry.put("restart", "no");
        }
    }

    private static void limits(ContainerDetails c, ObjectNode entry) {
        ObjectNode limits = JsonNodeFactory.instance.objectNode();
        if (c.memoryBytes() > 0) {
            limits.put("memory", size(c.memoryBytes()));
        }
        if (c.nanoCpus() > 0) {
            limits.put(
                    "cpus",
                    BigDecimal.valueOf(c.nanoCpus())
                            .divide(BigDecimal.valueOf(NANOS))
                            .stripTrailingZeros());
        }
        if (!limits.isEmpty()) {
            entry.set("resources", limits);
        }
    }

    /** Without loss, in the largest unit that has none. */
    private static String size(long bytes) {
        long mebibytes = bytes >> 20;
        return mebibytes << 20 == bytes ? mebibytes + "M" : (bytes >> 10) + "K";
    }

    private static void labels(ContainerDetails c, ImageDefaults image, ObjectNode entry, List<String> remarks) {
        ObjectNode labels = JsonNodeFactory.instance.objectNode();
        for (Map.Entry<String, String> label : new TreeMap<>(c.own().labels()).entrySet()) {
            boolean given = !OWN_LABELS.contains(label.getKey())
                    && !label.getValue().equals(image.labels().get(label.getKey()));
            if (given && Confidential.is(label.getKey(), label.getValue())) {
                remarks.add("The label " + label.getKey() + " is left out, as it may be a secret.");
            } else if (given) {
                labels.put(label.getKey(), label.getValue());
            }
        }
        if (!labels.isEmpty()) {
            entry.set("labels", labels);
        }
    }

    private static void differs(String what, Object ofContainer, Object ofImage, List<String> unfit) {
        if (!ofContainer.equals(ofImage) && !isRoot(ofContainer) && !ofContainer.equals("/")) {
            unfit.add(what);
        }
    }

    /** Podman says so of a working folder or user that nobody named. */
    private static boolean isRoot(Object user) {
        return user.equals("root") || user.equals("0") || user.equals("0:0");
    }

    private static void texts(ObjectNode node, String key, List<String> texts) {
        if (!texts.isEmpty()) {
            ArrayNode array = node.putArray(key);
            texts.forEach(array::add);
        }
    }
}
