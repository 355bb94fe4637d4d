package dev.homeostat.kind.container;

import dev.homeostat.host.podman.PublishedPort;
import dev.homeostat.resource.CrossCheck;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Preset;
import dev.homeostat.resource.Problem;
import dev.homeostat.resource.Scope;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** No port of the host is published twice, by whomever. All addresses clash with each one. */
@ApplicationScoped
public class PortClash implements CrossCheck {
    private record Claim(Desired<?> by, PublishedPort port) {}

    @Override
    public List<Problem> check(Collection<Desired<?>> all) {
        List<Problem> problems = new ArrayList<>();
        Map<String, List<Claim>> claims = new HashMap<>();
        all.stream().sorted(Comparator.comparing(Desired::id)).forEach(d -> {
            if (d.spec() instanceof ContainerSpec spec && !spec.retired()) {
                spec.ports().forEach(p -> claim(d, p, claims, problems));
            } else if (d.preset() != null && d.preset().form() == Preset.Form.SERVICE) {
                // no container publishes it, and yet it is taken
                d.preset()
                        .ports()
                        .forEach(p -> claim(
                                d,
                                new PublishedPort(p.address(), p.number(), p.number(), p.protocol()),
                                claims,
                                problems));
            }
        });
        return problems;
    }

    private static void claim(
            Desired<?> by, PublishedPort port, Map<String, List<Claim>> claims, List<Problem> problems) {
        List<Claim> same = claims.computeIfAbsent(port.hostPort() + "/" + port.protocol(), k -> new ArrayList<>());
        same.stream()
                .filter(c -> overlap(c.port.address(), port.address()) && !isTwice(c.by, by))
                .findFirst()
                .ifPresent(c -> problems.add(new Problem(
                        by.place(),
                        key(by),
                        "port " + port.hostPort() + "/" + port.protocol() + " on " + address(port)
                                + (c.by.spec() instanceof ContainerSpec
                                        ? " is already published by "
                                        : " is already taken by ")
                                + c.by.id() + (c.port.address().equals(port.address()) ? "" : " on " + address(c.port))
                                + " ("
                                + c.by.place() + "): choose another one")));
        same.add(new Claim(by, port));
    }

    /** The same entry of the catalogue in two ways: that is told with the choice there is. */
    private static boolean isTwice(Desired<?> a, Desired<?> b) {
        return a.preset() != null
                && b.preset() != null
                && a.preset().entry().equals(b.preset().entry())
                && a.preset().form() != b.preset().form();
    }

    private static boolean overlap(String a, String b) {
        return a.equals(b) || isAll(a) || isAll(b);
    }

    /** {@code ::} takes IPv4 too, as Linux does by default. */
    private static boolean isAll(String address) {
        return address.isEmpty() || address.equals("::");
    }

    private static String address(PublishedPort port) {
        return isAll(port.address()) ? "all addresses" : port.address();
    }

    static String key(Desired<?> d) {
        Scope scope = d.id().scope();
        return (scope.isOwn() ? "" : "users." + scope.user() + ".")
                + (d.preset() == null
                        ? "containers." + d.id().name() + ".ports"
                        : "catalog." + d.preset().entry() + ".ports");
    }
}
