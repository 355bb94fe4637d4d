package dev.homeostat.kind.catalog;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.Account;
import dev.homeostat.host.posix.Accounts;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.HostPort;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Preset;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Section;
import dev.homeostat.resource.SystemOptions;
import io.quarkus.arc.All;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * {@code catalog}: from the name of an entry to what differs from it. An entry is written in the words of the declaration:
 * it becomes entries of the other sections, which read them as if they stood in the file.
 */
@ApplicationScoped
public class CatalogSection implements Section<CatalogUse> {
    private static final String KEY = "catalog";
    private static final String CONTAINERS = "containers";
    private static final String VOLUMES = "volumes";
    private static final String NETWORKS = "networks";
    private static final String SERVICES = "services";

    /** What has to be in force before a unit of it can run. */
    private static final ResourceId SYSTEM = ResourceId.of("generation", "system");

    private final Catalog catalog;
    private final List<Section<?>> sections;
    private final Accounts accounts;
    private final Locations locations;

    public CatalogSection(Catalog catalog, @All List<Section<?>> sections, Accounts accounts, Locations locations) {
        this.catalog = catalog;
        this.sections = sections;
        this.accounts = accounts;
        this.locations = locations;
    }

    @Override
    public String key() {
        return KEY;
    }

    @Override
    public String about() {
        return "Entries of the catalogue (homeostat catalog lists them): each becomes containers, volumes, networks and services, or options of the generated system.";
    }

    @Override
    public String namePattern() {
        return "^[a-z][a-z0-9-]{0,47}$";
    }

    @Override
    public String nameForm() {
        return "the name of an entry of the catalogue, such as redis";
    }

    @Override
    public Class<CatalogUse> entryType() {
        return CatalogUse.class;
    }

    @Override
    public void read(Entry<CatalogUse> entry, Resources out) {
        CatalogEntry known = catalog.entries().get(entry.name());
        if (known == null) {
            out.problem(
                    entry,
                    "",
                    "\"" + entry.name() + "\" is not in the catalogue: there are "
                            + String.join(", ", catalog.entries().keySet()));
            return;
        }
        new Reading(entry, known, out).read();
    }

    /** One entry on its way to resources. */
    private final class Reading {
        private final Entry<CatalogUse> entry;
        private final CatalogUse use;
        private final CatalogEntry known;
        private final Resources out;
        private final Set<ResourceId> secrets = new HashSet<>();
        private boolean fine = true;

        Reading(Entry<CatalogUse> entry, CatalogEntry known, Resources out) {
            this.entry = entry;
            this.use = entry.value();
            this.known = known;
            this.out = out;
        }

        void read() {
            SortedMap<String, Integer> ports = ports();
            Optional<Preset.Form> form = form();
            form.ifPresent(this::withoutEffect);
            if (!fine || form.isEmpty()) {
                return;
            }
            String address = use.address() == null ? CatalogUse.THIS_MACHINE : use.address();
            Placeholders placeholders = new Placeholders(address, ports);
            List<HostPort> taken = new ArrayList<>();
            try {
                known.ports()
                        .forEach((name, port) -> taken.add(
                                new HostPort(address, ports.get(name), HostPort.Protocol.of(port.protocol()))));
            } catch (IllegalArgumentException e) { // it has the form of an address, and is none
                problem("address", e.getMessage());
                return;
            }
            Preset preset = new Preset(entry.name(), form.get(), taken);
            if (form.get() == Preset.Form.SERVICE) {
                service(known.service(), placeholders, preset);
            } else {
                container(known.container(), placeholders, preset);
            }
        }

        /** How it runs; empty if that cannot be, which is told. */
        private Optional<Preset.Form> form() {
            boolean ofUser = !entry.scope().isOwn() || locations.unprivileged();
            Preset.Form form = use.as() != null
                    ? use.as().form()
                    : ofUser && known.container() != null ? Preset.Form.CONTAINER : Catalog.preferred(known);
            if (!known.forms().contains(form)) {
                problem(
                        "as",
                        entry.name() + " cannot run as a " + form.label() + ", only as a "
                                + known.forms().getFirst().label());
                return Optional.empty();
            }
            if (ofUser && form == Preset.Form.SERVICE) {
                problem(
                        use.as() == null ? "" : "as",
                        entry.name()
                                + " as a service is part of the system, which a user has none of: declare it under "
                                + KEY + " of the system"
                                + (known.container() == null ? "" : ", or choose as: container"));
                return Optional.empty();
            }
            return Optional.of(form);
        }

