package dev.homeostat.reconcile;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.homeostat.declaration.Declaration;
import dev.homeostat.declaration.DeclarationReader;
import dev.homeostat.declaration.InvalidDeclaration;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.Deployed;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Difference;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Layer;
import dev.homeostat.resource.Preset;
import dev.homeostat.resource.Problem;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Trouble;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** {@link Engine} over the loop. */
@Singleton
public class MachineEngine implements Engine {
    private final Keeper keeper;
    private final Kinds kinds;
    private final DeclarationReader reader;
    private final Journal journal;
    private final Proposals proposals;
    private final InstantSource clock;
    private final String version;
    private final Instant since;
    private final long pid = ProcessHandle.current().pid();

    public MachineEngine(
            Keeper keeper,
            Kinds kinds,
            DeclarationReader reader,
            Journal journal,
            Proposals proposals,
            InstantSource clock,
            @ConfigProperty(name = "quarkus.application.version") String version) {
        this.keeper = keeper;
        this.kinds = kinds;
        this.reader = reader;
        this.journal = journal;
        this.proposals = proposals;
        this.clock = clock;
        this.version = version;
        this.since = clock.instant();
    }

    @Override
    public MachineStatus status() {
        return keeper.status(version, pid, since);
    }

    // ---- plans

    @Override
    public Plan plan() throws Refusal {
        return plan(onDisk());
    }

    @Override
    public Plan plan(String name, byte[] yaml) throws Refusal {
        return plan(candidate(name, yaml));
    }

    private Plan plan(Declaration declaration) {
        return keeper.planner.plan(declaration, keeper.retired(declaration), this::origin);
    }

    /** A change if the declaration in force says otherwise of it, or has not been reached yet. */
    private Origin origin(Desired<?> desired) {
        if (desired.retired()) {
            return Origin.REMOVAL;
        }
        return keeper.world
                .with(desired.id(), t -> t.desired.spec().equals(desired.spec()) ? t.origin : Origin.CHANGE)
                .orElse(Origin.CHANGE);
    }

    private Declaration onDisk() throws Refusal {
        try {
            return keeper.source
                    .read()
                    .orElseThrow(() -> new Refusal(Refusal.Sort.NOT_FOUND, "there is no machine.yaml"));
        } catch (InvalidDeclaration e) {
            throw invalid(e);
        }
    }

    private Declaration candidate(String name, byte[] yaml) throws Refusal {
        try {
            return keeper.source.read(new LinkedHashMap<>(Map.of(name, yaml)));
        } catch (InvalidDeclaration e) {
            throw invalid(e);
        }
    }

    private static Refusal invalid(InvalidDeclaration e) {
        return new Refusal(Refusal.Sort.INVALID, "the declaration is invalid: " + e.getMessage(), e.problems());
    }

    @Override
    public List<Problem> fileProblems() {
        return keeper.source.fileProblems();
    }

    @Override
    public SortedMap<ResourceId, String> notSoYet(String name, byte[] yaml) throws Refusal {
        SortedMap<ResourceId, String> reasons = new TreeMap<>();
        keeper.kinds.look(candidate(name, yaml).resources().values()).forEach((id, look) -> {
            if (look.unsupported() != null) {
                reasons.put(id, look.unsupported());
            } else if (look.trouble() != null) {
                reasons.put(id, look.trouble().sentence());
            } else if (!look.inSync()) {
                reasons.put(id, what(look.assessment()));
            }
        });
        return reasons;
    }

    private static String what(Assessment assessment) {
        return assessment.actions().isEmpty()
                ? "it differs in "
                        + assessment.differences().stream()
                                .map(Difference::path)
                                .collect(Collectors.joining(", "))
                : "a plan would "
                        + assessment.actions().stream().map(Action::summary).collect(Collectors.joining(", "));
    }

    @Override
    public List<Problem> validate(String name, byte[] yaml) {
        try {
            candidate(name, yaml);
            return List.of();
        } catch (Refusal e) {
            return e.problems();
        }
    }

    @Override
    public MachineStatus apply(Optional<String> planHash, List<ResourceId> only, Duration wait, Actor actor)
            throws Refusal {
        keeper.exclusively(() -> {
            Declaration declaration = onDisk();
            if (planHash.isPresent()) {
                Plan now = plan(declaration);
                if (!now.hash().equals(planHash.get())) {
                    throw new Refusal(
                            Refusal.Sort.MOVED,
                            "the plan is another by now: " + keeper.planner.moved(planHash.get(), now)
                                    + "; look at homeostat plan again");
                }
            }
            boolean another = !declaration.revision().equals(keeper.world.revision());
            if (!only.isEmpty()) {
                if (another) {
                    throw new Refusal(
                            Refusal.Sort.CONFLICT,
                            "revision " + DeclarationSource.shortId(declaration.revision())
                                    + " is not in force yet: apply it as a whole first");
                }
                for (ResourceId id : only) {
                    require(id);
                }
            } else if (another || journal.hold().isPresent()) {
                if (!journal.accept(declaration, Optional.empty(), clock.instant())) {
                    throw unwritable("cannot be applied");
                }
                keeper.accepted(declaration, "applied by " + actor);
            }
            return null;
        });
        keeper.passWithoutPauses(only, "apply by " + actor);
        if (!wait.isZero()) {
            keeper.awaitRest(layers(only), wait);
        }
        return status();
    }

