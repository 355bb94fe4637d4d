package dev.homeostat.control;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.reconcile.Actor;
import dev.homeostat.reconcile.ApprovalRequest;
import dev.homeostat.reconcile.AuditEntry;
import dev.homeostat.reconcile.Confirmed;
import dev.homeostat.reconcile.Engine;
import dev.homeostat.reconcile.Event;
import dev.homeostat.reconcile.Explanation;
import dev.homeostat.reconcile.Loop;
import dev.homeostat.reconcile.MachineStatus;
import dev.homeostat.reconcile.Origin;
import dev.homeostat.reconcile.Pause;
import dev.homeostat.reconcile.Plan;
import dev.homeostat.reconcile.Proposal;
import dev.homeostat.reconcile.Refusal;
import dev.homeostat.reconcile.ResourceStatus;
import dev.homeostat.reconcile.RevisionInfo;
import dev.homeostat.reconcile.RunInfo;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Advance;
import dev.homeostat.resource.Condition;
import dev.homeostat.resource.Deployed;
import dev.homeostat.resource.Difference;
import dev.homeostat.resource.Impact;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Layer;
import dev.homeostat.resource.Phase;
import dev.homeostat.resource.Place;
import dev.homeostat.resource.Problem;
import dev.homeostat.resource.ResourceId;
import jakarta.enterprise.inject.Alternative;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** A loop that keeps nothing and remembers what it was asked. Only for tests of what is around the loop. */
@Alternative
@Singleton
public class EngineDouble implements Engine, Loop {
    public static final ResourceId MOTD = ResourceId.of("file", "/etc/motd");
    public static final ResourceId CRON = ResourceId.of("service", "cron.service");
    public static final String HASH = "3f2a9c1d0b7e";
    /** Of something that may be approved or declined, however often. */
    public static final String TOKEN = "0123456789abcdef";
    /** What may be resumed, as it stands in a path. */
    public static final String PAUSED = "file%2F%2Fetc%2Fpaused";

    public static final String REVISION = "ab".repeat(32);
    public static final Instant LONG_AGO = Instant.parse("2026-01-02T03:04:05Z");

    private final List<AuditEntry> audit = new CopyOnWriteArrayList<>();
    private final List<Consumer<Event>> listeners = new CopyOnWriteArrayList<>();
    public volatile boolean right;
    public volatile boolean stuck;
    /** The first pass has not ended. */
    public volatile boolean young;

    public volatile int reloads;
    /** What it says to whatever may be refused, instead of an answer. */
    public volatile Refusal refusal;
    /** What it throws instead of any answer. */
    public volatile RuntimeException bug;
    /** Beside the two that are there unless there is no machine. */
    public volatile List<ResourceStatus> resources = List.of();
    /** Whether more than the stack is declared. */
    public volatile boolean machine = true;
    /** What would be done on top of the machine. */
    public volatile List<Plan.Item> above = List.of();

    private void mayHaveABug() {
        if (bug != null) {
            throw bug;
        }
    }

    private void mayRefuse() throws Refusal {
        mayHaveABug();
        if (refusal != null) {
            throw refusal;
        }
    }
    /** Whatever would have changed something. */
    public final AtomicInteger changes = new AtomicInteger();

    @Override
    public MachineStatus status() {
        mayHaveABug();
        Map<Condition, Long> counts = new EnumMap<>(Condition.class);
        for (Condition condition : Condition.values()) {
            counts.put(condition, 0L);
        }
        List<ResourceStatus> resources = new ArrayList<>(
                List.of(status(MOTD, right ? Condition.IN_SYNC : Condition.DRIFTED), status(CRON, Condition.IN_SYNC)));
        resources.addAll(this.resources);
        if (!machine) {
            resources.removeIf(r -> r.layer() == Layer.MACHINE);
        }
        Map<Condition, Long> stack = new EnumMap<>(Condition.class);
        resources.forEach(r -> (r.layer() == Layer.MACHINE ? counts : stack)
                .merge(r.condition(), r.layer() == Layer.MACHINE || r.looked() ? 1L : 0L, Long::sum));
        return new MachineStatus(
                right,
                right ? "2 in sync" : "1 in sync, 1 drifted",
                Optional.of(revisions().getFirst()),
                new MachineStatus.DeclarationState("in-force", "", List.of(), LONG_AGO),
                counts,
                stack,
                resources,
                Optional.of(LONG_AGO),
                Optional.of(Duration.ofMillis(12)),
                0,
                Optional.empty(),
                "test",
                ProcessHandle.current().pid(),
                LONG_AGO);
    }

