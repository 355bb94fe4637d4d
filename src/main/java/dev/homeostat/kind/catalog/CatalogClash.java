package dev.homeostat.kind.catalog;

import dev.homeostat.resource.CrossCheck;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Preset;
import dev.homeostat.resource.Problem;
import dev.homeostat.resource.Scope;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Entries of the catalogue that cannot be there together: those that say so, and the same one in two ways on one port. */
@ApplicationScoped
public class CatalogClash implements CrossCheck {
    private final Catalog catalog;

    public CatalogClash(Catalog catalog) {
        this.catalog = catalog;
    }

    /** An entry that is declared: the resource that tells its ports. */
    private record Use(Scope scope, Desired<?> resource) {
        Preset preset() {
            return resource.preset();
        }

        String key() {
            return (scope.isOwn() ? "" : "users." + scope.user() + ".") + "catalog." + preset().entry();
        }

        String where() {
            return key() + ", " + resource.place();
        }
    }

    @Override
    public List<Problem> check(Collection<Desired<?>> all) {
        Map<String, Use> uses = new LinkedHashMap<>();
        all.stream()
                .filter(d -> d.preset() != null && !d.retired())
                .sorted(Comparator.comparing(Desired::id))
                .forEach(d -> {
                    Use use = new Use(d.id().scope(), d);
                    uses.merge(use.key(), use, (a, b) -> a.preset().ports().isEmpty() ? b : a);
                });
        List<Use> inOrder = List.copyOf(uses.values());
        List<Problem> problems = new ArrayList<>();
        for (int i = 0; i < inOrder.size(); i++) {
            for (int j = 0; j < i; j++) {
                between(inOrder.get(j), inOrder.get(i), problems);
            }
        }
        return problems;
    }

    private void between(Use first, Use second, List<Problem> problems) {
        Preset a = first.preset();
        Preset b = second.preset();
        if (a.entry().equals(b.entry())) {
            if (a.form() != b.form()) {
                a.ports().stream()
                        .filter(port -> b.ports().stream().anyMatch(port::overlaps))
                        .findFirst()
                        .ifPresent(port -> problems.add(new Problem(
                                second.resource().place(),
                                second.key(),
                                a.entry() + " runs as a " + b.form().label() + " here and as a "
                                        + a.form().label() + " too (" + first.where() + "), and both want port "
                                        + port.name()
                                        + ": keep one (as: service or as: container says which), or give one of them"
                                        + " another port")));
            }
        } else if (conflict(a.entry(), b.entry()) || conflict(b.entry(), a.entry())) {
            problems.add(new Problem(
                    second.resource().place(),
                    second.key(),
                    b.entry() + " and " + a.entry() + " (" + first.where() + ") do not go together: keep one of them"));
        }
    }

    private boolean conflict(String a, String b) {
        CatalogEntry entry = catalog.entries().get(a);
        return entry != null && entry.conflicts().contains(b);
    }
}
