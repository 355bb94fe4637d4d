package dev.homeostat.kind.container;

import dev.homeostat.host.podman.PublishedPort;
import dev.homeostat.resource.CrossCheck;
import dev.homeostat.resource.Desired;
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
            }
        });
        return problems;
    }

    private static void claim(
            Desired<?> by, PublishedPort port, Map<String, List<Claim>> claims, List<Problem> problems) {
        List<Claim> same = claims.computeIfAbsent(port.hostPort() + "/" + port.protocol(), k -> new ArrayList<>());
        same.stream()
                .filter(c -> overlap(c.port.address(), port.address()))
                .findFirst()
                .ifPresent(c -> problems.add(new Problem(
                        by.place(),
                        key(by),
                        "port " + port.hostPort() + "/" + port.protocol() + " on " + address(port)
                                + " is already published by "
                                + c.by.id() + (c.port.address().equals(port.address()) ? "" : " on " + address(c.port))
                                + " ("
                                + c.by.place() + "): choose another one")));
        same.add(new Claim(by, port));
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
        return (scope.isOwn() ? "" : "users." + scope.user() + ".") + "containers." + d.id().name() + ".ports";
    }
}