        private SortedMap<String, Integer> ports() {
            SortedMap<String, Integer> ports = new TreeMap<>();
            known.ports().forEach((name, port) -> ports.put(name, port.number()));
            if (use.port() != null) {
                if (known.ports().isEmpty()) {
                    problem("port", entry.name() + " has no port");
                } else {
                    ports.put(known.ports().firstEntry().getKey(), use.port());
                }
            }
            if (use.ports() != null) {
                use.ports().forEach((name, number) -> {
                    if (!known.ports().containsKey(name)) {
                        problem(
                                "ports." + name,
                                entry.name() + " has no port of that name"
                                        + (known.ports().isEmpty()
                                                ? ""
                                                : ": there are "
                                                        + String.join(
                                                                ", ",
                                                                known.ports().keySet())));
                    } else if (use.port() != null
                            && name.equals(known.ports().firstEntry().getKey())) {
                        problem("ports." + name, "is what port says already: keep one of the two");
                    } else {
                        ports.put(name, number);
                    }
                });
            }
            return ports;
        }

        /** What says something of a container where there is none. */
        private void withoutEffect(Preset.Form form) {
            if (form == Preset.Form.CONTAINER) {
                return;
            }
            Map<String, Object> ofContainers = new LinkedHashMap<>();
            ofContainers.put("image", use.image());
            ofContainers.put("command", use.command());
            ofContainers.put("environment", use.environment());
            ofContainers.put("folders", use.folders());
            ofContainers.put("devices", use.devices());
            ofContainers.put("health", use.health());
            ofContainers.put("memory", use.memory());
            ofContainers.forEach((field, value) -> {
                if (value != null) {
                    problem(
                            field,
                            "is for a container, and " + entry.name() + " runs as a service: "
                                    + (known.container() == null
                                            ? "take it away, and say it in a module of your own (nixos.modules)"
                                            : "choose as: container, or take it away"));
                }
            });
        }

        // ---- as options of NixOS

        private void service(CatalogEntry.ServiceForm service, Placeholders placeholders, Preset preset) {
            SortedMap<String, JsonNode> options = new TreeMap<>();
            service.options().forEach((name, value) -> options.put(name, placeholders.in(value)));
            out.ask(new SystemOptions(
                    entry.name(),
                    KEY + "." + entry.name(),
                    known.container() == null ? "" : "choose as: container",
                    options));
            Preset next = preset;
            for (String unit : service.units()) {
                ObjectNode running = Json.MAPPER.createObjectNode().put("state", "running");
                hand(SERVICES, unit, running, next, Set.of(SYSTEM), false);
                next = new Preset(preset.entry(), preset.form(), List.of());
            }
        }

        // ---- as a container

        private void container(CatalogEntry.ContainerForm container, Placeholders placeholders, Preset preset) {
            ObjectNode node = Json.MAPPER.createObjectNode();
            node.put("image", use.image() == null ? container.image() : use.image());
            List<String> command = use.command() == null ? container.command() : use.command();
            if (command != null) {
                ArrayNode words = node.putArray("command");
                command.forEach(word -> words.add(use.command() == null ? placeholders.in(word) : word));
            }
            ObjectNode environment = node.putObject("environment");
            container.environment().forEach((name, value) -> environment.put(name, placeholders.in(value)));
            if (use.environment() != null) {
                known.secrets().values().stream()
                        .map(CatalogEntry.Secret::variable)
                        .filter(use.environment()::containsKey)
                        .forEach(variable -> problem(
                                "environment",
                                variable
                                        + " is made by the catalogue and kept in a file that only its owner may read: leave"
                                        + " it out"));
                use.environment().forEach(environment::put);
            }
            ArrayNode ports = node.putArray("ports");
            String at =
                    placeholders.address().contains(":") ? "[" + placeholders.address() + "]" : placeholders.address();
            known.ports()
                    .forEach((name, port) -> ports.add(at + ":"
                            + placeholders.ports().get(name) + ":" + port.container() + "/" + port.protocol()));
            health(container, node);
            if (use.memory() != null) {
                node.putObject("resources").put("memory", use.memory().toString());
            }
            ArrayNode mounts = node.putArray("mounts");
            container.data().forEach((volume, path) -> {
                mounts.addObject().put("volume", volume).put("path", path);
                hand(VOLUMES, volume, Json.MAPPER.createObjectNode(), empty(preset), Set.of(), true);
            });
            if (use.folders() != null) {
                use.folders().forEach(folder -> mounts.add(Json.tree(folder)));
            }
            if (use.devices() != null) {
                ArrayNode devices = node.putArray("devices");
                use.devices().forEach(devices::add);
            }
            ArrayNode networks = node.putArray("networks");
            container.networks().forEach(network -> {
                networks.add(network);
                hand(NETWORKS, network, Json.MAPPER.createObjectNode(), empty(preset), Set.of(), true);
            });
            ArrayNode files = node.putArray("environmentFiles");
            known.secrets()
                    .forEach((name, secret) ->
                            secret(name, secret, preset).ifPresent(file -> files.add(file.toString())));
            if (!fine) {
                return;
            }
            Set<ResourceId> first = new HashSet<>(secrets);
            known.waitsFor().forEach(other -> first.add(new ResourceId("container", entry.scope(), other)));
            hand(CONTAINERS, entry.name(), node, preset, first, false);
        }

