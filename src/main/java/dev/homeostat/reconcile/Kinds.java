package dev.homeostat.reconcile;

import dev.homeostat.resource.Action;
import dev.homeostat.resource.Advance;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.Deployed;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Durations;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Kind;
import dev.homeostat.resource.Layer;
import dev.homeostat.resource.LookAgain;
import dev.homeostat.resource.Observation;
import dev.homeostat.resource.Phase;
import dev.homeostat.resource.Place;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Rival;
import dev.homeostat.resource.Sighting;
import dev.homeostat.resource.Spec;
import dev.homeostat.resource.Trouble;
import io.quarkus.arc.All;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** All kinds there are, and one look at resources whatever their kind. Thread-safe. */
@ApplicationScoped
public class Kinds {
    /** Somebody waits at a terminal for the plan; a model server that computes answers within a second or two. */
    private static final Duration STACK_LOOK_LIMIT = Duration.ofSeconds(5);

    private final Map<String, Handle<?, ?>> handles = new TreeMap<>();

    public Kinds(@All List<Kind<?, ?>> kinds, Ownership ownership) {
        kinds.forEach(kind -> handles.put(kind.name(), new Handle<>(kind, ownership)));
    }

    /**
     * What came of one look.
     *
     * @param observation null unless it was seen
     * @param unsupported the reason, or null
     * @param trouble why it could not be seen or compared, or null
     */
    record Look(Observation observation, Assessment assessment, String unsupported, Trouble trouble) {
        static Look troubled(Trouble trouble) {
            return new Look(null, null, null, trouble);
        }

        boolean inSync() {
            return assessment != null && assessment.inSync();
        }
    }

    /** How something is to be left when it is no longer declared, and what it needed. */
    record Record(Spec spec, Set<ResourceId> requires, Layer layer) {
        Journal.Owned owned() {
            return new Journal.Owned(Json.tree(spec), requires, layer);
        }
    }