    /** In that condition since long ago, seen a minute later. */
    public static ResourceStatus status(ResourceId id, Condition condition) {
        boolean inSync = condition == Condition.IN_SYNC;
        return new ResourceStatus(
                id,
                condition,
                inSync ? "" : "content differs",
                LONG_AGO,
                LONG_AGO.plusSeconds(60),
                inSync ? List.of() : List.of(new Difference("mode", "0644", "0600")),
                List.of(),
                inSync ? Optional.empty() : Optional.of(Origin.DRIFT),
                new Place("/etc/homeostat/machine.yaml", 3, 5),
                0,
                Optional.empty(),
                Layer.MACHINE,
                condition == Condition.CONVERGING
                        ? Optional.of(
                                new Advance(List.of(new Advance.Count("built", 3, 12)), "hello-2.12 (buildPhase)"))
                        : Optional.empty(),
                true,
                false);
    }

    /** Something on top of the machine, of anna's. */
    public static ResourceStatus above(String id, Condition condition, String reason, boolean looked, boolean idle) {
        return new ResourceStatus(
                ResourceId.parse(id),
                condition,
                reason,
                LONG_AGO,
                LONG_AGO,
                List.of(),
                List.of(),
                Optional.empty(),
                new Place("/etc/homeostat/machine.yaml", 9, 1),
                0,
                Optional.empty(),
                Layer.STACK,
                Optional.empty(),
                looked,
                idle);
    }

    @Override
    public Plan plan() throws Refusal {
        mayRefuse();
        List<Plan.Item> items = new ArrayList<>(right ? List.of() : samplePlan().items());
        items.addAll(above);
        return new Plan(HASH, REVISION, items, List.of());
    }

    public static Plan samplePlan() {
        Action write = new Action(MOTD, "write", Phase.DEPLOYMENT, Impact.NONE, "write /etc/motd (6 bytes)", "");
        return new Plan(
                HASH,
                REVISION,
                List.of(new Plan.Item(
                        MOTD,
                        Origin.DRIFT,
                        List.of(
                                new Difference("mode", "0644", "0600"),
                                new Difference("content", "one\ntwo\nthree\n", "one\nTWO\nthree\n")),
                        List.of(write),
                        List.of(),
                        Optional.empty(),
                        Layer.MACHINE)),
                List.of());
    }

    @Override
    public Plan plan(String name, byte[] yaml) throws Refusal {
        mayRefuse();
        List<Problem> problems = validate(name, yaml);
        if (!problems.isEmpty()) {
            throw new Refusal(Refusal.Sort.INVALID, name + " is not valid", problems);
        }
        return samplePlan();
    }

    @Override
    public List<Problem> fileProblems() {
        return List.of();
    }

    @Override
    public SortedMap<ResourceId, String> notSoYet(String name, byte[] yaml) {
        mayHaveABug();
        return new TreeMap<>();
    }

    @Override
    public List<Problem> validate(String name, byte[] yaml) {
        mayHaveABug();
        return new String(yaml, StandardCharsets.UTF_8).startsWith("version: 1")
                ? List.of()
                : List.of(new Problem(new Place(name, 1, 1), "version", "is missing: expected version: 1"));
    }

    @Override
    public MachineStatus apply(Optional<String> planHash, List<ResourceId> only, Duration wait, Actor actor)
            throws Refusal {
        mayRefuse();
        changes.incrementAndGet();
        if (planHash.isPresent() && !planHash.get().equals(HASH)) {
            throw new Refusal(Refusal.Sort.MOVED, "the plan is another by now: file//etc/motd moved");
        }
        tell(new Event(1, LONG_AGO, "step", Optional.of(MOTD), "write /etc/motd"));
        right = true;
        return status();
    }

    @Override
    public void reload(Actor actor) {
        mayHaveABug();
        changes.incrementAndGet();
        reloads++;
    }

