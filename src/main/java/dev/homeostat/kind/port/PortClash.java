package dev.homeostat.kind.port;

import dev.homeostat.resource.CrossCheck;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.HostPort;
import dev.homeostat.resource.Listens;
import dev.homeostat.resource.PortClaim;
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
import java.util.Optional;

/** No port of the host is wanted twice, by whomever. All addresses clash with each one. */
@ApplicationScoped
public class PortClash implements CrossCheck {
    private record Claim(PortClaim by, Optional<Preset> preset) {}

    @Override
    public List<Problem> check(Collection<Desired<?>> all) {
        return check(all, List.of());
    }

    @Override
    public List<Problem> check(Collection<Desired<?>> all, Collection<PortClaim> own) {
        List<Problem> problems = new ArrayList<>();
        Map<String, List<Claim>> claims = new HashMap<>();
        own.forEach(claim -> claim(claim, Optional.empty(), claims, problems));
        all.stream().sorted(Comparator.comparing(Desired::id)).forEach(d -> {
            for (HostPort port : d.listens()) {
                claim(
                        new PortClaim(d.id().toString(), port, d.place(), key(d)),
                        Optional.ofNullable(d.preset()),
                        claims,
                        problems);
            }
        });
        return problems;
    }

    private static void claim(
            PortClaim port, Optional<Preset> preset, Map<String, List<Claim>> claims, List<Problem> problems) {
        Claim claim = new Claim(port, preset);
        List<Claim> same = claims.computeIfAbsent(port.port().name(), k -> new ArrayList<>());
        same.stream()
                .filter(c -> c.by.port().overlaps(port.port()) && !isTwice(c, claim))
                .map(Claim::by)
                .findFirst()
                .ifPresent(c -> problems.add(new Problem(
                        port.place(),
                        port.key(),
                        "port " + port.port() + " is already wanted by " + c.by()
                                + (c.port().equals(port.port())
                                        ? ""
                                        : " on " + c.port().where())
                                + " (" + c.place() + "): choose another one")));
        same.add(claim);
    }

    /** The same entry of the catalogue in two ways: that is told with the choice there is. */
    private static boolean isTwice(Claim a, Claim b) {
        return a.preset.isPresent()
                && b.preset.isPresent()
                && a.preset.get().entry().equals(b.preset.get().entry())
                && a.preset.get().form() != b.preset.get().form();
    }

    private static String key(Desired<?> d) {
        Scope scope = d.id().scope();
        return (scope.isOwn() ? "" : "users." + scope.user() + ".")
                + (d.preset() != null
                        ? "catalog." + d.preset().entry() + ".ports"
                        : d.id().kind() + "s." + d.id().name() + "."
                                + (d.spec() instanceof Listens spec ? spec.listensKey() : "ports"));
    }
}