    /**
     * Looks at all of them. What is in a layer above the machine is not waited for when that is done, but for a moment: what
     * gives no answer by then is troubled.
     */
    Map<ResourceId, Look> look(Collection<Desired<?>> resources) {
        Map<Layer, List<Desired<?>>> layers = resources.stream().collect(Collectors.groupingBy(Desired::layer));
        List<Desired<?>> machine = layers.getOrDefault(Layer.MACHINE, List.of());
        List<Desired<?>> stack = layers.getOrDefault(Layer.STACK, List.of());
        if (stack.isEmpty()) {
            return lookPatiently(machine);
        }
        CompletableFuture<Map<ResourceId, Look>> above = new CompletableFuture<>();
        Thread.ofVirtual().name("look at the stack").start(() -> {
            try {
                above.complete(lookPatiently(stack));
            } catch (RuntimeException e) {
                above.completeExceptionally(e);
            }
        });
        Map<ResourceId, Look> looks = new HashMap<>(lookPatiently(machine));
        try {
            looks.putAll(above.get(STACK_LOOK_LIMIT.toMillis(), TimeUnit.MILLISECONDS));
        } catch (TimeoutException e) {
            Look none = Look.troubled(Trouble.passing("gave no answer within " + Durations.format(STACK_LOOK_LIMIT)));
            stack.forEach(d -> looks.put(d.id(), none));
        } catch (ExecutionException e) {
            throw new IllegalStateException("bug in a kind", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while looking", e);
        }
        return looks;
    }

    /** Looks at all of them, the kinds side by side, until each has answered. */
    Map<ResourceId, Look> lookPatiently(Collection<Desired<?>> resources) {
        Map<String, List<Desired<?>>> byKind = new HashMap<>();
        resources.forEach(d ->
                byKind.computeIfAbsent(d.id().kind(), k -> new ArrayList<>()).add(d));
        if (byKind.size() <= 1) {
            Map<ResourceId, Look> looks = new HashMap<>();
            byKind.forEach((kind, all) -> looks.putAll(look(kind, all)));
            return looks;
        }
        Map<ResourceId, Look> looks = new HashMap<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Map<ResourceId, Look>>> futures = new ArrayList<>();
            byKind.forEach((kind, all) -> futures.add(threads.submit(() -> look(kind, all))));
            for (Future<Map<ResourceId, Look>> future : futures) {
                looks.putAll(future.get());
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("bug in a kind", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while looking", e);
        }
        return looks;
    }

    Look look(Desired<?> desired) {
        return look(desired.id().kind(), List.of(desired)).get(desired.id());
    }

    /** What no kind of this program keeps is unsupported, and spoils nothing else. */
    private Map<ResourceId, Look> look(String kind, List<Desired<?>> all) {
        Handle<?, ?> handle = handles.get(kind);
        if (handle != null) {
            return handle.look(all);
        }
        Map<ResourceId, Look> looks = new HashMap<>();
        all.forEach(d -> looks.put(d.id(), new Look(null, null, "this Homeostat has no kind \"" + kind + "\"", null)));
        return looks;
    }

    void perform(Desired<?> desired, Action action, Consumer<Advance> advances) throws Trouble {
        handle(desired.id().kind()).perform(desired, action, advances);
    }

    /** What is to be recorded as made by us before the first action; empty if nothing is, or if it is already. */
    Optional<Record> toRecord(Desired<?> desired, Observation before) {
        return handle(desired.id().kind()).toRecord(desired, before);
    }

    void retry(Desired<?> desired) {
        Optional.ofNullable(handles.get(desired.id().kind())).ifPresent(h -> h.retry(desired));
    }

    Optional<String> confirm(Desired<?> desired, String who) throws Trouble {
        Handle<?, ?> handle = handles.get(desired.id().kind());
        return handle == null ? Optional.empty() : handle.confirm(desired, who);
    }

    List<Deployed> deployments(Desired<?> desired, int limit) {
        Handle<?, ?> handle = handles.get(desired.id().kind());
        return handle == null ? List.of() : handle.deployments(desired, limit);
    }

    Duration patience(Desired<?> desired) {
        return Optional.ofNullable(handles.get(desired.id().kind()))
                .map(h -> h.patience(desired))
                .orElse(Duration.ZERO);
    }

    Optional<Rival> rival(Desired<?> desired) {
        return handle(desired.id().kind()).rival(desired);
    }

    /** What is to become of something that was ours and is no longer declared; empty if its kind is no more. */
    Optional<Desired<?>> retired(ResourceId id, Journal.Owned owned) {
        return Optional.ofNullable(handles.get(id.kind())).map(h -> h.retired(id, owned));
    }

    void watch(Collection<Desired<?>> resources, LookAgain lookAgain) {
        handles.forEach((name, handle) -> handle.watch(
                resources.stream().filter(d -> d.id().kind().equals(name)).toList(), lookAgain));
    }

    /** How often each kind wants to ask somebody else; those that do not are not in it. */
    Map<String, Duration> polls(Collection<Desired<?>> resources) {
        Map<String, Duration> polls = new TreeMap<>();
        handles.forEach((name, handle) -> handle.pollEvery(resources.stream()
                        .filter(d -> d.id().kind().equals(name))
                        .toList())
                .ifPresent(every -> polls.put(name, every)));
        return polls;
    }

    void poll(String kind) {
        handle(kind).kind().poll();
    }

    private Handle<?, ?> handle(String kind) {
        return handles.get(kind);
    }

    /** One kind, with its types put back: the only place where they are. */
    private record Handle<S extends Spec, O extends Observation>(Kind<S, O> kind, Ownership ownership) {
        private Desired<S> typed(Desired<?> d) {
            return new Desired<>(
                    d.id(),
                    kind.specType().cast(d.spec()),
                    d.requires(),
                    d.place(),
                    d.retired(),
                    ownership.has(d.id()),
                    d.preset(),
                    d.layer());
        }

        private List<Desired<S>> typed(Collection<Desired<?>> all) {
            List<Desired<S>> typed = new ArrayList<>(all.size());
            all.forEach(d -> typed.add(typed(d)));
            return typed;
        }

        Duration patience(Desired<?> desired) {
            return kind.patience(typed(desired));
        }

        Optional<Duration> pollEvery(Collection<Desired<?>> resources) {
            return kind.pollEvery(typed(resources));
        }

        void retry(Desired<?> desired) {
            kind.retry(typed(desired));
        }

        Optional<String> confirm(Desired<?> desired, String who) throws Trouble {
            return kind.confirm(typed(desired), who);
        }

        List<Deployed> deployments(Desired<?> desired, int limit) {
            return kind.deployments(typed(desired), limit);
        }

        Map<ResourceId, Look> look(Collection<Desired<?>> resources) {
            List<Desired<S>> typed = typed(resources);
            Map<ResourceId, Sighting<O>> sightings = kind.observe(typed);
            Map<ResourceId, Look> looks = HashMap.newHashMap(typed.size());
            typed.forEach(d -> looks.put(d.id(), compare(d, sightings.get(d.id()))));
            return looks;
        }

        private Look compare(Desired<S> desired, Sighting<O> sighting) {
            return switch (sighting) {
                case Sighting.Seen<O>(O seen) ->
                    new Look(seen, inLayer(desired, kind.assess(desired, seen)), null, null);
                case Sighting.Unsupported<O>(String reason) -> new Look(null, null, reason, null);
                case Sighting.Unclear<O>(Trouble trouble) -> Look.troubled(trouble);
                case null ->
                    throw new IllegalStateException("bug: " + kind.name() + " gave no answer for " + desired.id());
            };
        }

        private Assessment inLayer(Desired<S> desired, Assessment assessment) {
            return desired.layer() == Layer.STACK ? assessment.in(Phase.AI) : assessment;
        }

        void perform(Desired<?> desired, Action action, Consumer<Advance> advances) throws Trouble {
            kind.perform(typed(desired), action, advances);
        }

        @SuppressWarnings("unchecked") // the observation came from this kind
        Optional<Record> toRecord(Desired<?> desired, Observation before) {
            return kind.whenUndeclared(typed(desired), (O) before, ownership.has(desired.id()))
                    .map(spec -> new Record(spec, desired.requires(), desired.layer()))
                    .filter(record -> !ownership.isRecorded(desired.id(), record));
        }

        Optional<Rival> rival(Desired<?> desired) {
            return kind.rival(typed(desired));
        }

        Desired<?> retired(ResourceId id, Journal.Owned owned) {
            S spec = Json.read(owned.spec().toString(), kind.specType());
            return new Desired<>(id, spec, owned.requires(), Place.NOWHERE, true).in(owned.layer(), Set.of());
        }

        void watch(Collection<Desired<?>> resources, LookAgain lookAgain) {
            kind.watch(typed(resources), lookAgain);
        }
    }
}