    @Override
    public Explanation explain(ResourceId id) throws Refusal {
        mayRefuse();
        if (!id.equals(MOTD) && resources.stream().noneMatch(r -> r.id().equals(id))) {
            throw new Refusal(Refusal.Sort.NOT_FOUND, id + " is not declared");
        }
        return new Explanation(
                resources.stream()
                        .filter(r -> r.id().equals(id))
                        .findFirst()
                        .orElseGet(() -> status(MOTD, Condition.DRIFTED)),
                Json.tree(Map.of("mode", "0644")),
                Optional.of(Json.tree(Map.of("mode", "0600"))),
                List.of(),
                List.of(CRON),
                List.of(),
                Optional.empty());
    }

    @Override
    public List<RunInfo> history(Optional<ResourceId> resource, Optional<Boolean> drift, int limit) {
        mayHaveABug();
        return List.of();
    }

    @Override
    public List<AuditEntry> audit(int limit) {
        mayHaveABug();
        return audit.reversed().stream().limit(limit).toList();
    }

    @Override
    public void audit(AuditEntry entry) {
        audit.add(entry);
    }

    @Override
    public List<RevisionInfo> revisions() {
        mayHaveABug();
        return List.of(new RevisionInfo(REVISION, LONG_AGO, List.of("/etc/homeostat/machine.yaml"), 2, true));
    }

    @Override
    public JsonNode revision(String id) throws Refusal {
        mayRefuse();
        if (!REVISION.startsWith(id)) {
            throw new Refusal(Refusal.Sort.NOT_FOUND, "there is no revision " + id);
        }
        return Json.tree(Map.of("version", 1));
    }

    @Override
    public RevisionInfo rollback(String id, Actor actor) throws Refusal {
        mayRefuse();
        changes.incrementAndGet();
        revision(id);
        return revisions().getFirst();
    }

    @Override
    public List<ApprovalRequest> approvals() {
        mayHaveABug();
        return List.of();
    }

    /** A proposal that waits, however often it is decided about. */
    public static final String PROPOSED = "0123456789ab";

    private static Proposal proposedBy(String by) {
        return new Proposal(PROPOSED, "/etc/homeostat/machine.yaml", "a test", by, LONG_AGO, 1, 0, Optional.empty());
    }

    private static Proposal.Shown shown(String by) {
        return new Proposal.Shown(proposedBy(by), "--- a\n+++ b\n@@ -1 +1,2 @@\n version: 1\n+files: {}", samplePlan());
    }

    private static void isProposed(String hash) throws Refusal {
        if (!hash.equals(PROPOSED)) {
            throw new Refusal(Refusal.Sort.NOT_FOUND, "no proposal is called " + hash);
        }
    }

    @Override
    public Proposal.Shown propose(String file, String content, String why, boolean onlyIfChanged, Actor actor)
            throws Refusal {
        mayRefuse();
        changes.incrementAndGet();
        return shown(actor.toString());
    }

    @Override
    public List<Proposal> proposals() {
        mayHaveABug();
        return List.of(proposedBy("a test"));
    }

    @Override
    public Proposal.Shown proposal(String hash) throws Refusal {
        mayRefuse();
        isProposed(hash);
        return shown("a test");
    }

    @Override
    public Proposal.Placed place(String hash, Actor actor) throws Refusal {
        mayRefuse();
        isProposed(hash);
        changes.incrementAndGet();
        return new Proposal.Placed(proposedBy("a test"), REVISION);
    }

    @Override
    public Proposal drop(String hash, Actor actor) throws Refusal {
        mayRefuse();
        isProposed(hash);
        changes.incrementAndGet();
        return proposedBy("a test");
    }

    @Override
    public ApprovalRequest approve(String token, Actor actor) throws Refusal {
        mayRefuse();
        changes.incrementAndGet();
        if (token.equals(TOKEN)) {
            return new ApprovalRequest(
                    token, samplePlan().items().getFirst().actions().getFirst(), "a test", LONG_AGO);
        }
        throw new Refusal(Refusal.Sort.NOT_FOUND, "nothing waits under " + token);
    }

    @Override
    public ApprovalRequest decline(String token, Actor actor) throws Refusal {
        mayRefuse();
        changes.incrementAndGet();
        if (token.equals(TOKEN)) {
            return new ApprovalRequest(
                    token, samplePlan().items().getFirst().actions().getFirst(), "a test", LONG_AGO);
        }
        throw new Refusal(Refusal.Sort.NOT_FOUND, "nothing waits under " + token);
    }

    @Override
    public List<Pause> pauses() {
        mayHaveABug();
        return List.of();
    }

