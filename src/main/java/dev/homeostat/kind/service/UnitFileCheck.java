package dev.homeostat.kind.service;

import dev.homeostat.resource.CrossCheck;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Problem;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Scope;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** No unit file or drop-in is written by two entries: by {@code services} and by {@code files}, or under two names of one unit. */
@ApplicationScoped
public class UnitFileCheck implements CrossCheck {
    private final UnitPlaces places;

    public UnitFileCheck(UnitPlaces places) {
        this.places = places;
    }

    @Override
    public List<Problem> check(Collection<Desired<?>> all) {
        Map<ResourceId, Desired<?>> byId = new HashMap<>();
        List<Problem> problems = new ArrayList<>();
        for (Desired<?> d : all) {
            Desired<?> first = byId.putIfAbsent(d.id(), d);
            if (first != null && d.spec() instanceof ServiceSpec) {
                problems.add(new Problem(
                        d.place(),
                        "services." + d.id().name(),
                        "the same unit is declared at " + first.place() + ": put both into one entry"));
            }
        }
        for (Desired<?> d : all) {
            if (d.spec() instanceof ServiceSpec spec) {
                for (Path path : paths(d.id().scope(), spec)) {
                    for (Scope scope : List.of(Scope.OWN, d.id().scope())) {
                        Desired<?> file = byId.get(new ResourceId("file", scope, path.toString()));
                        if (file != null) {
                            problems.add(new Problem(
                                    d.place(),
                                    "services." + spec.name(),
                                    path + " is declared under files too, at " + file.place()
                                            + ": leave out one of them"));
                            break;
                        }
                    }
                }
            }
        }
        return problems;
    }

    private List<Path> paths(Scope scope, ServiceSpec spec) {
        List<Path> paths = new ArrayList<>();
        try {
            UnitPlaces.Place place = places.of(scope);
            if (spec.unit() != null) {
                paths.add(place.file(spec.name()));
            }
            spec.dropIns().keySet().forEach(key -> paths.add(place.dropIn(spec.name(), key)));
        } catch (Trouble t) {
            return List.of(); // no such user: then nothing is written twice either, and the look says so
        }
        return paths;
    }
}
