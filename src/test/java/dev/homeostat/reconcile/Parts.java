package dev.homeostat.reconcile;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Difference;
import dev.homeostat.resource.Impact;
import dev.homeostat.resource.Kind;
import dev.homeostat.resource.LookAgain;
import dev.homeostat.resource.Observation;
import dev.homeostat.resource.Phase;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Section;
import dev.homeostat.resource.Sighting;
import dev.homeostat.resource.Spec;
import dev.homeostat.resource.Trouble;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;

/**
 * A machine that is a map from names to values, and the kind of resource that keeps it: whatever depends on what. Notes every
 * action that came too early, or for nothing. Outlives the daemons that keep it. Thread-safe.
 */
final class Parts implements Kind<Parts.PartSpec, Parts.PartSeen>, Section<Parts.PartEntry> {
    static final String NAME = "part";

    /** As it is declared. */
    record PartEntry(
            @JsonPropertyDescription("what it is") String value,
            @JsonPropertyDescription("names of others") List<String> needs) {}

    record PartSpec(String value, boolean retired) implements Spec {}

    record PartSeen(String value) implements Observation {}

    private final Map<String, String> machine = new ConcurrentHashMap<>();
    /** So many actions on it fail before one works. */
    private final Map<String, Integer> stubborn = new ConcurrentHashMap<>();

    private final Queue<String> mistakes = new ConcurrentLinkedQueue<>();
    private final Queue<String> done = new ConcurrentLinkedQueue<>();
    /** What is declared at the moment, for judging the order. */
    private volatile Map<String, Part> declared = Map.of();

    private volatile LookAgain lookAgain;
    /** The daemon has died: nothing it does reaches the machine any more. */
    private volatile boolean dead;

    /** One entry of a declaration. */
    record Part(String value, Set<String> needs) {}

    static ResourceId id(String name) {
        return ResourceId.of(NAME, name);
    }

    // ---- the machine

    String value(String name) {
        return machine.get(name);
    }

    Map<String, String> values() {
        return Map.copyOf(machine);
    }

    /** Somebody else's doing. */
    void drift(String name, String value) {
        if (value == null) {
            machine.remove(name);
        } else {
            machine.put(name, value);
        }
        LookAgain told = lookAgain;
        if (told != null) {
            told.at(id(name), "drift");
        }
    }

    void failsAtFirst(String name, int times) {
        stubborn.put(name, times);
    }

    void declare(Map<String, Part> parts) {
        declared = Map.copyOf(parts);
    }

    void die() {
        dead = true;
    }

    void live() {
        dead = false;
    }

    List<String> mistakes() {
        return List.copyOf(mistakes);
    }

    int actions() {
        return done.size();
    }

    // ---- the kind

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Class<PartSpec> specType() {
        return PartSpec.class;
    }

    @Override
    public Map<ResourceId, Sighting<PartSeen>> observe(Collection<Desired<PartSpec>> resources) {
        Map<ResourceId, Sighting<PartSeen>> seen = new HashMap<>();
        resources.forEach(d -> seen.put(d.id(), new Sighting.Seen<>(new PartSeen(machine.get(d.id().name())))));
        return seen;
    }

    @Override
    public Assessment assess(Desired<PartSpec> desired, PartSeen seen) {
        String wanted = desired.spec().retired() ? null : desired.spec().value();
        if (java.util.Objects.equals(wanted, seen.value())) {
            return Assessment.IN_SYNC;
        }
        String verb = wanted == null ? "remove" : "set";
        return new Assessment(
                List.of(new Difference("value", String.valueOf(wanted), String.valueOf(seen.value()))),
                List.of(new Action(
                        desired.id(),
                        verb,
                        Phase.DEPLOYMENT,
                        Impact.NONE,
                        verb + " " + desired.id() + " " + wanted,
                        "")));
    }

    @Override
    public void perform(Desired<PartSpec> desired, Action action) throws Trouble {
        String name = desired.id().name();
        if (dead) {
            throw Trouble.passing("dead");
        }
        if (stubborn.merge(name, -1, Integer::sum) >= 0) {
            throw Trouble.passing("stubborn");
        }
        done.add(action.summary());
        if (action.verb().equals("remove")) {
            Set<String> left = needing(name);
            if (!left.isEmpty()) {
                mistakes.add(name + " removed before " + left + ", which were made to need it");
            }
            if (machine.remove(name) == null) {
                mistakes.add(name + " removed twice");
            }
            return;
        }
        declared.getOrDefault(name, new Part("", Set.of())).needs().forEach(need -> {
            Part other = declared.get(need);
            if (other != null && !other.value().equals(machine.get(need))) {
                mistakes.add(name + " set before what it needs was right: " + need);
            }
        });
        if (desired.spec().value().equals(machine.put(name, desired.spec().value()))) {
            mistakes.add(name + " set to what it was");
        }
    }

    /** Present, no longer declared, and needing it in the declaration they were last in. */
    private Set<String> needing(String name) {
        return last.entrySet().stream()
                .filter(e -> !declared.containsKey(e.getKey()))
                .filter(e -> e.getValue().needs().contains(name))
                .map(Map.Entry::getKey)
                .filter(machine::containsKey)
                .collect(Collectors.toSet());
    }

    private volatile Map<String, Part> last = Map.of();

    /** The declaration before: what is removed now was there together then. */
    void lastWas(Map<String, Part> parts) {
        last = Map.copyOf(parts);
    }

    @Override
    public Optional<PartSpec> whenUndeclared(Desired<PartSpec> desired, PartSeen before, boolean ours) {
        return desired.spec().retired() ? Optional.empty() : Optional.of(new PartSpec("", true));
    }

    @Override
    public void watch(Collection<Desired<PartSpec>> resources, LookAgain lookAgain) {
        this.lookAgain = lookAgain;
    }

    // ---- the section

    @Override
    public String key() {
        return "parts";
    }

    @Override
    public String about() {
        return "Parts of a machine.";
    }

    @Override
    public String namePattern() {
        return "^[a-z0-9]+$";
    }

    @Override
    public String nameForm() {
        return "any name";
    }

    @Override
    public Class<PartEntry> entryType() {
        return PartEntry.class;
    }

    @Override
    public void read(Entry<PartEntry> entry, Resources resources) {
        List<String> needs =
                entry.value().needs() == null ? List.of() : entry.value().needs();
        resources.add(new Desired<>(
                id(entry.name()),
                new PartSpec(entry.value().value(), false),
                needs.stream().map(Parts::id).collect(Collectors.toSet()),
                entry.place()));
    }
}
