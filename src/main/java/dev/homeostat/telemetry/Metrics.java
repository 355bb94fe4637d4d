package dev.homeostat.telemetry;

import dev.homeostat.reconcile.Engine;
import dev.homeostat.reconcile.Journal;
import dev.homeostat.reconcile.MachineStatus;
import dev.homeostat.reconcile.Origin;
import dev.homeostat.reconcile.Progress;
import dev.homeostat.reconcile.ResourceStatus;
import dev.homeostat.reconcile.RevisionInfo;
import dev.homeostat.reconcile.RunListener;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Condition;
import dev.homeostat.resource.Kind;
import dev.homeostat.resource.ResourceId;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.quarkus.arc.All;
import io.quarkus.runtime.Startup;
import jakarta.annotation.PostConstruct;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.ToDoubleFunction;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * What Prometheus reads, declared in one place, with units and help. Labels are bounded: kinds, conditions, verbs, phases
 * and outcomes are those of the code; ids of resources are never labels. Thread-safe.
 */
@ApplicationScoped
@Startup
public class Metrics implements RunListener {
    /** One scrape reads all gauges: they look at the same status. */
    private static final Duration SNAPSHOT_AGE = Duration.ofMillis(250);

    private static final Duration[] CONVERGE_BUCKETS = {
        Duration.ofMillis(1),
        Duration.ofMillis(2),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(30),
        Duration.ofMillis(100),
        Duration.ofMillis(300),
        Duration.ofSeconds(1),
        Duration.ofSeconds(3),
        Duration.ofSeconds(10),
        Duration.ofSeconds(30),
        Duration.ofMinutes(2),
        Duration.ofMinutes(10)
    };
    private static final Duration[] PASS_BUCKETS = {
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofSeconds(1),
        Duration.ofSeconds(5),
        Duration.ofSeconds(30)
    };

    private final MeterRegistry registry;
    private final Engine engine;
    private final Progress progress;
    private final Journal journal;
    private final InstantSource clock;
    private final List<Kind<?, ?>> kinds;
    private final String version;
    private final MultiGauge revision;
    private final Timer pass;
    private final AtomicReference<Snapshot> snapshot = new AtomicReference<>();
    /** Guarded by this. */
    private Optional<String> shownRevision = Optional.empty();
    /** When the last of the resources was looked at that made the whole machine right; null if it never was. */
    private volatile Instant lastRight;

    /** @param taken by a clock that does not jump, in nanoseconds */
    private record Snapshot(long taken, MachineStatus status) {}

    public Metrics(
            MeterRegistry registry,
            Engine engine,
            Progress progress,
            Journal journal,
            InstantSource clock,
            @All List<Kind<?, ?>> kinds,
            @ConfigProperty(name = "quarkus.application.version") String version) {
        this.registry = registry;
        this.engine = engine;
        this.revision = MultiGauge.builder("homeostat.revision.info")
                .description("The revision in force; always 1")
                .register(registry);
        this.pass = Timer.builder("homeostat.pass")
                .description("Time a full pass over all resources took")
                .serviceLevelObjectives(PASS_BUCKETS)
                .register(registry);
        this.progress = progress;
        this.journal = journal;
        this.kinds = kinds;
        this.clock = clock;
        this.version = version;
    }

    @PostConstruct
    void gauges() {
        for (Kind<?, ?> kind : kinds) {
            for (Condition condition : Condition.values()) {
                gauge(
                        "homeostat.resources",
                        "Declared resources by kind and condition",
                        "",
                        Tags.of("kind", kind.name(), "condition", condition.label()),
                        status -> count(status, kind.name(), condition));
            }
            gauge(
                    "homeostat.drift.age",
                    "How long the oldest drift of a kind has lasted; 0 without drift",
                    "seconds",
                    Tags.of("kind", kind.name()),
                    status -> driftAge(status, kind.name()));
            // from the start, so that the first one is an increase
            notices(kind.name());
            missedEvents(kind.name());
            fights(kind.name());
        }
        gauge("homeostat.queue.depth", "Resources that wait to be looked at", "", Tags.empty(), MachineStatus::queued);
        gauge(
                "homeostat.as.declared",
                "1 if the whole machine is as declared",
                "",
                Tags.empty(),
                status -> status.right() ? 1 : 0);
        gauge(
                "homeostat.declaration.valid",
                "1 if machine.yaml is valid",
                "",
                Tags.empty(),
                status -> status.declaration().state().equals("invalid") ? 0 : 1);
        gauge(
                "homeostat.declaration.in.force",
                "1 if the declaration on disk is the one in force",
                "",
                Tags.empty(),
                status -> status.declaration().state().equals("in-force") ? 1 : 0);
        gauge(
                "homeostat.last.pass.timestamp",
                "When the last full pass ended, since the epoch",
                "seconds",
                Tags.empty(),
                status -> seconds(status.lastPass()));
        gauge(
                "homeostat.last.success.timestamp",
                "When the whole machine was last seen as declared, since the epoch; NaN if not since the daemon started",
                "seconds",
                Tags.empty(),
                status -> seconds(Optional.ofNullable(lastRight)));
        Gauge.builder("homeostat.approvals.waiting", engine, e -> e.approvals().size())
                .description("Actions that wait for a person")
                .register(registry);
        Gauge.builder("homeostat.loop.beat.age", progress, p -> p.sinceBeat().toNanos() / 1e9)
                .description("Time since the loop last went round")
                .baseUnit("seconds")
                .register(registry);
        Gauge.builder("homeostat.longest.work", progress, p -> p.longestWork().toNanos() / 1e9)
                .description("How long the oldest piece of work has been under way; 0 without work")
                .baseUnit("seconds")
                .register(registry);
        Gauge.builder("homeostat.journal.writable", journal, j -> j.trouble().isEmpty() ? 1 : 0)
                .description("1 if the journal can be written")
                .register(registry);
        Gauge.builder("homeostat.build.info", () -> 1)
                .description("The version that runs; always 1")
                .tags("version", version)
                .register(registry);
    }

