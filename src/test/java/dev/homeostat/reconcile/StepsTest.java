package dev.homeostat.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
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
import dev.homeostat.resource.LookAgain;
import dev.homeostat.resource.Observation;
import dev.homeostat.resource.Phase;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Section;
import dev.homeostat.resource.Sighting;
import dev.homeostat.resource.Spec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A plan of several steps of one resource, of which the first takes long: what is shown, and what may stop it. */
class StepsTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Actor ME = new Actor(0, 1, "root");
    private static final ResourceId HOUSE = ResourceId.of("house", "mine");

    @TempDir
    Path temporary;

    private final House house = new House();
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private Path yaml;
    private SqliteJournal journal;
    private Inotify inotify;
    private Keeper keeper;
    private MachineEngine engine;

    /** As it is declared. */
    record HouseEntry(
            @JsonPropertyDescription("what it is painted with")
            String colour) {}

    record HouseSpec(String colour) implements Spec {}

    record HouseSeen(String colour) implements Observation {}

    /** Is mixed, then painted (nobody may live there meanwhile), then dried. */
    private static final class House implements Kind<HouseSpec, HouseSeen>, Section<HouseEntry> {
        final Queue<String> done = new ConcurrentLinkedQueue<>();
        final Semaphore mixing = new Semaphore(0);
        final Semaphore mixed = new Semaphore(0);
        volatile String colour = "white";
        volatile boolean elsewhere;

        @Override
        public String name() {
            return "house";
        }

        @Override
        public Class<HouseSpec> specType() {
            return HouseSpec.class;
        }

        @Override
        public Map<ResourceId, Sighting<HouseSeen>> observe(Collection<Desired<HouseSpec>> resources) {
            return Map.of(HOUSE, new Sighting.Seen<>(new HouseSeen(colour)));
        }

        @Override
        public Assessment assess(Desired<HouseSpec> desired, HouseSeen seen) {
            if (desired.spec().colour().equals(seen.colour())) {
                return Assessment.IN_SYNC;
            }
            Assessment assessment = new Assessment(
                    List.of(new Difference("colour", desired.spec().colour(), seen.colour())),
                    List.of(step("mix", Impact.NONE), step("paint", Impact.DISRUPTIVE), step("dry", Impact.NONE)));
            return elsewhere ? assessment.asChange() : assessment;
        }

        private static Action step(String verb, Impact impact) {
            return new Action(HOUSE, verb, Phase.DEPLOYMENT, impact, verb + " it", "");
        }

        @Override
        public void perform(Desired<HouseSpec> desired, Action action) {
            done.add(action.verb());
            if (action.verb().equals("mix")) {
                mixing.release();
                mixed.acquireUninterruptibly();
            } else if (action.verb().equals("dry")) {
                colour = desired.spec().colour();
            }
        }

        @Override
        public Optional<HouseSpec> whenUndeclared(Desired<HouseSpec> desired, HouseSeen before, boolean ours) {
            return Optional.empty();
        }

        @Override
        public void watch(Collection<Desired<HouseSpec>> resources, LookAgain lookAgain) {
            // nobody else paints it
        }

        @Override
        public String key() {
            return "houses";
        }

        @Override
        public String about() {
            return "Houses.";
        }

        @Override
        public String namePattern() {
            return "^[a-z]+$";
        }

        @Override
        public String nameForm() {
            return "any name";
        }

        @Override
        public Class<HouseEntry> entryType() {
            return HouseEntry.class;
        }

        @Override
        public void read(Entry<HouseEntry> entry, Resources resources) {
            resources.add(new Desired<>(HOUSE, new HouseSpec(entry.value().colour()), Set.of(), entry.place()));
        }
    }

    @BeforeEach
    void start() throws Exception {
        Path config = Files.createDirectories(temporary.resolve("config"));
        Files.setPosixFilePermissions(config, PosixFilePermissions.fromString("rwxr-xr-x"));
        yaml = config.resolve("machine.yaml");
        Locations locations =
                new Locations(true, config, temporary.resolve("state"), temporary.resolve("run/control.sock"));
        journal = new SqliteJournal(locations);
        inotify = new Inotify();
        List<Section<?>> sections = List.of(house);
        DeclarationReader reader = new DeclarationReader(
                sections, List.of(), List.of(), locations, () -> GeneratedSchema.of(sections, List.of()));
        Ownership ownership = new Ownership();
        Kinds kinds = new Kinds(List.of(house), ownership);
        keeper = Keepers.of(
                kinds, locations, reader, inotify, journal, ownership, InstantSource.system(), Keeper.HUNG_AFTER);
        engine = Keepers.engine(keeper, kinds, locations, reader, journal, InstantSource.system(), events);
    }

    @AfterEach
    void stop() {
        house.mixed.release(100);
        keeper.stop(LONG);
        inotify.close();
    }

    private void declare(String colour) throws Exception {
        Files.writeString(yaml, "version: 1\nhouses: {mine: {colour: " + colour + "}}\n");
    }

    private ResourceStatus status() {
        return engine.status().resources().stream()
                .filter(r -> r.id().equals(HOUSE))
                .findFirst()
                .orElseThrow();
    }

    private void await(Predicate<ResourceStatus> expected) throws InterruptedException {
        Keepers.await(
                engine,
                events,
                LONG,
                "the resource is as the test expects it",
                s -> !s.resources().isEmpty() && expected.test(status()));
    }

    private void beginMixing() throws InterruptedException {
        assertThat(house.mixing.tryAcquire(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void the_step_under_way_is_shown() throws Exception {
        declare("red");
        keeper.start();
        beginMixing();
        assertThat(status().condition()).isEqualTo(Condition.CONVERGING);
        assertThat(status().reason()).isEqualTo("step 1 of 3: mix it");
        house.mixed.release();
        await(s -> s.condition() == Condition.IN_SYNC);
        assertThat(house.done).containsExactly("mix", "paint", "dry");
    }

    @Test
    void a_pause_stops_before_anything_is_disrupted_and_its_end_lets_it_go_on() throws Exception {
        declare("red");
        keeper.start();
        beginMixing();
        engine.pause(HOUSE, "guests", Optional.empty(), ME);
        house.mixed.release();
        await(s -> s.condition() == Condition.PAUSED);
        assertThat(house.done).containsExactly("mix");
        engine.resume(HOUSE, ME);
        beginMixing();
        house.mixed.release();
        await(s -> s.condition() == Condition.IN_SYNC);
        assertThat(house.done).containsExactly("mix", "mix", "paint", "dry");
    }

    @Test
    void a_window_that_closes_meanwhile_stops_it_too() throws Exception {
        declare("red");
        keeper.start();
        beginMixing();
        Instant then = Instant.now().plus(Duration.ofHours(12));
        String window = then.toString().substring(11, 16); // in UTC, as far from now as can be
        Files.writeString(
                yaml,
                "version: 1\nhouses: {mine: {colour: red}}\npolicy: {maintenance: {timeZone: UTC, windows: [{start: \""
                        + window + "\", length: 1h}]}}\n");
        awaitPolicy();
        house.mixed.release();
        await(s -> s.condition() == Condition.BLOCKED && s.reason().contains("needs an approval"));
        assertThat(house.done).containsExactly("mix");
    }

    private void awaitPolicy() throws InterruptedException {
        Keepers.await(
                engine,
                events,
                LONG,
                "the policy is in force",
                s -> !keeper.world.policy().maintenance().windows().isEmpty());
    }

    @Test
    void what_its_source_brought_is_a_change_and_no_drift() throws Exception {
        declare("red");
        house.colour = "red";
        keeper.start();
        await(s -> s.condition() == Condition.IN_SYNC);
        for (boolean elsewhere : new boolean[] {true, false}) {
            house.elsewhere = elsewhere;
            house.colour = "grey";
            events.clear();
            engine.retry(HOUSE, ME);
            beginMixing();
            assertThat(status().origin()).contains(elsewhere ? Origin.CHANGE : Origin.DRIFT);
            house.mixed.release();
            await(s -> s.condition() == Condition.IN_SYNC);
        }
    }
}
