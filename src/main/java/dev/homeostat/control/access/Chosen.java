package dev.homeostat.control.access;

import dev.homeostat.reconcile.Engine;
import dev.homeostat.reconcile.Refusal;
import dev.homeostat.reconcile.ResourceStatus;
import dev.homeostat.resource.Layer;
import dev.homeostat.resource.ResourceId;
import java.util.ArrayList;
import java.util.List;

/** Which resources are meant by words that people type. */
public final class Chosen {
    private Chosen() {}

    /**
     * The resources that are meant.
     *
     * @param words ids, or {@code ai} for all of the stack on top of the machine
     * @throws Refusal not found if there is no such stack
     * @throws IllegalArgumentException if a word is no id
     */
    public static List<ResourceId> of(Engine engine, List<String> words) throws Refusal {
        List<ResourceId> ids = new ArrayList<>();
        for (String word : words) {
            if (!word.equals(Layer.STACK.label())) {
                ids.add(ResourceId.parse(word));
                continue;
            }
            List<ResourceId> all = engine.status().resources().stream()
                    .filter(r -> r.layer() == Layer.STACK)
                    .map(ResourceStatus::id)
                    .toList();
            if (all.isEmpty()) {
                throw noStack(engine);
            }
            ids.addAll(all);
        }
        return ids.stream().distinct().toList();
    }

    /**
     * The one resource that is meant.
     *
     * @param word an id, or a kind of which there is one resource, such as {@code ai}
     * @throws Refusal not found if there is more than one, or no stack where that is meant
     * @throws IllegalArgumentException if it is neither
     */
    public static ResourceId one(Engine engine, String word) throws Refusal {
        if (word.contains("/")) {
            return ResourceId.parse(word);
        }
        List<ResourceId> all = engine.status().resources().stream()
                .map(ResourceStatus::id)
                .filter(id -> id.kind().equals(word))
                .toList();
        if (all.isEmpty() && word.equals(Layer.STACK.label())) {
            throw noStack(engine);
        }
        if (all.isEmpty()) {
            return ResourceId.parse(word); // says what an id looks like
        }
        if (all.size() > 1) {
            throw new Refusal(
                    Refusal.Sort.NOT_FOUND,
                    "there are " + all.size() + " of the kind " + word + ": name one, such as " + all.getFirst());
        }
        return all.getFirst();
    }

    /** Whether the stack on top of the machine is meant, and there is none. */
    public static boolean isMissingStack(Engine engine, String word) {
        return word.equals(Layer.STACK.label())
                && engine.status().resources().stream()
                        .noneMatch(r -> r.id().kind().equals(word));
    }

    private static Refusal noStack(Engine engine) {
        return new Refusal(
                Refusal.Sort.NOT_FOUND,
                Layer.noStack(engine.status().declaration().state()));
    }
}