    /** Who says nothing waits for the machine: what is on top of it takes as long as it takes. */
    private Set<Layer> layers(List<ResourceId> only) {
        return only.isEmpty()
                ? Set.of(Layer.MACHINE)
                : only.stream().map(keeper.world::layer).collect(Collectors.toSet());
    }

    @Override
    public void reload(Actor actor) {
        Thread.ofVirtual().name("reload").start(() -> {
            keeper.readFilesLocked("reloaded by " + actor);
            keeper.passWithoutPauses(List.of(), "reload by " + actor);
        });
    }

    // ---- what is known

    @Override
    public Explanation explain(ResourceId id) throws Refusal {
        Desired<?> desired = require(id);
        Kinds.Look look = kinds.look(desired);
        Optional<ResourceStatus> status = keeper.world.with(id, t -> t.status);
        return new Explanation(
                status.orElseThrow(() -> unknown(id)),
                whatIsSet(Json.tree(desired.spec())),
                Optional.ofNullable(look.observation()).map(Json::tree).map(MachineEngine::whatIsSet),
                List.copyOf(keeper.world.needs(id)),
                List.copyOf(keeper.world.neededBy(id)),
                journal.runs(Optional.of(id), Optional.empty(), EXPLAINED_RUNS),
                Optional.ofNullable(desired.preset()).map(Preset::toString));
    }

    /** Without what is null, empty or false: that is how nothing is said. */
    private static JsonNode whatIsSet(JsonNode node) {
        if (node instanceof ObjectNode object) {
            ObjectNode set = Json.MAPPER.createObjectNode();
            object.properties().forEach(e -> {
                JsonNode value = whatIsSet(e.getValue());
                boolean nothing = value.isNull()
                        || value.isBoolean() && !value.asBoolean()
                        || value.isContainerNode() && value.isEmpty();
                if (!nothing) {
                    set.set(e.getKey(), value);
                }
            });
            return set;
        }
        return node;
    }

    /** As many as fit a screen. */
    private static final int EXPLAINED_RUNS = 10;

    private Desired<?> require(ResourceId id) throws Refusal {
        Optional<Desired<?>> desired = keeper.world.with(id, t -> t.desired);
        return desired.orElseThrow(() -> unknown(id));
    }

    private static Refusal unknown(ResourceId id) {
        return new Refusal(Refusal.Sort.NOT_FOUND, id + " is not declared; homeostat status -v lists what is");
    }

    @Override
    public List<RunInfo> history(Optional<ResourceId> resource, Optional<Boolean> drift, int limit) {
        return journal.runs(resource, drift, limit);
    }

    @Override
    public List<Deployed> deployments(int limit) {
        return keeper.world.desired().stream()
                .flatMap(d -> kinds.deployments(d, limit).stream())
                .sorted(Comparator.comparing(Deployed::began).reversed())
                .limit(limit)
                .toList();
    }

    @Override
    public List<AuditEntry> audit(int limit) {
        return journal.audit(limit);
    }

    @Override
    public void audit(AuditEntry entry) {
        journal.audit(entry);
    }

    @Override
    public List<RevisionInfo> revisions() {
        return journal.revisions();
    }

    @Override
    public JsonNode revision(String id) throws Refusal {
        return kept(id).content();
    }

    private Journal.Kept kept(String id) throws Refusal {
        if (!id.matches("[0-9a-f]{8,64}")) {
            throw new Refusal(
                    Refusal.Sort.NOT_FOUND,
                    "\"" + id + "\" is not the id of a revision: expected 8 to 64 hexadecimal digits");
        }
        List<Journal.Kept> found = journal.revisions(id);
        if (found.size() != 1) {
            throw new Refusal(
                    Refusal.Sort.NOT_FOUND,
                    found.isEmpty()
                            ? "there is no revision " + id + "; homeostat revisions lists them"
                            : "more than one revision begins with " + id + ": give more digits");
        }
        return found.getFirst();
    }

    @Override
    public RevisionInfo rollback(String id, Actor actor) throws Refusal {
        Journal.Kept kept = kept(id);
        return keeper.exclusively(() -> {
            Declaration declaration;
            try {
                declaration = keeper.source.restore(kept);
            } catch (InvalidDeclaration e) {
                throw new Refusal(
                        Refusal.Sort.INVALID,
                        "revision " + DeclarationSource.shortId(kept.id()) + " cannot be taken in force any more: "
                                + e.getMessage(),
                        e.problems());
            }
            String ignored = keeper.source.revisionOnDisk();
            boolean holds = !ignored.equals(declaration.revision());
            Optional<Journal.Hold> hold =
                    holds ? Optional.of(new Journal.Hold(ignored, actor.toString())) : Optional.empty();
            if (!journal.accept(declaration, hold, clock.instant())) {
                throw unwritable("cannot be rolled back");
            }
            keeper.accepted(declaration, "rolled back by " + actor);
            if (holds) {
                keeper.source.sayHeld(declaration.revision(), actor.toString());
            }
            return new RevisionInfo(
                    declaration.revision(),
                    clock.instant(),
                    declaration.files(),
                    declaration.resources().size(),
                    true);
        });
    }

