package dev.homeostat.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.control.ControlProfile;
import dev.homeostat.control.EngineDouble;
import dev.homeostat.control.OverSocket;
import dev.homeostat.reconcile.Origin;
import dev.homeostat.reconcile.RunListener;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Condition;
import dev.homeostat.resource.Impact;
import dev.homeostat.resource.Kind;
import dev.homeostat.resource.Phase;
import dev.homeostat.resource.ResourceId;
import io.quarkus.arc.All;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The metrics of the whole server around a loop that keeps nothing. */
@QuarkusTest
@TestProfile(ControlProfile.class)
class MetricsTest {
    /** So many that a label with ids in it could not hide. */
    private static final int MANY = 1000;

    private static final Duration LIMIT = Duration.ofSeconds(10);

    @Inject
    EngineDouble engine;

    @Inject
    @All
    List<RunListener> listeners;

    @Inject
    @All
    List<Kind<?, ?>> kinds;

    @BeforeEach
    void asUsual() {
        engine.right = false;
        engine.stuck = false;
        engine.resources = List.of();
    }

    private static Exposition exposed() {
        return Exposition.parse(OverSocket.given(ControlProfile.SOCKET)
                .accept("text/plain")
                .get("/q/metrics")
                .then()
                .statusCode(200)
                .extract()
                .asString());
    }

    /** One of everything that is counted only when it happens. */
    private void everythingHappens() {
        happens(EngineDouble.MOTD);
        long end = System.nanoTime() + LIMIT.toNanos();
        while (!exposed().families().containsKey("jvm_gc_pause_seconds")) { // told by the JVM a little later
            assertThat(System.nanoTime()).as("a garbage collection is told").isLessThan(end);
            System.gc();
        }
    }

    private void happens(ResourceId id) {
        Action write = new Action(id, "write", Phase.DEPLOYMENT, Impact.NONE, "write " + id, "");
        listeners.forEach(l -> {
            l.noticed(id);
            l.missed(id.kind());
            l.fought(id);
            l.stepEnded(write, "done", Duration.ofMillis(3));
            l.converged(id, Origin.DRIFT, Duration.ofMillis(7));
            l.passEnded(Duration.ofMillis(20));
        });
    }

    @Test
    void the_page_describes_what_is_exposed() {
        everythingHappens();
        MetricsPage.read().describes(exposed());
    }

    @Test
    void labels_that_are_listed_have_just_these_values() throws IOException {
        MetricsPage page = MetricsPage.read();
        assertThat(page.closed().get("kind"))
                .containsExactlyInAnyOrderElementsOf(
                        kinds.stream().map(Kind::name).toList());
        assertThat(page.closed().get("condition"))
                .containsExactlyInAnyOrderElementsOf(
                        Arrays.stream(Condition.values()).map(Condition::label).toList());
        assertThat(page.closed().get("origin"))
                .containsExactlyInAnyOrderElementsOf(
                        Arrays.stream(Origin.values()).map(Origin::label).toList());
        String sources;
        try (Stream<Path> files = Files.walk(Path.of("src/main/java/dev/homeostat/kind"))) {
            sources = files.filter(f -> f.toString().endsWith(".java"))
                    .map(MetricsTest::read)
                    .collect(Collectors.joining());
        }
        assertThat(page.closed().get("verb"))
                .isNotEmpty()
                .allSatisfy(verb -> assertThat(sources)
                        .as("a kind that does this")
                        .containsPattern("= \"" + verb + "\";|\\b" + verb.toUpperCase(java.util.Locale.ROOT) + "[,;]"));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void a_thousand_resources_have_as_many_series_as_one() {
        everythingHappens();
        var before = series(exposed());
        engine.resources = Stream.iterate(0, n -> n + 1)
                .limit(MANY)
                .map(n -> EngineDouble.status(ResourceId.of("file", "/etc/many/" + n), Condition.IN_SYNC))
                .toList();
        engine.resources.forEach(r -> happens(r.id()));
        Exposition after = exposed();
        assertThat(after.value("homeostat_notices_total", "kind=\"file\"")).isGreaterThan(MANY);
        assertThat(series(after)).isEqualTo(before);
    }

    /** But for collections of garbage, which come when they come. */
    private static Set<String> series(Exposition exposed) {
        return exposed.series().keySet().stream()
                .filter(name -> !name.startsWith("jvm_gc_"))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void values_are_those_of_the_status() {
        engine.right = true;
        listeners.forEach(l -> l.passEnded(Duration.ofMillis(1)));
        Exposition right = awaiting("homeostat_as_declared", 1);
        assertThat(right.value("homeostat_last_success_timestamp_seconds"))
                .isEqualTo(EngineDouble.LONG_AGO.getEpochSecond() + 60.0);
        assertThat(right.value("homeostat_resources", "kind=\"file\"", "condition=\"InSync\""))
                .isEqualTo(1);
        assertThat(right.value("homeostat_drift_age_seconds", "kind=\"file\"")).isZero();
        engine.right = false;
        listeners.forEach(l -> l.passEnded(Duration.ofMillis(1)));
        Exposition drifted = awaiting("homeostat_as_declared", 0);
        assertThat(drifted.value("homeostat_resources", "kind=\"file\"", "condition=\"Drifted\""))
                .isEqualTo(1);
        assertThat(drifted.value("homeostat_drift_age_seconds", "kind=\"file\""))
                .isGreaterThan(Duration.ofDays(1).toSeconds());
        assertThat(drifted.value("homeostat_drift_age_seconds", "kind=\"service\""))
                .isZero();
        assertThat(drifted.value("homeostat_last_success_timestamp_seconds"))
                .as("stays what it was")
                .isEqualTo(EngineDouble.LONG_AGO.getEpochSecond() + 60.0);
        assertThat(drifted.value("homeostat_journal_writable")).isEqualTo(1);
        assertThat(drifted.value("homeostat_longest_work_seconds")).isZero();
        engine.stuck = true;
        assertThat(exposed().value("homeostat_longest_work_seconds")).isEqualTo(600);
        assertThat(exposed().value("process_resident_memory_bytes")).isGreaterThan(16 << 20);
        assertThat(exposed().value("process_open_fds")).isBetween(3.0, 10_000.0);
        assertThat(exposed().value("process_cpu_seconds_total")).isPositive();
        assertThat(exposed().value("process_start_time_seconds"))
                .isBetween(System.currentTimeMillis() / 1000.0 - 3600, System.currentTimeMillis() / 1000.0);
    }

    private static Exposition awaiting(String name, double value) {
        long end = System.nanoTime() + LIMIT.toNanos();
        while (true) {
            Exposition seen = exposed();
            if (seen.value(name) == value) {
                return seen;
            }
            assertThat(System.nanoTime()).as("%s becomes %s", name, value).isLessThan(end);
        }
    }
}
