package dev.homeostat.kind.container;

import dev.homeostat.host.Locations;
import dev.homeostat.host.podman.ImageName;
import dev.homeostat.host.podman.PublishedPort;
import dev.homeostat.host.podman.Quadlets;
import dev.homeostat.host.posix.Account;
import dev.homeostat.host.posix.Accounts;
import dev.homeostat.host.systemd.UnitFile;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Scope;
import dev.homeostat.resource.Section;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** {@code containers}: from a name to the container that should run. */
@ApplicationScoped
public class ContainerSection implements Section<ContainerEntry> {
    /** What podman takes as a name, and fits into the name of a unit. */
    static final String NAME = "^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$";

    static final String NAME_FORM =
            "letters, digits and _ . -, at most 128 characters, beginning with a letter or digit";

    /** Not networks that could be declared, but ways of having none of one's own. */
    private static final Set<String> SPECIAL_NETWORKS = Set.of("host", "none");

    private final Accounts accounts;
    private final Locations locations;

    public ContainerSection(Accounts accounts, Locations locations) {
        this.accounts = accounts;
        this.locations = locations;
    }

    @Override
    public String key() {
        return "containers";
    }

    @Override
    public String about() {
        return "Podman containers by name, kept as Quadlet files so that they also run without Homeostat. Containers that are not listed are left alone.";
    }

    @Override
    public String namePattern() {
        return NAME;
    }

    @Override
    public String nameForm() {
        return NAME_FORM;
    }

    @Override
    public Class<ContainerEntry> entryType() {
        return ContainerEntry.class;
    }

    @Override
    public void read(Entry<ContainerEntry> entry, Resources out) {
        new Reading(entry, out).read();
    }

    /** One entry being read: what it needs and what is wrong with it comes together here. */
    private final class Reading {
        private final Entry<ContainerEntry> entry;
        private final ContainerEntry e;
        private final Resources out;
        private final Set<ResourceId> requires = new LinkedHashSet<>();
        private final Set<String> units = new LinkedHashSet<>();
        private boolean fine = true;

        Reading(Entry<ContainerEntry> entry, Resources out) {
            this.entry = entry;
            this.e = entry.value();
            this.out = out;
        }

        void read() {
            checked("image", () -> ImageName.parse(e.image()));
            List<String> environmentFiles = environmentFiles();
            List<PublishedPort> ports = ports();
            List<Mount> mounts = mounts();
            List<String> networks = networks(ports);
            labels();
            environment();
            command();
            for (int i = 0; i < e.requiresOrNone().size(); i++) {
                require("requires." + i, e.requiresOrNone().get(i));
            }
            if (e.health() != null && e.health().command().isEmpty()) {
                problem("health.command", "is empty: expected a program and its arguments");
            }
            if (!fine) {
                return;
            }
            ContainerSpec spec = new ContainerSpec(
                    e.image(),
                    e.command(),
                    e.environment() == null ? Map.of() : e.environment(),
                    environmentFiles,
                    ports,
                    mounts,
                    e.devices() == null ? List.of() : e.devices(),
                    networks,
                    e.health(),
                    e.restart() == null ? Restart.ALWAYS : e.restart(),
                    e.resources(),
                    e.labels() == null ? Map.of() : e.labels(),
                    List.copyOf(units),
                    false);
            // what cannot be written into a file (a NUL in a value) shows here, not when it is applied
            checked("", () -> ContainerQuadlet.text(entry.name(), spec));
            if (fine) {
                ResourceId id = new ResourceId(ContainerKind.NAME, entry.scope(), entry.name());
                requires.remove(id);
                out.add(new Desired<>(id, spec, requires, entry.place()));
            }
        }

        private List<String> environmentFiles() {
            List<String> paths = new ArrayList<>();
            List<String> written = e.environmentFiles() == null ? List.of() : e.environmentFiles();
            for (int i = 0; i < written.size(); i++) {
                path("environmentFiles." + i, written.get(i)).ifPresent(path -> {
                    paths.add(path.toString());
                    requireFile(path);
                });
            }
            return paths;
        }

        private List<PublishedPort> ports() {
            Set<PublishedPort> ports = new TreeSet<>();
            List<String> written = e.ports() == null ? List.of() : e.ports();
            for (int i = 0; i < written.size(); i++) {
                String text = written.get(i);
                checked("ports." + i, () -> ports.addAll(Ports.parse(text)));
            }
            return List.copyOf(ports);
        }

