package dev.homeostat.kind.port;

import dev.homeostat.resource.CrossCheck;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Listens;
import dev.homeostat.resource.PortClaim;
import dev.homeostat.resource.Problem;
import dev.homeostat.resource.Scope;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** No port of the host is wanted twice, by whomever. All addresses clash with each one. */
@ApplicationScoped
public class PortClash implements CrossCheck {
    @Override
    public List<Problem> check(Collection<Desired<?>> all) {
        return check(all, List.of());
    }

    @Override
    public List<Problem> check(Collection<Desired<?>> all, Collection<PortClaim> own) {
        List<Problem> problems = new ArrayList<>();
        Map<String, List<PortClaim>> claims = new HashMap<>();
        own.forEach(claim -> claim(claim, claims, problems));
        all.stream()
                .filter(d -> !d.retired())
                .sorted(Comparator.comparing(Desired::id))
                .forEach(d -> {
                    if (d.spec() instanceof Listens spec) {
                        spec.listens()
                                .forEach(port -> claim(
                                        new PortClaim(d.id().toString(), port, d.place(), key(d, spec)),
                                        claims,
                                        problems));
                    }
                });
        return problems;
    }

    private static void claim(PortClaim claim, Map<String, List<PortClaim>> claims, List<Problem> problems) {
        List<PortClaim> same = claims.computeIfAbsent(claim.port().name(), k -> new ArrayList<>());
        same.stream()
                .filter(c -> c.port().overlaps(claim.port()))
                .findFirst()
                .ifPresent(c -> problems.add(new Problem(
                        claim.place(),
                        claim.key(),
                        "port " + claim.port() + " is already wanted by " + c.by()
                                + (c.port().equals(claim.port())
                                        ? ""
                                        : " on " + c.port().where())
                                + " (" + c.place() + "): choose another one")));
        same.add(claim);
    }

    private static String key(Desired<?> d, Listens spec) {
        Scope scope = d.id().scope();
        return (scope.isOwn() ? "" : "users." + scope.user() + ".") + d.id().kind() + "s." + d.id().name() + "."
                + spec.listensKey();
    }
}