    @Override
    public void noticed(ResourceId resource) {
        notices(resource.kind()).increment();
    }

    @Override
    public void missed(String kind) {
        missedEvents(kind).increment();
    }

    @Override
    public void fought(ResourceId resource) {
        fights(resource.kind()).increment();
    }

    private Counter notices(String kind) {
        return counter("homeostat.notices", "Times an event source said to look again", Tags.of("kind", kind));
    }

    private Counter missedEvents(String kind) {
        return counter(
                "homeostat.events.missed",
                "Times an event source overflowed or reconnected, so that all of a kind was looked at",
                Tags.of("kind", kind));
    }

    private Counter fights(String kind) {
        return counter(
                "homeostat.fights",
                "Times a resource was left alone for a while because it did not stay as declared",
                Tags.of("kind", kind));
    }

    @Override
    public void stepEnded(Action action, String outcome, Duration took) {
        Timer.builder("homeostat.action")
                .description("Actions and the time they took")
                .tags(
                        "kind",
                        action.resource().kind(),
                        "verb",
                        action.verb(),
                        "phase",
                        action.phase().name().toLowerCase(Locale.ROOT),
                        "outcome",
                        outcome)
                .register(registry)
                .record(took);
    }

    @Override
    public void converged(ResourceId resource, Origin origin, Duration took) {
        Timer.builder("homeostat.converge")
                .description("From the notice of a difference to the observation without one")
                .tags("kind", resource.kind(), "origin", origin.label())
                .serviceLevelObjectives(CONVERGE_BUCKETS)
                .register(registry)
                .record(took);
    }

    @Override
    public void passEnded(Duration took) {
        pass.record(took);
        lookLater();
    }

    /** Another declaration is in force. */
    @Override
    public void metricsPort(OptionalInt port) {
        lookLater();
    }

    /** So that the row of the revision is there at the next scrape, not at the one after. */
    private void lookLater() {
        Thread.ofVirtual().name("metrics").start(this::look);
    }

    private Counter counter(String name, String help, Tags tags) {
        return Counter.builder(name).description(help).tags(tags).register(registry);
    }

    private void gauge(String name, String help, String unit, Tags tags, ToDoubleFunction<MachineStatus> value) {
        Gauge.builder(name, this, metrics -> value.applyAsDouble(metrics.status()))
                .description(help)
                .baseUnit(unit.isEmpty() ? null : unit)
                .tags(tags)
                .register(registry);
    }

    private MachineStatus status() {
        long now = System.nanoTime();
        Snapshot last = snapshot.get();
        if (last != null && now - last.taken() < SNAPSHOT_AGE.toNanos()) {
            return last.status();
        }
        return look();
    }

    /** One at a time, so that no older look takes the place of a newer one. */
    private synchronized MachineStatus look() {
        MachineStatus status = engine.status();
        snapshot.set(new Snapshot(System.nanoTime(), status));
        if (status.right()) {
            status.resources().stream()
                    .map(ResourceStatus::seen)
                    .max(Comparator.naturalOrder())
                    .or(status::lastPass)
                    .ifPresent(seen -> lastRight = seen);
        }
        Optional<String> inForce = status.revision().map(RevisionInfo::shortId);
        if (!inForce.equals(shownRevision)) { // only then: a row that is written anew is not there for a moment
            revision.register(
                    inForce.map(id -> List.of(MultiGauge.Row.of(Tags.of("revision", id), () -> 1)))
                            .orElse(List.of()),
                    true);
            shownRevision = inForce;
        }
        return status;
    }

    private static double count(MachineStatus status, String kind, Condition condition) {
        return status.resources().stream()
                .filter(r -> r.condition() == condition && r.id().kind().equals(kind))
                .count();
    }

    private double driftAge(MachineStatus status, String kind) {
        Instant now = clock.instant();
        return status.resources().stream()
                .filter(r -> r.id().kind().equals(kind)
                        && r.origin().filter(Origin.DRIFT::equals).isPresent())
                .filter(r -> r.condition() != Condition.IN_SYNC && r.condition() != Condition.PAUSED)
                .map(ResourceStatus::since)
                .mapToDouble(since -> Math.max(0, Duration.between(since, now).toMillis() / 1000.0))
                .max()
                .orElse(0);
    }

    private static double seconds(Optional<Instant> at) {
        return at.map(instant -> instant.toEpochMilli() / 1000.0).orElse(Double.NaN);
    }
}
