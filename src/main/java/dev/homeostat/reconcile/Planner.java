package dev.homeostat.reconcile;

import dev.homeostat.declaration.Declaration;
import dev.homeostat.reconcile.Kinds.Look;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Layer;
import dev.homeostat.resource.Phase;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Sha256;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/** Makes plans: looks at everything, changes nothing. Thread-safe. */
final class Planner {
    /** Recent plans, so that a refusal can say what moved since. */
    private static final int REMEMBERED = 20;
    /** Of the plan's hash: short enough to be typed, too long to be met by chance. */
    private static final int HASH_DIGITS = 16;

    private final Kinds kinds;
    private final Consents consents;
    private final Pauses pauses;
    private final InstantSource clock;
    private final Map<String, Plan> recent = Collections.synchronizedMap(new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Plan> eldest) {
            return size() > REMEMBERED;
        }
    });

    Planner(Kinds kinds, Consents consents, Pauses pauses, InstantSource clock) {
        this.kinds = kinds;
        this.consents = consents;
        this.pauses = pauses;
        this.clock = clock;
    }

    Plan plan(Declaration declaration, Collection<Desired<?>> retired, Function<Desired<?>, Origin> origin) {
        List<Desired<?>> all = new ArrayList<>(declaration.resources().values());
        all.addAll(retired);
        Map<ResourceId, Look> looks = kinds.look(all);
        Map<ResourceId, Desired<?>> byId = new HashMap<>();
        all.forEach(d -> byId.put(d.id(), d));
        Dependencies dependencies = new Dependencies(all);
        List<Plan.Item> removals = new ArrayList<>();
        List<Plan.Item> items = new ArrayList<>();
        List<Plan.Unplanned> troubles = new ArrayList<>();
        for (ResourceId id : dependencies.order()) {
            Desired<?> desired = byId.get(id);
            Look look = looks.get(id);
            if (look.unsupported() != null) {
                troubles.add(new Plan.Unplanned(id, look.unsupported(), desired.layer()));
            } else if (look.trouble() != null) {
                troubles.add(new Plan.Unplanned(id, look.trouble().sentence(), desired.layer()));
            } else if (!look.inSync()) {
                Plan.Item item = new Plan.Item(
                        id,
                        origin.apply(desired),
                        look.assessment().differences(),
                        look.assessment().actions(),
                        List.copyOf(dependencies.needs(id)),
                        held(desired, look.assessment(), declaration),
                        desired.layer());
                (desired.retired() ? removals : items).add(item);
            }
        }
        List<Plan.Item> ordered = new ArrayList<>(removals.reversed()); // what needs others goes before them
        items.sort(Comparator.comparing(Planner::phase));
        ordered.addAll(items);
        Plan plan = new Plan(hash(declaration.revision(), ordered), declaration.revision(), ordered, troubles);
        recent.put(plan.hash(), plan);
        return plan;
    }

    private Optional<String> held(Desired<?> desired, Assessment assessment, Declaration declaration) {
        return pauses.of(desired.id(), declaration.policy())
                .map(p -> "paused: " + p.reason())
                .or(() -> Optional.of(assessment.waits()).filter(waits -> !waits.isEmpty()))
                .or(() -> consents.wouldHold(desired, assessment.actions(), declaration.policy(), clock.instant()));
    }

    private static Phase phase(Plan.Item item) {
        if (item.layer() == Layer.STACK) {
            return Phase.AI; // also where nothing can be done but wait
        }
        return item.actions().isEmpty()
                ? Phase.VERIFICATION
                : item.actions().getFirst().phase();
    }

    private static String hash(String revision, List<Plan.Item> items) {
        // not why something waits: that a window opens or a lock is let go is no other plan
        List<Plan.Item> whatIsDone = items.stream()
                .map(i -> new Plan.Item(
                        i.id(), i.origin(), i.differences(), i.actions(), i.requires(), Optional.empty(), i.layer()))
                .toList();
        return Sha256.hex(revision + Json.write(whatIsDone)).substring(0, HASH_DIGITS);
    }

    /** What is in one plan and not, or otherwise, in the other. */
    String moved(String before, Plan now) {
        Plan then = recent.get(before);
        if (then == null) {
            return "it was made by an earlier daemon, or too long ago";
        }
        List<String> moved = new ArrayList<>();
        if (!then.revision().equals(now.revision())) {
            moved.add("the declaration is another one");
        }
        Map<ResourceId, Plan.Item> a = byId(then);
        Map<ResourceId, Plan.Item> b = byId(now);
        a.forEach((id, item) -> {
            if (!b.containsKey(id)) {
                moved.add(id + " needs nothing any more");
            } else if (!Objects.equals(item, b.get(id))) {
                moved.add(id + " differs otherwise");
            }
        });
        b.keySet().stream().filter(id -> !a.containsKey(id)).forEach(id -> moved.add(id + " differs now"));
        return moved.isEmpty() ? "the order of its steps is another one" : String.join("; ", moved);
    }

    private static Map<ResourceId, Plan.Item> byId(Plan plan) {
        Map<ResourceId, Plan.Item> map = new LinkedHashMap<>();
        plan.items().forEach(i -> map.put(i.id(), i));
        return map;
    }
}
