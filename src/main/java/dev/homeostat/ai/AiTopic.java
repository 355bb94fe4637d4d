package dev.homeostat.ai;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.host.posix.Account;
import dev.homeostat.host.posix.Accounts;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Layer;
import dev.homeostat.resource.Place;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Scope;
import dev.homeostat.resource.Section;
import dev.homeostat.resource.SystemOptions;
import dev.homeostat.resource.Topic;
import io.quarkus.arc.All;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * {@code ai}: the stack on top of the machine. What it is made of is written in the words of the declaration and read by the
 * sections that read those, so that a container of the stack is a container like any other.
 */
@ApplicationScoped
public class AiTopic implements Topic {
    private static final Key<AiEntry> AI =
            Key.one("ai", "The local AI stack on top of the machine, which is kept without it.", AiEntry.class);

    private final List<Section<?>> sections;
    private final List<Part> parts;
    private final Accounts accounts;
    private final CapacityLook capacities;
    private final ModelServer server;

    public AiTopic(
            @All List<Section<?>> sections,
            @All List<Part> parts,
            Accounts accounts,
            CapacityLook capacities,
            ModelServer server) {
        this.server = server;
        this.sections = sections;
        this.parts = parts;
        this.accounts = accounts;
        this.capacities = capacities;
    }

    @Override
    public List<Key<?>> keys() {
        return List.of(AI);
    }

    @Override
    public void read(Values values, Findings findings) {
        AiEntry entry = values.one(AI);
        if (entry == null || !Boolean.TRUE.equals(entry.enabled())) {
            return;
        }
        Function<String, Place> places = path -> values.place(path.isEmpty() ? AI.name() : AI.name() + "." + path);
        owner(entry, values, findings).ifPresent(owner -> {
            Account account = owner.account();
            Capacity capacity = capacities.capacity(account.home());
            Choice choice = Choice.of(entry.profile(), capacity);
            Stack stack = new Stack(
                    Scope.of(account.name()),
                    account,
                    entry,
                    choice,
                    capacity,
                    server.address(entry, choice.profile()),
                    StackFolders.of(account.home()),
                    places,
                    owner.sentence());
            Reading reading = new Reading(stack, values, findings);
            parts.forEach(part -> part.read(stack, reading));
        });
    }

    /**
     * Whose the stack is.
     *
     * @param because what says so
     */
    private record Owner(Account account, String because) {
        String sentence() {
            return "the stack is " + account.name() + "'s: " + because;
        }
    }

    /** Users with something declared; if there is none, those that are named at least. */
    private static SortedSet<String> users(Values values) {
        SortedSet<String> users = values.elsewhere().stream()
                .map(d -> d.id().scope())
                .filter(scope -> !scope.isOwn())
                .map(Scope::user)
                .collect(Collectors.toCollection(TreeSet::new));
        return users.isEmpty() ? new TreeSet<>(values.users()) : users;
    }

    /** Empty if nobody knows, which is told. */
    private Optional<Owner> owner(AiEntry entry, Values values, Findings findings) {
        String name = entry.user();
        String because = "ai.user says so";
        if (name == null) {
            SortedSet<String> users = users(values);
            if (users.size() != 1) {
                if (values.areComplete()) {
                    findings.problem(
                            AI.name(),
                            users.isEmpty()
                                    ? "nothing says whose the stack is, for there is nobody under users: add user: NAME"
                                    : "nothing says whose the stack is, for there are several under users: add user: "
                                            + String.join(", or user: ", users));
                }
                return Optional.empty();
            }
            name = users.first();
            because = values.users().size() == 1
                    ? "nobody else is under users, and ai.user says nothing"
                    : "nobody else has something declared under users, and ai.user says nothing";
        }
        Optional<Account> account = accounts.user(name);
        if (account.isEmpty()) {
            // no mistake of the file, which says more than this: an account may go, and the machine is kept all the
            // same
            findings.add(new Desired<>(
                            new ResourceId(StackKind.NAME, Scope.of(name), StackKind.STACK),
                            new StackSpec(Profile.OFF, null, null, List.of("there is no user \"" + name + "\"")),
                            Set.of(),
                            values.place(AI.name() + ".user"))
                    .in(Layer.STACK, Set.of()));
        } else if (account.get().uid() == 0) {
            findings.problem(AI.name() + ".user", "the stack is not root's: name the user who works with it");
            return Optional.empty();
        }
        String said = because;
        return account.map(found -> new Owner(found, said));
    }

    /** What the parts find, on its way to the declaration. */
    private final class Reading implements Contribution {
        private final Stack stack;
        private final Values values;
        private final Findings findings;
        /** What is declared so far, and where. */
        private final Map<ResourceId, Place> taken = new HashMap<>();

        Reading(Stack stack, Values values, Findings findings) {
            this.stack = stack;
            this.values = values;
            this.findings = findings;
            values.elsewhere().forEach(d -> taken.put(d.id(), d.place()));
        }

        @Override
        public void add(Desired<?> desired) {
            taken.put(desired.id(), desired.place());
            findings.add(desired.in(Layer.STACK, Set.of()));
        }

        @Override
        public void problem(String path, String message) {
            findings.problem(path.isEmpty() ? AI.name() : AI.name() + "." + path, message);
        }

        @Override
        public Optional<Place> declared(ResourceId id) {
            return Optional.ofNullable(taken.get(id));
        }

        @Override
        public Set<ResourceId> hand(
                Scope scope, String section, String name, JsonNode entry, String path, Set<ResourceId> first) {
            Section<?> reader = sections.stream()
                    .filter(s -> s.key().equals(section))
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("there is no section " + section));
            return hand(reader, scope, name, entry, path, first);
        }

        private <E> Set<ResourceId> hand(
                Section<E> section, Scope scope, String name, JsonNode entry, String path, Set<ResourceId> first) {
            Set<ResourceId> found = new HashSet<>();
            Function<String, Place> places = field -> stack.places().apply(path);
            try {
                E bound = Json.MAPPER.treeToValue(entry, section.entryType());
                section.read(
                        new Section.Entry<>(scope, name, bound, stack.places().apply(path), places),
                        new Handed(path, first, found));
            } catch (JsonProcessingException e) {
                throw new IllegalStateException("bug: the stack's entry " + section.key() + "." + name, e);
            }
            return found;
        }

        /** What another section makes of an entry of the stack. */
        private final class Handed implements Section.Resources {
            private final String path;
            private final Set<ResourceId> first;
            private final Set<ResourceId> found;

            Handed(String path, Set<ResourceId> first, Set<ResourceId> found) {
                this.path = path;
                this.first = first;
                this.found = found;
            }

            @Override
            public void add(Desired<?> desired) {
                found.add(desired.id());
                if (taken.putIfAbsent(desired.id(), desired.place())
                        == null) { // else the owner has one already, which may be another: that one counts
                    findings.add(desired.in(Layer.STACK, first));
                }
            }

            @Override
            public void problem(Section.Entry<?> part, String field, String message) {
                Reading.this.problem(path, (field.isEmpty() ? "" : field + ": ") + message);
            }

            /** It is of the same hand, so it is there. */
            @Override
            public void names(Section.Entry<?> part, String field, ResourceId id) {
                found.add(id);
            }

            @Override
            public void ask(SystemOptions options) {
                throw new IllegalStateException("bug: the stack asks for options of the system: " + options.by());
            }
        }
    }
}
