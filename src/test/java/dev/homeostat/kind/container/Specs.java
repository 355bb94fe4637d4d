package dev.homeostat.kind.container;

import dev.homeostat.resource.DataSize;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Place;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Scope;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Containers for tests; each {@code with} gives another one. */
record Specs(ContainerSpec spec) {
    static Specs image(String image, String... command) {
        return new Specs(new ContainerSpec(
                image,
                List.of(command),
                Map.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                null,
                Restart.ALWAYS,
                null,
                Map.of(),
                List.of(),
                false));
    }

    private Specs with(
            Map<String, String> environment,
            List<String> environmentFiles,
            List<String> ports,
            List<Mount> mounts,
            List<String> networks,
            Health health,
            Map<String, String> labels,
            Limits limits,
            List<String> units) {
        return new Specs(new ContainerSpec(
                spec.image(),
                spec.command(),
                environment,
                environmentFiles,
                ports.stream().flatMap(p -> Ports.parse(p).stream()).toList(),
                mounts,
                spec.devices(),
                networks,
                health,
                spec.restart(),
                limits,
                labels,
                units,
                false));
    }

    Specs environment(Map<String, String> environment) {
        return with(
                environment,
                spec.environmentFiles(),
                ports(),
                spec.mounts(),
                spec.networks(),
                spec.health(),
                spec.labels(),
                spec.resources(),
                spec.units());
    }

    Specs environmentFiles(String... files) {
        return with(
                spec.environment(),
                List.of(files),
                ports(),
                spec.mounts(),
                spec.networks(),
                spec.health(),
                spec.labels(),
                spec.resources(),
                spec.units());
    }

    Specs ports(String... ports) {
        return with(
                spec.environment(),
                spec.environmentFiles(),
                List.of(ports),
                spec.mounts(),
                spec.networks(),
                spec.health(),
                spec.labels(),
                spec.resources(),
                spec.units());
    }

    Specs mounts(Mount... mounts) {
        return with(
                spec.environment(),
                spec.environmentFiles(),
                ports(),
                List.of(mounts),
                spec.networks(),
                spec.health(),
                spec.labels(),
                spec.resources(),
                spec.units());
    }

    Specs networks(String... networks) {
        return with(
                spec.environment(),
                spec.environmentFiles(),
                ports(),
                spec.mounts(),
                List.of(networks),
                spec.health(),
                spec.labels(),
                spec.resources(),
                spec.units());
    }

    Specs health(int seconds, int retries, String... command) {
        return health(new Health(List.of(command), Duration.ofSeconds(seconds), Duration.ofSeconds(5), retries, null));
    }

    Specs health(Health health) {
        return with(
                spec.environment(),
                spec.environmentFiles(),
                ports(),
                spec.mounts(),
                spec.networks(),
                health,
                spec.labels(),
                spec.resources(),
                spec.units());
    }

    Specs labels(Map<String, String> labels) {
        return with(
                spec.environment(),
                spec.environmentFiles(),
                ports(),
                spec.mounts(),
                spec.networks(),
                spec.health(),
                labels,
                spec.resources(),
                spec.units());
    }

    Specs memory(String memory) {
        return with(
                spec.environment(),
                spec.environmentFiles(),
                ports(),
                spec.mounts(),
                spec.networks(),
                spec.health(),
                spec.labels(),
                new Limits(DataSize.parse(memory), new java.math.BigDecimal("1.5"), 200),
                spec.units());
    }

    Specs units(String... units) {
        return with(
                spec.environment(),
                spec.environmentFiles(),
                ports(),
                spec.mounts(),
                spec.networks(),
                spec.health(),
                spec.labels(),
                spec.resources(),
                List.of(units));
    }

    Desired<ContainerSpec> named(Scope scope, String name) {
        return new Desired<>(
                new ResourceId(ContainerKind.NAME, scope, name), spec, Set.of(), new Place("machine.yaml", 1, 1));
    }

    static Desired<ContainerSpec> retired(Desired<ContainerSpec> d) {
        return new Desired<>(d.id(), d.spec().retire(), Set.of(), Place.NOWHERE, true);
    }

    private List<String> ports() {
        return spec.ports().stream()
                .map(p -> (p.address().isEmpty()
                                ? ""
                                : p.address().contains(":") ? "[" + p.address() + "]:" : p.address() + ":")
                        + p.hostPort() + ":" + p.containerPort() + "/" + p.protocol())
                .toList();
    }
}