        private List<Mount> mounts() {
            List<Mount> mounts = new ArrayList<>();
            List<Mount> written = e.mounts() == null ? List.of() : e.mounts();
            for (int i = 0; i < written.size(); i++) {
                Mount m = written.get(i);
                String field = "mounts." + i;
                if ((m.volume() == null) == (m.host() == null)) {
                    problem(field, "needs either volume or host, and not both");
                } else if (m.path() == null || !m.path().startsWith("/") || !isPlain(m.path())) {
                    problem(field + ".path", "needs an absolute path in the container, without : or ,");
                } else if (m.volume() != null) {
                    mounts.add(m);
                    requires.add(new ResourceId("volume", entry.scope(), m.volume()));
                    units.add(Quadlets.unit(m.volume(), "volume").text());
                } else if (!isPlain(m.host())) {
                    problem(field + ".host", "a path with : or , or a quote cannot be mounted");
                } else {
                    path(field + ".host", m.host()).ifPresent(path -> {
                        mounts.add(new Mount(null, path.toString(), m.path(), m.readOnly()));
                        requireFile(path);
                    });
                }
            }
            return mounts;
        }

        private List<String> networks(List<PublishedPort> ports) {
            List<String> networks = e.networks() == null ? List.of() : e.networks();
            for (String network : networks) {
                if (!SPECIAL_NETWORKS.contains(network)) {
                    requires.add(new ResourceId("network", entry.scope(), network));
                    units.add(Quadlets.unit(network, "network").text());
                } else if (networks.size() > 1) {
                    problem("networks", "\"" + network + "\" stands alone: it is no network beside others");
                } else if (!ports.isEmpty()) {
                    problem(
                            "ports",
                            "with network " + network + " no port can be published"
                                    + (network.equals("host") ? ": the container's ports are the host's" : ""));
                }
            }
            return networks;
        }

        /** The schema says nothing of the keys of a map. */
        private void environment() {
            if (e.environment() != null) {
                e.environment().forEach((name, value) -> {
                    checked("environment." + name, () -> UnitFile.checkVariable(name));
                    checkText("environment." + name, value);
                });
            }
        }

        private void command() {
            List<String> command = e.command() == null ? List.of() : e.command();
            for (int i = 0; i < command.size(); i++) {
                checkText("command." + i, command.get(i));
            }
        }

        private void checkText(String field, String text) {
            if (text.indexOf(0) >= 0) {
                problem(field, "has a NUL character, which cannot be passed to a program");
            }
        }

        private void labels() {
            if (e.labels() != null) {
                e.labels().keySet().forEach(l -> checked("labels." + l, () -> Quadlets.checkLabel(l)));
                e.labels().keySet().stream()
                        .filter(l -> l.equals(Quadlets.SPEC_LABEL) || l.equals("PODMAN_SYSTEMD_UNIT"))
                        .forEach(l -> problem("labels." + l, "is Homeostat's or podman's own label"));
            }
        }

        /** Ids are of the same scope; the system's can be named from everywhere in full only by its own section. */
        private void require(String field, String text) {
            checked(field, () -> {
                ResourceId named = ResourceId.parse(text);
                ResourceId id =
                        named.scope().isOwn() ? new ResourceId(named.kind(), entry.scope(), named.name()) : named;
                requires.add(id);
                out.names(entry, field, id);
                if (id.scope().equals(entry.scope())) {
                    switch (id.kind()) {
                        case "container", "volume", "network" ->
                            units.add(Quadlets.unit(id.name(), id.kind()).text());
                        case "service" -> units.add(id.name());
                        default -> {
                            // a file has no unit
                        }
                    }
                }
            });
        }

        /** A path, and whatever is declared on the way to it; what is not declared is looked through. */
        private void requireFile(Path path) {
            for (Path at = path; at.getParent() != null; at = at.getParent()) {
                requires.add(new ResourceId("file", Scope.OWN, at.toString()));
                requires.add(new ResourceId("file", entry.scope(), at.toString()));
            }
        }

        private Optional<Path> path(String field, String text) {
            if (text.chars().anyMatch(Character::isISOControl)) {
                problem(field, "a path with control characters is not accepted");
                return Optional.empty();
            }
            Path path = text.startsWith("~/") ? home().resolve(text.substring(2)) : Path.of(text);
            if (!path.isAbsolute() || !path.equals(path.normalize())) {
                problem(field, "\"" + text + "\" is not an absolute path without . and ..");
                return Optional.empty();
            }
            return Optional.of(path);
        }

        private Path home() {
            if (entry.scope().isOwn()) {
                return locations.unprivileged() ? Path.of(System.getProperty("user.home")) : Path.of("/root");
            }
            Optional<Account> account = accounts.user(entry.scope().user());
            if (account.isEmpty()) {
                problem("", "there is no user \"" + entry.scope().user() + "\" on this machine");
            }
            return account.map(Account::home).orElse(Path.of("/"));
        }

        private static boolean isPlain(String path) {
            return path.chars()
                    .noneMatch(c ->
                            c == ':' || c == ',' || c == '"' || c == '\'' || c == '\\' || Character.isISOControl(c));
        }

        private void checked(String field, Runnable check) {
            try {
                check.run();
            } catch (IllegalArgumentException x) {
                problem(field, x.getMessage());
            }
        }

        private void problem(String field, String message) {
            fine = false;
            out.problem(entry, field, message);
        }
    }
}
