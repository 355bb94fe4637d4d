package dev.homeostat.kind.command;

import dev.homeostat.host.posix.FolderWatch;
import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.host.program.Job;
import dev.homeostat.host.program.Owner;
import dev.homeostat.host.program.OwnerWatch;
import dev.homeostat.host.program.Programs;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Advance;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Difference;
import dev.homeostat.resource.Impact;
import dev.homeostat.resource.Kind;
import dev.homeostat.resource.LookAgain;
import dev.homeostat.resource.Phase;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.SideBySide;
import dev.homeostat.resource.Sighting;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** Commands. Whether one has to be run, its guard says at every look; that it was run is remembered nowhere. */
@ApplicationScoped
public class CommandKind implements Kind<CommandSpec, CommandSeen> {
    public static final String NAME = "command";

    private static final String RUN = "run";
    private static final String UNDO = "undo";
    /** A guard that does not answer is no guard. */
    private static final Duration GUARD_LIMIT = Duration.ofSeconds(30);

    private static final int WORDS_LIMIT_CHARS = 120;

    private final Programs programs;
    private final SafeFiles files;
    private final OwnerWatch watch;

    public CommandKind(Programs programs, SafeFiles files, FolderWatch folderWatch) {
        this.programs = programs;
        this.files = files;
        this.watch = new OwnerWatch(NAME, programs, folderWatch);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Class<CommandSpec> specType() {
        return CommandSpec.class;
    }

    /** Side by side: one guard that hangs delays no other one's answer by more than its limit. */
    @Override
    public Map<ResourceId, Sighting<CommandSeen>> observe(Collection<Desired<CommandSpec>> resources) {
        Map<ResourceId, Sighting<CommandSeen>> sightings = new ConcurrentHashMap<>();
        SideBySide.each(resources, d -> sightings.put(d.id(), observe(d)));
        resources.forEach(
                d -> sightings.putIfAbsent(d.id(), new Sighting.Unclear<>(Trouble.passing("the guard was not asked"))));
        return sightings;
    }

    private Sighting<CommandSeen> observe(Desired<CommandSpec> desired) {
        try {
            Owner owner = programs.owner(desired.id().scope());
            CommandSpec spec = desired.spec();
            if (spec.creates() != null) {
                Path path = path(owner, spec.creates());
                return new Sighting.Seen<>(
                        files.look(path).isPresent()
                                ? new CommandSeen(true, path + " is there")
                                : new CommandSeen(false, path + " is not there"));
            }
            String guard = spec.unless().getFirst();
            if (programs.find(owner, guard).isEmpty()) {
                return new Sighting.Unsupported<>(guard + ", which the guard asks, is not installed for "
                        + owner.account().name() + ": install it, or correct unless");
            }
            int exitCode = programs.run(owner, job(owner, spec, spec.unless(), GUARD_LIMIT, ""))
                    .exitCode();
            return new Sighting.Seen<>(new CommandSeen(
                    exitCode == 0,
                    shortened(spec.unless()) + " says " + (exitCode == 0 ? "yes" : "no, with status " + exitCode)));
        } catch (Trouble t) {
            return new Sighting.Unclear<>(t);
        }
    }

    /** @throws Trouble transient if the folder where it starts is not there: it may be made by then */
    private Job job(Owner owner, CommandSpec spec, List<String> arguments, Duration limit, String unit) throws Trouble {
        Path folder = spec.folder() == null ? owner.home() : path(owner, spec.folder());
        if (files.look(folder).isEmpty()) {
            throw new Trouble(
                    Trouble.Sort.TRANSIENT,
                    folder + ", where " + arguments.getFirst() + " is to start, is not there",
                    "make it, or declare it under files");
        }
        return new Job(arguments, spec.environment(), folder, limit, unit);
    }

    private static Path path(Owner owner, String text) {
        Path path = text.startsWith("~/") ? owner.home().resolve(text.substring(2)) : Path.of(text);
        return path.normalize();
    }

    private static String shortened(List<String> arguments) {
        String text = String.join(" ", arguments).replaceAll("\\p{Cntrl}", " ");
        return text.length() > WORDS_LIMIT_CHARS ? text.substring(0, WORDS_LIMIT_CHARS) + "..." : text;
    }

    @Override
    public Assessment assess(Desired<CommandSpec> desired, CommandSeen seen) {
        CommandSpec spec = desired.spec();
        ResourceId id = desired.id();
        if (spec.retired()) {
            return seen.done()
                    ? assessment(
                            id, "undone", seen, UNDO, "run " + shortened(spec.undo()), "run " + shortened(spec.run()))
                    : Assessment.IN_SYNC;
        }
        return seen.done()
                ? Assessment.IN_SYNC
                : assessment(
                        id,
                        "done",
                        seen,
                        RUN,
                        "run " + shortened(spec.run()),
                        spec.undo().isEmpty() ? "" : "run " + shortened(spec.undo()));
    }

    private static Assessment assessment(
            ResourceId id, String wanted, CommandSeen seen, String verb, String summary, String undo) {
        return new Assessment(
                List.of(new Difference("state", wanted, seen.how())),
                List.of(new Action(id, verb, Phase.TOOLING, Impact.NONE, summary, undo)));
    }

    @Override
    public void perform(Desired<CommandSpec> desired, Action action) throws Trouble {
        perform(desired, action, advance -> {});
    }

    @Override
    public void perform(Desired<CommandSpec> desired, Action action, Consumer<Advance> advances) throws Trouble {
        CommandSpec spec = desired.spec();
        List<String> arguments = switch (action.verb()) {
            case RUN -> spec.run();
            case UNDO -> spec.undo();
            default -> throw new IllegalArgumentException("no such verb: " + action.verb());
        };
        Owner owner = programs.owner(desired.id().scope());
        String unit = "command-" + owner.account().uid() + "-" + desired.id().name();
        programs.must(
                owner,
                job(owner, spec, arguments, spec.limit(), unit),
                shortened(arguments),
                line -> advances.accept(new Advance(List.of(), line)));
    }

    /** Only what we ran is undone, and only if the declaration says how. */
    @Override
    public Optional<CommandSpec> whenUndeclared(Desired<CommandSpec> desired, CommandSeen before, boolean ours) {
        return desired.spec().retired() || desired.spec().undo().isEmpty() || before.done() && !ours
                ? Optional.empty()
                : Optional.of(desired.spec().retire());
    }

    @Override
    public void watch(Collection<Desired<CommandSpec>> resources, LookAgain lookAgain) {
        watch.watch(
                resources.stream()
                        .map(d -> new OwnerWatch.Watched(
                                d.id(),
                                owner -> d.spec().creates() == null
                                        ? Set.of()
                                        : Set.of(path(owner, d.spec().creates())),
                                owner -> Set.of()))
                        .toList(),
                lookAgain);
    }

    @Override
    public Duration patience(Desired<CommandSpec> desired) {
        return desired.spec().limit().plus(GUARD_LIMIT.multipliedBy(2));
    }
}
