package dev.homeostat.kind.container;

import static dev.homeostat.host.systemd.UnitFile.quoteForExec;

import dev.homeostat.host.podman.ImageName;
import dev.homeostat.host.podman.PublishedPort;
import dev.homeostat.host.podman.Quadlets;
import dev.homeostat.host.systemd.UnitFile;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Sha256;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The Quadlet file of a container. All values end in ExecStart=, so {@code %} and {@code $} are doubled: they mean themselves. */
final class ContainerQuadlet {
    /** Systemd starts it again at once; a container that keeps ending stops at systemd's start limit, and we go on with pauses. */
    private static final Duration RESTART_PAUSE = Duration.ZERO;
    /** A unit that starts at boot without its image has to pull it first. */
    private static final Duration START_LIMIT = Duration.ofMinutes(15);

    private ContainerQuadlet() {}

    /** Of what the container is made: a running one with another digest is older than the declaration. */
    static String digest(ContainerSpec spec) {
        return Sha256.hex(Json.write(spec.made()));
    }

    /** @throws IllegalArgumentException if a value cannot be written safely; the message names it */
    static String text(String name, ContainerSpec spec) {
        Map<String, Map<String, List<String>>> file = new LinkedHashMap<>();
        file.put("Unit", unit(name, spec));
        file.put("Container", container(name, spec));
        file.put("Service", service(spec));
        // the generator resolves both for the system and for users: default.target is what a user's manager boots to
        file.put("Install", Map.of("WantedBy", List.of("multi-user.target default.target")));
        return UnitFile.of(file).text();
    }

    private static Map<String, List<String>> unit(String name, ContainerSpec spec) {
        Map<String, List<String>> unit = new LinkedHashMap<>();
        unit.put("Description", List.of("Container " + name));
        if (!spec.units().isEmpty()) {
            // not Requires=: that would stop this one whenever the other is restarted
            unit.put("Wants", spec.units());
            unit.put("After", spec.units());
        }
        return unit;
    }

    private static Map<String, List<String>> container(String name, ContainerSpec spec) {
        Map<String, List<String>> container = new LinkedHashMap<>();
        ImageName image = ImageName.parse(spec.image());
        container.put("ContainerName", List.of(name));
        container.put("Image", List.of(image.text()));
        if (spec.command() != null) {
            container.put("Exec", List.of(words(spec.command())));
        }
        put(
                container,
                "Environment",
                spec.environment().entrySet().stream()
                        .map(e -> quoteForExec(e.getKey() + "=" + e.getValue()))
                        .toList());
        put(
                container,
                "EnvironmentFile",
                spec.environmentFiles().stream().map(UnitFile::quoteForExec).toList());
        put(
                container,
                "PublishPort",
                spec.ports().stream().map(PublishedPort::toString).toList());
        put(
                container,
                "Volume",
                spec.mounts().stream().map(ContainerQuadlet::mount).toList());
        put(container, "AddDevice", spec.devices());
        put(container, "Network", spec.networks());
        if (spec.health() != null) {
            health(container, spec.health(), spec.restart());
        }
        List<String> labels = new ArrayList<>();
        spec.labels().forEach((key, value) -> labels.add(quoteForExec(key + "=" + value)));
        labels.add(Quadlets.SPEC_LABEL + "=" + digest(spec));
        container.put("Label", labels);
        container.put("PodmanArgs", List.of(String.join(" ", arguments(spec, image))));
        return container;
    }

    private static void health(Map<String, List<String>> container, Health health, Restart restart) {
        container.put("HealthCmd", List.of(literal(Json.write(health.command()))));
        duration(container, "HealthInterval", health.interval());
        duration(container, "HealthTimeout", health.timeout());
        if (health.retries() != null) {
            container.put("HealthRetries", List.of(Integer.toString(health.retries())));
        }
        duration(container, "HealthStartPeriod", health.start());
        if (restart != Restart.NO) {
            // so that an unhealthy container is restarted by systemd even when we are not there
            container.put("HealthOnFailure", List.of("kill"));
        }
    }

    /** What newer Quadlets have keys for and older ones not. */
    private static List<String> arguments(ContainerSpec spec, ImageName image) {
        List<String> arguments = new ArrayList<>();
        arguments.add(image.isLocal() ? "--pull=never" : "--pull=missing");
        if (spec.resources() != null) {
            Limits limits = spec.resources();
            if (limits.memory() != null) {
                arguments.add("--memory=" + limits.memory().bytes());
            }
            if (limits.cpus() != null) {
                arguments.add("--cpus=" + limits.cpus().toPlainString());
            }
            if (limits.pids() != null) {
                arguments.add("--pids-limit=" + limits.pids());
            }
        }
        return arguments;
    }

    private static Map<String, List<String>> service(ContainerSpec spec) {
        Map<String, List<String>> service = new LinkedHashMap<>();
        service.put("Restart", List.of(spec.restart().text()));
        service.put("RestartSec", List.of(RESTART_PAUSE.toMillis() + "ms"));
        service.put("TimeoutStartSec", List.of(START_LIMIT.toSeconds() + "s"));
        return service;
    }

    private static String mount(Mount mount) {
        String source = mount.volume() != null ? mount.volume() : mount.host();
        return literal(source + ":" + mount.path() + (Boolean.TRUE.equals(mount.readOnly()) ? ":ro" : ""));
    }

    private static String words(List<String> words) {
        return String.join(" ", words.stream().map(UnitFile::quoteForExec).toList());
    }

    /** For settings that Quadlet takes as they are and quotes itself; only systemd's own expansion is left to be stopped. */
    private static String literal(String text) {
        return text.replace("%", "%%").replace("$", "$$");
    }

    private static void duration(Map<String, List<String>> container, String key, Duration value) {
        if (value != null) {
            container.put(
                    key, List.of(value.toMillis() % 1000 == 0 ? value.toSeconds() + "s" : value.toMillis() + "ms"));
        }
    }

    private static void put(Map<String, List<String>> section, String key, List<String> values) {
        if (!values.isEmpty()) {
            section.put(key, values);
        }
    }
}