    /** What is promised has to be known after a restart. */
    private Refusal unwritable(String what) {
        return new Refusal(
                Refusal.Sort.CONFLICT,
                what + ": the journal cannot be written (" + journal.trouble().orElse("") + ")");
    }

    // ---- what people ask for

    @Override
    public List<ApprovalRequest> approvals() {
        return keeper.consents.requests();
    }

    @Override
    public ApprovalRequest approve(String token, Actor actor) throws Refusal {
        return answer(token, true, actor);
    }

    @Override
    public ApprovalRequest decline(String token, Actor actor) throws Refusal {
        return answer(token, false, actor);
    }

    private ApprovalRequest answer(String token, boolean granted, Actor actor) throws Refusal {
        ApprovalRequest request = keeper.consents.answer(token, granted, actor, clock.instant());
        keeper.queue(request.action().resource(), (granted ? "approved by " : "declined by ") + actor);
        return request;
    }

    @Override
    public Proposal.Shown propose(String file, String content, String why, boolean onlyIfChanged, Actor actor)
            throws Refusal {
        return proposals.propose(file, content, why, onlyIfChanged, actor, keeper.source::read, this::plan);
    }

    @Override
    public List<Proposal> proposals() {
        return proposals.list();
    }

    @Override
    public Proposal.Shown proposal(String hash) throws Refusal {
        return proposals.show(hash, keeper.source::read, this::plan);
    }

    @Override
    public Proposal.Placed place(String hash, Actor actor) throws Refusal {
        String before = keeper.world.revision();
        return new Proposal.Placed(proposals.place(hash, keeper.source::read), before);
    }

    @Override
    public Proposal drop(String hash, Actor actor) throws Refusal {
        return proposals.drop(hash);
    }

    @Override
    public List<Confirmed> confirm(Optional<ResourceId> id, Actor actor) throws Refusal {
        List<Desired<?>> asked = id.isPresent() ? List.of(require(id.get())) : keeper.world.desired();
        List<Confirmed> confirmed = new ArrayList<>();
        for (Desired<?> desired : asked) {
            try {
                kinds.confirm(desired, actor.toString())
                        .ifPresent(what -> confirmed.add(new Confirmed(desired.id(), what)));
            } catch (Trouble t) {
                throw new Refusal(Refusal.Sort.CONFLICT, desired.id() + ": " + t.sentence());
            }
        }
        if (confirmed.isEmpty()) {
            throw new Refusal(
                    Refusal.Sort.NOT_FOUND,
                    "nothing" + id.map(i -> " of " + i).orElse("") + " waits for a confirmation");
        }
        confirmed.forEach(c -> keeper.queue(c.resource(), "confirmed by " + actor));
        return confirmed;
    }

    @Override
    public List<Pause> pauses() {
        return keeper.pauses.all(keeper.world.policy());
    }

    @Override
    public Pause pause(ResourceId id, String reason, Optional<Duration> until, Actor actor) throws Refusal {
        require(id);
        Optional<Pause> declared = keeper.pauses.declared(id, keeper.world.policy());
        Instant asked = until.map(d -> clock.instant().plus(d)).orElse(Instant.MAX);
        if (declared.filter(d -> !d.until().orElse(Instant.MAX).isBefore(asked)).isPresent()) {
            throw new Refusal(
                    Refusal.Sort.CONFLICT,
                    id + " is paused by machine.yaml for longer already: "
                            + declared.get().describe());
        }
        Pause pause = new Pause(id, reason, until.map(d -> clock.instant().plus(d)), actor.toString(), false);
        if (!keeper.pauses.pause(pause)) {
            throw unwritable("cannot be paused");
        }
        keeper.pauseEnds(pause);
        keeper.queue(id, "paused by " + actor);
        return pause;
    }

    @Override
    public Optional<Pause> resume(ResourceId id, Actor actor) throws Refusal {
        Optional<Pause> declared = keeper.pauses.declared(id, keeper.world.policy());
        if (!keeper.pauses.isAsked(id)) {
            throw new Refusal(
                    declared.isPresent() ? Refusal.Sort.CONFLICT : Refusal.Sort.NOT_FOUND,
                    declared.isPresent()
                            ? id + " is paused by machine.yaml: remove it from policy.paused there"
                            : id + " is not paused");
        }
        if (!keeper.pauses.resume(id)) {
            throw unwritable("cannot be resumed");
        }
        keeper.queue(id, "resumed by " + actor);
        return declared;
    }

    @Override
    public void retry(ResourceId id, Actor actor) throws Refusal {
        kinds.retry(require(id));
        keeper.passWithoutPauses(List.of(id), "tried again by " + actor);
    }

    @Override
    public JsonNode schema() {
        return reader.schema();
    }

    @Override
    public AutoCloseable listen(Consumer<Event> listener) {
        return keeper.events.listen(listener);
    }
}
