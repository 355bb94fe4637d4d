package dev.homeostat.reconcile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.homeostat.control.access.Chosen;
import dev.homeostat.declaration.DeclarationReader;
import dev.homeostat.declaration.GeneratedSchema;
import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.Inotify;
import dev.homeostat.journal.SqliteJournal;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.Condition;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Difference;
import dev.homeostat.resource.Impact;
import dev.homeostat.resource.Kind;
import dev.homeostat.resource.Layer;
import dev.homeostat.resource.LookAgain;
import dev.homeostat.resource.Observation;
import dev.homeostat.resource.Phase;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Section;
import dev.homeostat.resource.Sighting;
import dev.homeostat.resource.Spec;
import dev.homeostat.resource.Topic;
import dev.homeostat.resource.Trouble;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is on top of the machine hangs and fails in every way it can, and the machine is kept all the same. */
class LayersTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Actor ME = new Actor(0, 1, "root");

    @TempDir
    Path folder;

    private Locations locations;
    private final Parts parts = new Parts();
    private final Above above = new Above();
    private Daemon daemon;

    @BeforeEach
    void prepare() throws Exception {
        Path config = Files.createDirectory(folder.resolve("config"));
        locations = new Locations(false, config, folder.resolve("state"), folder.resolve("run/control.sock"));
        daemon = new Daemon();
    }

    @AfterEach
    void end() {
        above.hang.countDown();
        daemon.stop();
    }

    @Test
    void a_look_that_hangs_above_holds_up_neither_pass_nor_edit_nor_plan() throws Exception {
        above.behave("stuck", Behaviour.HANGS_AT_LOOK);
        declare("parts: {a: {value: x}}", "above: {stuck: {}}");
        daemon.keeper.start();
        assertThat(daemon.keeper.awaitFirstPass(LONG)).isTrue();
        MachineStatus first = daemon.await("the machine is right", MachineStatus::right);
        assertThat(first.summary()).isEqualTo("1 in sync; AI stack: 0 in sync, 1 not looked at yet");
        assertThat(first.stack())
                .isNotEmpty()
                .allSatisfy((condition, count) ->
                        assertThat(count).as("nobody knows how it is").isZero());
        assertThat(first.resources())
                .filteredOn(r -> r.layer() == Layer.STACK)
                .extracting(ResourceStatus::looked)
                .containsExactly(false);
        declare("parts: {a: {value: y}, b: {value: z}}", "above: {stuck: {}}");
        daemon.await("the edit is made", s -> parts.values().equals(Map.of("a", "y", "b", "z")) && s.right());
        daemon.keeper.passWithoutPauses(List.of(), "again");
        parts.drift("a", "moved");
        daemon.await("the drift is corrected", s -> "y".equals(parts.value("a")));

        Plan plan = daemon.engine.plan();
        assertThat(plan.items()).isEmpty();
        assertThat(plan.machineIsRight()).isTrue();
        assertThat(plan.troubles()).singleElement().satisfies(u -> {
            assertThat(u.layer()).isEqualTo(Layer.STACK);
            assertThat(u.id()).isEqualTo(Above.id("stuck"));
            assertThat(u.reason()).contains("gave no answer within 5s");
        });
        assertThat(daemon.keeper.amiss(Parts.id("b"))).isEmpty();
    }

    @Test
    void work_that_hangs_above_is_not_waited_for_and_no_reason_to_restart() throws Exception {
        above.behave("stuck", Behaviour.HANGS_AT_WORK);
        declare("parts: {a: {value: x}}", "above: {stuck: {}}");
        daemon.keeper.start();
        daemon.await("it is at work", s -> condition(s, Above.id("stuck")) == Condition.CONVERGING);
        MachineStatus status = daemon.engine.apply(Optional.empty(), List.of(), LONG, ME);
        assertThat(status.right()).isTrue();
        assertThat(status.counts().values().stream().mapToLong(Long::longValue).sum())
                .isEqualTo(1);
        assertThat(status.stack()).containsEntry(Condition.CONVERGING, 1L);
        assertThat(status.summary()).startsWith("1 in sync; AI stack: 0 in sync, 1 converging");
        assertThat(daemon.runs()).anySatisfy(run -> {
            assertThat(run.cause()).isEqualTo("read at start");
            assertThat(run.outcome()).contains("succeeded");
        });
        assertThat(daemon.runs()).anySatisfy(run -> {
            assertThat(run.cause()).isEqualTo("read at start, the AI stack");
            assertThat(run.outcome()).isEmpty();
        });
        daemon.await(
                "it has run for longer than is normal",
                s -> daemon.keeper.longestWork().isZero());
        assertThat(daemon.keeper.hung()).isEmpty();

        long begun = System.nanoTime();
        daemon.engine.apply(Optional.empty(), List.of(Above.id("stuck")), Duration.ofMillis(300), ME);
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThan(Duration.ofMillis(299));
    }

    @Test
    void a_removal_that_hangs_above_does_not_hold_up_what_is_new_below() throws Exception {
        declare("parts: {a: {value: x}}", "above: {gone: {}}");
        daemon.keeper.start();
        daemon.await("all is right", s -> s.right() && condition(s, Above.id("gone")) == Condition.IN_SYNC);
        above.behave("gone", Behaviour.HANGS_AT_WORK);
        declare("parts: {b: {value: y}}", "above: {}");
        daemon.await("the machine has followed", s -> parts.values().equals(Map.of("b", "y")) && s.right());
        assertThat(above.made).contains("gone");
    }

    @Test
    void what_is_removed_after_a_restart_is_still_known_to_be_above() throws Exception {
        declare("parts: {a: {value: x}}", "above: {gone: {}}");
        daemon.keeper.start();
        daemon.await("all is right", s -> s.right() && condition(s, Above.id("gone")) == Condition.IN_SYNC);
        daemon.stop();
        above.behave("gone", Behaviour.FAILS);
        declare("parts: {a: {value: x}}", "above: {}");
        daemon = new Daemon();
        daemon.keeper.start();
        daemon.await(
                "it was tried, and the machine is right",
                s -> condition(s, Above.id("gone")) == Condition.FAILED && s.right());
    }

    @Test
    void failures_above_are_told_and_count_for_nothing_below() throws Exception {
        above.behave("bad", Behaviour.FAILS);
        declare("parts: {a: {value: x}}", "above: {bad: {}, good: {}}");
        daemon.keeper.start();
        MachineStatus status = daemon.await(
                "it failed",
                s -> s.right()
                        && condition(s, Above.id("bad")) == Condition.FAILED
                        && condition(s, Above.id("good")) == Condition.IN_SYNC);
        assertThat(status.summary()).isEqualTo("1 in sync; AI stack: 1 in sync, 1 failed");
        assertThat(daemon.keeper.amiss(Parts.id("none"))).isEmpty();
        Plan plan = daemon.engine.plan();
        assertThat(plan.items())
                .singleElement()
                .satisfies(item ->
                        assertThat(item.actions()).extracting(Action::phase).containsOnly(Phase.AI))
                .satisfies(item -> assertThat(item.layer()).isEqualTo(Layer.STACK));
        assertThat(plan.machineIsRight()).isTrue();
        assertThat(plan.nothingToDo()).isFalse();
        assertThat(Chosen.of(daemon.engine, List.of("ai", "part/a")))
                .containsExactly(Above.id("bad"), Above.id("good"), Parts.id("a"));
    }

    @Test
    void nothing_below_may_need_what_is_above() throws Exception {
        declare("parts: {a: {value: x}}", "above: {base: {wanted: true}}");
        assertThatThrownBy(() -> daemon.engine.plan())
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("part/wanting: needs above/base, which is part of the AI stack");
    }

    private void declare(String... yaml) throws Exception {
        Path next = folder.resolve("config/.next");
        Files.createFile(next, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r--r--")));
        Files.writeString(next, "version: 1\n" + String.join("\n", yaml) + "\n");
        Files.move(next, locations.declaration(), StandardCopyOption.ATOMIC_MOVE);
    }

    private static Condition condition(MachineStatus status, ResourceId id) {
        return status.resources().stream()
                .filter(r -> r.id().equals(id))
                .map(ResourceStatus::condition)
                .findFirst()
                .orElse(null);
    }

    /** One life of a daemon. */
    private final class Daemon {
        private final SqliteJournal journal = new SqliteJournal(locations);
        private final Inotify inotify = new Inotify();
        private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
        final Keeper keeper;
        final MachineEngine engine;

        Daemon() {
            List<Section<?>> sections = List.of(parts);
            DeclarationReader reader = new DeclarationReader(
                    sections, List.of(above), List.of(), locations, () -> GeneratedSchema.of(sections, List.of(above)));
            Ownership ownership = new Ownership();
            Kinds kinds = new Kinds(List.of(parts, above), ownership);
            keeper = Keepers.of(kinds, locations, reader, inotify, journal, ownership, InstantSource.system(), "1s");
            engine = Keepers.engine(keeper, kinds, locations, reader, journal, InstantSource.system(), events);
        }

        MachineStatus await(String what, Predicate<MachineStatus> expected) throws InterruptedException {
            return Keepers.await(engine, events, LONG, what, expected);
        }

        List<RunInfo> runs() {
            return engine.history(Optional.empty(), Optional.empty(), 20);
        }

        void stop() {
            keeper.stop(Duration.ofMillis(100));
            inotify.close();
        }
    }

    private enum Behaviour {
        WORKS,
        HANGS_AT_LOOK,
        HANGS_AT_WORK,
        FAILS
    }

    /** Something on top of the machine that behaves as it is told to. */
    private static final class Above implements Kind<Above.AboveSpec, Above.AboveSeen>, Topic {
        private static final String NAME = "above";
        private static final Key<AboveEntry> ABOVE =
                Key.many(NAME, "What is on top.", AboveEntry.class, new Names("^[a-z]+$", "any name"));

        record AboveEntry(
                @JsonPropertyDescription("whether something below is made to need it")
                Boolean wanted) {}

        record AboveSpec(boolean retired) implements Spec {}

        record AboveSeen(boolean there) implements Observation {}

        final CountDownLatch hang = new CountDownLatch(1);
        final Set<String> made = ConcurrentHashMap.newKeySet();
        private final Map<String, Behaviour> behaviours = new ConcurrentHashMap<>();

        static ResourceId id(String name) {
            return ResourceId.of(NAME, name);
        }

        void behave(String name, Behaviour behaviour) {
            behaviours.put(name, behaviour);
        }

        private Behaviour of(ResourceId id) {
            return behaviours.getOrDefault(id.name(), Behaviour.WORKS);
        }

        private void hangs() {
            try {
                hang.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public String name() {
            return NAME;
        }

        @Override
        public Class<AboveSpec> specType() {
            return AboveSpec.class;
        }

        @Override
        public Map<ResourceId, Sighting<AboveSeen>> observe(Collection<Desired<AboveSpec>> resources) {
            Map<ResourceId, Sighting<AboveSeen>> seen = new HashMap<>();
            resources.forEach(d -> {
                if (of(d.id()) == Behaviour.HANGS_AT_LOOK) {
                    hangs();
                }
                seen.put(d.id(), new Sighting.Seen<>(new AboveSeen(made.contains(d.id().name()))));
            });
            return seen;
        }

        @Override
        public Assessment assess(Desired<AboveSpec> desired, AboveSeen seen) {
            boolean wanted = !desired.spec().retired();
            return seen.there() == wanted
                    ? Assessment.IN_SYNC
                    : new Assessment(
                            List.of(new Difference("there", String.valueOf(wanted), String.valueOf(seen.there()))),
                            List.of(new Action(
                                    desired.id(), "set", Phase.DEPLOYMENT, Impact.NONE, "set " + wanted, "")));
        }

        @Override
        public void perform(Desired<AboveSpec> desired, Action action) throws Trouble {
            switch (of(desired.id())) {
                case HANGS_AT_WORK -> hangs();
                case FAILS -> throw Trouble.passing("fails");
                default -> {
                    if (desired.spec().retired()) {
                        made.remove(desired.id().name());
                    } else {
                        made.add(desired.id().name());
                    }
                }
            }
        }

        @Override
        public Optional<AboveSpec> whenUndeclared(Desired<AboveSpec> desired, AboveSeen before, boolean ours) {
            return Optional.of(new AboveSpec(true));
        }

        @Override
        public void watch(Collection<Desired<AboveSpec>> resources, LookAgain lookAgain) {
            // nobody moves it
        }

        @Override
        public List<Key<?>> keys() {
            return List.of(ABOVE);
        }

        @Override
        public void read(Values values, Findings findings) {
            values.many(ABOVE).forEach((name, entry) -> {
                findings.add(new Desired<>(id(name), new AboveSpec(false), Set.of(), values.place(NAME + "." + name))
                        .in(Layer.STACK, Set.of()));
                if (Boolean.TRUE.equals(entry.wanted())) {
                    findings.add(new Desired<>(
                            Parts.id("wanting"),
                            new Parts.PartSpec("x", false),
                            Set.of(id(name)),
                            values.place(NAME + "." + name)));
                }
            });
        }
    }
}