    @Override
    public Pause pause(ResourceId id, String reason, Optional<Duration> until, Actor actor) throws Refusal {
        mayRefuse();
        changes.incrementAndGet();
        return new Pause(id, reason, until.map(LONG_AGO::plus), actor.name(), false);
    }

    /** One that went well and one that did not. */
    public static final List<Deployed> DEPLOYMENTS = List.of(
            new Deployed(
                    ResourceId.of("generation", "system"),
                    LONG_AGO,
                    LONG_AGO.plusSeconds(60),
                    Deployed.Outcome.IN_FORCE,
                    "",
                    "switch",
                    Optional.of(42),
                    Optional.of("/nix/store/b-nixos-system"),
                    Optional.of(41),
                    Optional.of("/nix/store/a-nixos-system"),
                    Map.of(Phase.DEPLOYMENT, Duration.ofSeconds(51)),
                    List.of(
                            new Deployed.Change("firefox", List.of("140.0"), List.of("141.0")),
                            new Deployed.Change("hello", List.of(), List.of("2.12")),
                            new Deployed.Change("glibc", List.of("2.40"), List.of("2.40"))),
                    3,
                    100L << 20,
                    112L << 20,
                    List.of("the kernel will be 6.12 instead of 6.6"),
                    List.of(12, 13)),
            new Deployed(
                    ResourceId.of("generation", "system"),
                    LONG_AGO.minusSeconds(600),
                    LONG_AGO.minusSeconds(500),
                    Deployed.Outcome.ROLLED_BACK,
                    "web.service failed; rolled back to generation 41",
                    "switch",
                    Optional.empty(),
                    Optional.of("/nix/store/c-nixos-system"),
                    Optional.of(41),
                    Optional.of("/nix/store/a-nixos-system"),
                    Map.of(),
                    List.of(),
                    0,
                    0,
                    0,
                    List.of(),
                    List.of()));

    @Override
    public List<Deployed> deployments(int limit) {
        mayHaveABug();
        return DEPLOYMENTS.stream().limit(limit).toList();
    }

    @Override
    public List<Confirmed> confirm(Optional<ResourceId> id, Actor actor) throws Refusal {
        mayRefuse();
        if (id.filter(ResourceId.of("generation", "system")::equals).isEmpty() && id.isPresent()) {
            throw new Refusal(Refusal.Sort.NOT_FOUND, "nothing of " + id.get() + " waits for a confirmation");
        }
        changes.incrementAndGet();
        return List.of(new Confirmed(ResourceId.of("generation", "system"), "/nix/store/x stays"));
    }

    @Override
    public void retry(ResourceId id, Actor actor) throws Refusal {
        mayRefuse();
        if (!id.equals(ResourceId.of("file", "/etc/motd"))) {
            throw new Refusal(Refusal.Sort.NOT_FOUND, id + " is not declared");
        }
        changes.incrementAndGet();
    }

    @Override
    public Optional<Pause> resume(ResourceId id, Actor actor) throws Refusal {
        mayRefuse();
        if (!id.equals(ResourceId.of("file", "/etc/paused"))) {
            throw new Refusal(Refusal.Sort.CONFLICT, id + " is not paused");
        }
        changes.incrementAndGet();
        return Optional.empty();
    }

    @Override
    public JsonNode schema() {
        mayHaveABug();
        return Json.tree(Map.of("$schema", "https://json-schema.org/draft/2020-12/schema"));
    }

    @Override
    public AutoCloseable listen(Consumer<Event> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    public void tell(Event event) {
        listeners.forEach(listener -> listener.accept(event));
    }

    public int listening() {
        return listeners.size();
    }

    @Override
    public void start() {
        right = false;
    }

    @Override
    public void stop(Duration limit) {
        right = false;
    }

    @Override
    public Duration sinceBeat() {
        return stuck ? STUCK.plusSeconds(1) : Duration.ZERO;
    }

    @Override
    public Optional<String> hung() {
        return stuck ? Optional.of("the full pass (test) has not ended for 10m") : Optional.empty();
    }

    @Override
    public Duration longestWork() {
        return stuck ? Duration.ofMinutes(10) : Duration.ZERO;
    }

    @Override
    public boolean firstPassDone() {
        return !young;
    }

    @Override
    public boolean awaitFirstPass(Duration limit) {
        return firstPassDone();
    }
}
