package dev.homeostat.resource;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Asks for resources scope by scope, side by side: one user's systemd or podman that hangs delays nobody else's. */
public final class ByScope {
    private ByScope() {}

    /** Looks at the resources of one scope; an answer for each. */
    public interface Look<S extends Spec, O extends Observation> {
        Map<ResourceId, Sighting<O>> at(Scope scope, List<Desired<S>> resources);
    }

    public static <S extends Spec, O extends Observation> Map<ResourceId, Sighting<O>> look(
            Collection<Desired<S>> resources, Look<S, O> look) {
        TreeMap<Scope, List<Desired<S>>> scopes = new TreeMap<>();
        resources.forEach(d ->
                scopes.computeIfAbsent(d.id().scope(), s -> new ArrayList<>()).add(d));
        if (scopes.size() == 1) {
            var only = scopes.firstEntry();
            return look.at(only.getKey(), only.getValue());
        }
        Map<ResourceId, Sighting<O>> answers = HashMap.newHashMap(resources.size());
        try (ExecutorService each = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Map<ResourceId, Sighting<O>>>> parts = new ArrayList<>();
            scopes.forEach((scope, part) -> parts.add(each.submit(() -> look.at(scope, part))));
            for (Future<Map<ResourceId, Sighting<O>>> part : parts) {
                answers.putAll(part.get());
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("a look failed", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            resources.forEach(d -> answers.putIfAbsent(d.id(), new Sighting.Unclear<>(Trouble.passing("interrupted"))));
        }
        return answers;
    }
}
