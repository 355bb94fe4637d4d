package dev.homeostat.kind.network;

import static dev.homeostat.host.systemd.UnitFile.quoteForExec;

import dev.homeostat.host.podman.Container;
import dev.homeostat.host.podman.Network;
import dev.homeostat.host.podman.Podman;
import dev.homeostat.host.podman.PodmanEngine;
import dev.homeostat.host.podman.QuadletResources;
import dev.homeostat.host.podman.QuadletUnit;
import dev.homeostat.host.podman.Quadlets;
import dev.homeostat.host.posix.FolderWatch;
import dev.homeostat.host.systemd.ServiceManager;
import dev.homeostat.host.systemd.Systemd;
import dev.homeostat.host.systemd.UnitFile;
import dev.homeostat.host.systemd.UnitName;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Difference;
import dev.homeostat.resource.Impact;
import dev.homeostat.resource.Kind;
import dev.homeostat.resource.LookAgain;
import dev.homeostat.resource.Phase;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Sighting;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Networks. One that is there already and fits is used; one is only removed if we made it and nobody uses it. */
@ApplicationScoped
public class NetworkKind implements Kind<NetworkSpec, NetworkSeen> {
    public static final String NAME = "network";

    private static final String CREATE = "create";
    private static final String REPLACE = "replace";
    private static final String DROP = "drop";
    /** Systemd's default limit for stopping is 90 s. */
    private static final Duration STOP_LIMIT = Duration.ofSeconds(120);
    /** One podman command; more than a slow machine needs. */
    private static final Duration CREATE_LIMIT = Duration.ofSeconds(90);

    private final Podman podman;
    private final Systemd systemd;
    private final QuadletResources<NetworkSpec> quadlets;