        /** Of what is shared among entries, ports are told by the container. */
        private static Preset empty(Preset preset) {
            return new Preset(preset.entry(), preset.form(), List.of());
        }

        private void health(CatalogEntry.ContainerForm container, ObjectNode node) {
            JsonNode changed = use.health() == null ? null : Json.tree(use.health());
            if (container.health() == null && changed == null) {
                return;
            }
            ObjectNode health = container.health() == null
                    ? Json.MAPPER.createObjectNode()
                    : ((ObjectNode) container.health()).deepCopy();
            if (changed != null) {
                health.setAll((ObjectNode) changed);
            }
            if (!health.has("command")) {
                problem("health", "needs a command: the catalogue has none for " + entry.name());
                return;
            }
            node.set("health", health);
        }

        private Optional<Path> secret(String name, CatalogEntry.Secret secret, Preset preset) {
            Path folder;
            if (entry.scope().isOwn()) {
                folder = SecretPlaces.folder(locations);
            } else {
                Optional<Account> account = accounts.user(entry.scope().user());
                if (account.isEmpty()) {
                    problem("", "there is no user \"" + entry.scope().user() + "\" on this machine");
                    return Optional.empty();
                }
                folder = SecretPlaces.folder(account.get().home());
            }
            String full = SecretPlaces.name(entry.name(), name);
            ResourceId id = new ResourceId(SecretKind.NAME, entry.scope(), full);
            Path file = folder.resolve(SecretPlaces.fileName(full));
            out.add(new Desired<>(id, new SecretSpec(file, secret.variable(), false), Set.of(), entry.place())
                    .of(empty(preset), Set.of()));
            secrets.add(id);
            return Optional.of(file);
        }

        // ---- to the other sections

        private void hand(
                String section, String name, JsonNode value, Preset preset, Set<ResourceId> first, boolean shared) {
            Section<?> reader = sections.stream()
                    .filter(s -> s.key().equals(section))
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("there is no section " + section));
            read(reader, name, value, new Handed(preset, first, shared));
        }

        private <E> void read(Section<E> section, String name, JsonNode value, Resources resources) {
            try {
                E bound = Json.MAPPER.treeToValue(value, section.entryType());
                section.read(new Entry<>(entry.scope(), name, bound, entry.place(), entry.places()), resources);
            } catch (JsonProcessingException e) {
                throw new IllegalStateException("the catalogue's entry " + entry.name() + " is wrong", e);
            }
        }

        private void problem(String field, String message) {
            fine = false;
            out.problem(entry, field, message);
        }

        /** What another section makes of a part of the entry. */
        private final class Handed implements Resources {
            private final Preset preset;
            private final Set<ResourceId> first;
            private final boolean shared;

            Handed(Preset preset, Set<ResourceId> first, boolean shared) {
                this.preset = preset;
                this.first = first;
                this.shared = shared;
            }

            @Override
            public void add(Desired<?> desired) {
                Desired<?> ours = desired.of(preset, first);
                if (shared) {
                    out.share(ours);
                } else {
                    out.add(ours);
                }
            }

            /** What the owner wrote is named where it stands; what the catalogue says, at the entry. */
            @Override
            public void problem(Entry<?> part, String field, String message) {
                String beginning = field.contains(".") ? field.substring(0, field.indexOf('.')) : field;
                boolean written = switch (beginning) {
                    case "image" -> use.image() != null;
                    case "command" -> use.command() != null;
                    case "environment" -> use.environment() != null;
                    case "health" -> use.health() != null;
                    case "devices" -> use.devices() != null;
                    default -> false;
                };
                if (beginning.equals("mounts") && use.folders() != null) { // whose places among the mounts are others
                    Reading.this.problem("folders", message);
                    return;
                }
                Reading.this.problem(written ? field : "", (written || field.isEmpty() ? "" : field + ": ") + message);
            }

            @Override
            public void names(Entry<?> part, String field, ResourceId id) {
                out.names(entry, "", id);
            }

            @Override
            public void ask(SystemOptions options) {
                out.ask(options);
            }
        }
    }
}