    public NetworkKind(Podman podman, Quadlets quadlets, Systemd systemd, FolderWatch folderWatch) {
        this.podman = podman;
        this.systemd = systemd;
        this.quadlets = new QuadletResources<>(NAME, podman, quadlets, systemd, folderWatch);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Class<NetworkSpec> specType() {
        return NetworkSpec.class;
    }

    @Override
    public Map<ResourceId, Sighting<NetworkSeen>> observe(Collection<Desired<NetworkSpec>> resources) {
        return quadlets.observe(resources, engine -> {
            Map<String, Network> networks = new HashMap<>();
            engine.networks().forEach(v -> networks.put(v.name(), v));
            Map<String, List<String>> users = new HashMap<>();
            for (Container c : engine.containers()) {
                c.networks()
                        .forEach(n ->
                                users.computeIfAbsent(n, k -> new ArrayList<>()).add(c.name()));
            }
            return (d, placed) -> {
                Network network = networks.get(d.id().name());
                if (!d.spec().retired()) {
                    placed.refuseForeign("declare the network under another name");
                    refuseForeign(d, network);
                }
                return new Sighting.Seen<>(new NetworkSeen(
                        network, placed.quadlet(), placed.unit(), users.getOrDefault(d.id().name(), List.of())));
            };
        });
    }

    private static void refuseForeign(Desired<NetworkSpec> d, Network network) throws Trouble {
        if (network != null && !isOurs(network) && !fits(d.spec(), network)) {
            throw Trouble.conflict(
                    "there is a network " + network.name() + " that Homeostat did not make, " + describe(network),
                    "remove it, declare it as it is, or declare another name");
        }
    }

    private static boolean isOurs(Network network) {
        return network.labels().containsKey(Quadlets.SPEC_LABEL);
    }

    private static boolean fits(NetworkSpec spec, Network network) {
        return spec.internal() == network.internal()
                && (spec.subnet() == null || network.subnets().contains(spec.subnet()));
    }

    private static String describe(Network network) {
        return "with " + String.join(", ", network.subnets()) + (network.internal() ? ", internal" : "");
    }

    @Override
    public Assessment assess(Desired<NetworkSpec> desired, NetworkSeen seen) {
        ResourceId id = desired.id();
        List<Difference> differences = new ArrayList<>();
        List<Action> actions = new ArrayList<>();
        if (desired.spec().retired()) {
            return retire(id, seen);
        }
        String text = text(id.name(), desired.spec());
        QuadletUnit.compare(id, text, seen.quadlet(), seen.unit(), differences).ifPresent(actions::add);
        if (seen.network() == null) {
            differences.add(new Difference("state", "there", "absent"));
            actions.add(action(id, CREATE, Impact.NONE, "make network " + id.name()));
        } else if (!fits(desired.spec(), seen.network())) {
            differences.add(new Difference("subnet", describe(desired.spec()), describe(seen.network())));
            actions.add(action(
                    id,
                    REPLACE,
                    seen.users().isEmpty() ? Impact.NONE : Impact.DISRUPTIVE,
                    "make network " + id.name() + " anew"
                            + (seen.users().isEmpty() ? "" : "; meanwhile stop " + String.join(", ", seen.users()))));
        }
        return new Assessment(differences, actions);
    }

    private static Assessment retire(ResourceId id, NetworkSeen seen) {
        List<Difference> differences = new ArrayList<>();
        List<Action> actions = new ArrayList<>();
        if (seen.quadlet() != null && seen.quadlet().isOurs()) {
            differences.add(new Difference("quadlet", "absent", "there"));
            actions.add(action(id, QuadletUnit.REMOVE, Impact.NONE, "remove the Quadlet file of network " + id.name()));
        }
        if (seen.network() != null && isOurs(seen.network()) && seen.users().isEmpty()) {
            differences.add(new Difference("state", "absent", "there"));
            actions.add(action(id, DROP, Impact.NONE, "remove network " + id.name() + ", which no container uses"));
        }
        return new Assessment(differences, actions);
    }

    private static String describe(NetworkSpec spec) {
        return "with " + (spec.subnet() == null ? "any addresses" : spec.subnet())
                + (spec.internal() ? ", internal" : "");
    }

    private static Action action(ResourceId id, String verb, Impact impact, String summary) {
        return new Action(id, verb, Phase.DEPLOYMENT, impact, summary, "");
    }

    /** @throws IllegalArgumentException if a value cannot be written safely; the message names it */
    static String text(String name, NetworkSpec spec) {
        Map<String, Map<String, List<String>>> file = new LinkedHashMap<>();
        file.put("Unit", Map.of("Description", List.of("Network " + name)));
        Map<String, List<String>> network = new LinkedHashMap<>();
        network.put("NetworkName", List.of(name));
        List<String> labels = new ArrayList<>();
        spec.labels().forEach((key, value) -> labels.add(quoteForExec(key + "=" + value)));
        labels.add(Quadlets.SPEC_LABEL + "=network");
        if (spec.subnet() != null) {
            network.put("Subnet", List.of(spec.subnet()));
        }
        if (spec.internal()) {
            network.put("Internal", List.of("true"));
        }
        network.put("Label", labels);
        file.put("Network", network);
        return UnitFile.of(file).text();
    }

    @Override
    public void perform(Desired<NetworkSpec> desired, Action action) throws Trouble {
        ResourceId id = desired.id();
        switch (action.verb()) {
            case QuadletUnit.WRITE -> quadlets.write(id, text(id.name(), desired.spec()));
            case QuadletUnit.RELOAD -> quadlets.reload(id);
            case CREATE -> quadlets.restart(id, CREATE_LIMIT);
            case QuadletUnit.REMOVE -> quadlets.remove(id);
            case REPLACE -> replace(id);
            case DROP -> podman.of(id.scope()).removeNetwork(id.name());
            default -> throw new IllegalArgumentException("no such verb: " + action.verb());
        }
    }

    /** The containers on it are stopped by their units and started again, whether or not the network could be made. */
    private void replace(ResourceId id) throws Trouble {
        PodmanEngine engine = podman.of(id.scope());
        ServiceManager manager = systemd.of(id.scope());
        List<UnitName> stopped = new ArrayList<>();
        for (Container c : engine.containers()) {
            if (c.networks().contains(id.name())) {
                if (!c.labels().containsKey(Quadlets.SPEC_LABEL)) {
                    throw Trouble.conflict(
                            "container " + c.name() + " uses network " + id.name() + " and is not Homeostat's: "
                                    + c.origin(),
                            "stop it, or leave the network as it is");
                }
                stopped.add(Quadlets.unit(c.name(), "container"));
            }
        }
        try {
            for (UnitName unit : stopped) {
                manager.stop(unit, STOP_LIMIT);
            }
            engine.removeNetwork(id.name());
            quadlets.restart(id, CREATE_LIMIT);
        } finally {
            for (UnitName unit : stopped) {
                manager.start(unit, CREATE_LIMIT);
            }
        }
    }

    @Override
    public Optional<NetworkSpec> whenUndeclared(Desired<NetworkSpec> desired, NetworkSeen before, boolean ours) {
        boolean foreign = before.quadlet() != null && !before.quadlet().isOurs();
        return desired.spec().retired() || foreign && !ours
                ? Optional.empty()
                : Optional.of(desired.spec().retire());
    }

    @Override
    public void watch(Collection<Desired<NetworkSpec>> resources, LookAgain lookAgain) {
        quadlets.watchByName(resources, lookAgain);
    }
}
