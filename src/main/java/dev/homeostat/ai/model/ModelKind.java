package dev.homeostat.ai.model;

import dev.homeostat.host.posix.FileFacts;
import dev.homeostat.host.posix.FolderWatch;
import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.host.process.Cancellation;
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
import dev.homeostat.resource.Sha256;
import dev.homeostat.resource.Sighting;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * Files of models. A file is hashed once, by a program of its owner's, and noted beside it; a look compares that note with
 * what the kernel says of the file, and reads none of it. What is wrong is set aside and never removed, and what was served
 * wrong is not asked for again until somebody says so. Thread-safe.
 */
@ApplicationScoped
public class ModelKind implements Kind<ModelSpec, ModelSeen> {
    public static final String NAME = "model";

    private static final String FETCH = "fetch";
    private static final String CHECK = "check";
    /** The largest models at the rate of a slow line: 9 GB at 64 kB a second are 40 hours. */
    private static final Duration FETCH_LIMIT = Duration.ofHours(48);
    /** Of reading some gigabytes from a slow disk. */
    private static final Duration CHECK_LIMIT = Duration.ofHours(1);

    private static final int NAME_DIGITS = 16;
    /** Where the launcher says it is. */
    private static final String LAUNCHER = "dev.homeostat.launcher";

    private final Programs programs;
    private final SafeFiles files;
    private final OwnerWatch watch;
    private final InstantSource clock;
    private final List<String> program;
    private final Map<ResourceId, UnderWay> underWay = new ConcurrentHashMap<>();
    /** Somebody wants these tried again, whatever was set aside. */
    private final Set<ResourceId> again = ConcurrentHashMap.newKeySet();

    /** A program that runs, and for what. */
    private record UnderWay(ModelSpec spec, Cancellation cancellation) {}

    @Inject
    public ModelKind(Programs programs, SafeFiles files, FolderWatch folderWatch, InstantSource clock) {
        this(programs, files, folderWatch, clock, List.of(System.getProperty(LAUNCHER, "homeostat"), "model"));
    }

    /** @param program what does the work, before the words of {@link Order#arguments} */
    ModelKind(Programs programs, SafeFiles files, FolderWatch folderWatch, InstantSource clock, List<String> program) {
        this.clock = clock;
        this.programs = programs;
        this.files = files;
        this.watch = new OwnerWatch(NAME, programs, folderWatch);
        this.program = List.copyOf(program);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Class<ModelSpec> specType() {
        return ModelSpec.class;
    }

    // ---- look

    @Override
    public Map<ResourceId, Sighting<ModelSeen>> observe(Collection<Desired<ModelSpec>> resources) {
        Map<ResourceId, Sighting<ModelSeen>> sightings = HashMap.newHashMap(resources.size());
        for (Desired<ModelSpec> d : resources) {
            try {
                sightings.put(d.id(), new Sighting.Seen<>(look(d)));
            } catch (Trouble t) {
                sightings.put(d.id(), new Sighting.Unclear<>(t));
            }
        }
        return sightings;
    }

    private ModelSeen look(Desired<ModelSpec> desired) throws Trouble {
        ModelSpec spec = desired.spec();
        Optional<FileFacts> facts = file(spec.path());
        Optional<Receipt> receipt = receipt(spec.folder(), spec.file());
        String sha256 = receipt.map(Receipt::sha256).orElse(null);
        String from = receipt.map(Receipt::from).orElse(null);
        if (facts.isPresent()) {
            FileFacts f = facts.get();
            boolean known = receipt.isPresent() && receipt.get().isOf(f.sizeBytes(), f.mtimeNanos(), f.inode());
            return new ModelSeen(f.sizeBytes(), sha256, known, from, 0);
        }
        if (!again.contains(desired.id())) {
            refuseWhatWasWrong(spec, known(spec, sha256, from));
            refuseOtherLength(spec);
        }
        long part =
                file(spec.order(null, false).part()).map(FileFacts::sizeBytes).orElse(0L);
        return new ModelSeen(null, sha256, false, from, part);
    }

    private Optional<FileFacts> file(Path path) throws Trouble {
        Optional<FileFacts> facts = files.look(path);
        if (facts.isPresent() && facts.get().type() != FileFacts.Type.FILE) {
            throw Trouble.conflict(path + " is no regular file", "move it away");
        }
        return facts;
    }

    /** One that is damaged is none. */
    private Optional<Receipt> receipt(Path folder, String file) throws Trouble {
        Path path = folder.resolve(Receipt.besides(file));
        Optional<FileFacts> facts = note(path);
        return facts.isEmpty() ? Optional.empty() : Receipt.parse(text(path));
    }

    private Optional<FileFacts> note(Path path) throws Trouble {
        return files.look(path).filter(f -> f.type() == FileFacts.Type.FILE && f.sizeBytes() <= Receipt.LIMIT_BYTES);
    }

    private String text(Path note) throws Trouble {
        return new String(files.read(note, Receipt.LIMIT_BYTES), StandardCharsets.UTF_8);
    }

    /** The server had another length when it was asked a while ago, and the same is still declared. */
    private void refuseOtherLength(ModelSpec spec) throws Trouble {
        Path path = spec.folder()
                .resolve(Receipt.besides(
                        spec.order(null, false).part().getFileName().toString()));
        Optional<FileFacts> facts = spec.source().url() == null ? Optional.empty() : note(path);
        if (facts.isEmpty()) {
            return;
        }
        Duration age = Duration.between(facts.get().modified(), clock.instant());
        Optional<Partial.Note> note = Partial.Note.parse(text(path));
        if (note.isPresent()
                && note.get().served() != null
                && note.get().declared() != null
                && note.get().url().equals(spec.source().url())
                && note.get().declared().equals(spec.source().bytes())
                && !age.isNegative()
                && age.compareTo(Remedies.ASKED_AGAIN_AFTER) < 0) {
            throw Remedies.otherLength(
                    spec.source().told(), note.get().served(), note.get().declared());
        }
    }

    /** The same was asked of the same source before, and something else came: asking again would bring that again. */
    private void refuseWhatWasWrong(ModelSpec spec, String known) throws Trouble {
        String expected = spec.source().sha256() != null ? spec.source().sha256() : known;
        for (String name : files.list(spec.folder())) {
            if (!Receipt.isAside(name, spec.file())) {
                continue;
            }
            Optional<Receipt> wrong = receipt(spec.folder(), name);
            if (wrong.isPresent()
                    && wrong.get().from().equals(spec.source().origin())
                    && Objects.equals(wrong.get().expected(), expected)
                    && (spec.source().bytes() == null
                            || spec.source().bytes() == wrong.get().bytes())) {
                throw Trouble.conflict(
                        spec.source().told() + (spec.source().url() == null ? " has" : " served") + " sha256 "
                                + wrong.get().sha256() + " (" + wrong.get().bytes() + " bytes) instead of "
                                + (expected == null ? "what it has to be" : expected) + "; it is set aside as "
                                + spec.folder().resolve(name),
                        Remedies.WRONG);
            }
        }
    }

    /** What the file has to be if nothing is declared: what came from there before. */
    private static String known(ModelSpec spec, String sha256, String from) {
        return spec.source().sha256() == null && spec.source().origin().equals(from) ? sha256 : null;
    }

    // ---- compare

    @Override
    public Assessment assess(Desired<ModelSpec> desired, ModelSeen seen) {
        ModelSpec spec = desired.spec();
        ModelSource source = spec.source();
        List<Difference> differences = new ArrayList<>();
        if (!seen.isThere()) {
            differences.add(new Difference("file", "in place", seen.told()));
            return toDo(desired, FETCH, summary(spec, seen), differences);
        }
        if (source.bytes() != null && !source.bytes().equals(seen.bytes())) {
            differences.add(new Difference(
                    "bytes", source.bytes().toString(), seen.bytes().toString()));
        }
        if (!seen.known()) {
            differences.add(new Difference(
                    "sha256",
                    source.sha256() != null ? source.sha256() : "known",
                    seen.sha256() == null ? "not known" : "changed since it was " + seen.sha256()));
        } else if (source.sha256() != null && !source.sha256().equals(seen.sha256())) {
            differences.add(new Difference("sha256", source.sha256(), seen.sha256()));
        }
        if (!differences.isEmpty()) {
            return toDo(desired, CHECK, "check " + spec.path() + ", and set it aside if it is another", differences);
        }
        boolean elsewhere = source.sha256() == null
                && !seen.from().isEmpty()
                && !seen.from().equals(source.origin());
        if (elsewhere) {
            differences.add(new Difference("from", source.origin(), seen.from()));
            return toDo(desired, FETCH, summary(spec, seen) + ", and set aside what is there", differences);
        }
        return source.sha256() == null
                ? Assessment.inSync("no sha256 is declared; it was " + seen.sha256() + " when it was first seen")
                : Assessment.IN_SYNC;
    }

    private static String summary(ModelSpec spec, ModelSeen seen) {
        ModelSource source = spec.source();
        if (source.url() == null) {
            return "copy " + source.file() + " to " + spec.path();
        }
        String size = source.bytes() == null ? "" : " (" + Sizes.told(source.bytes()) + ")";
        return (seen.partBytes() == 0 ? "download " : "go on to download ") + spec.file() + size + " from "
                + source.told();
    }

    private static Assessment toDo(
            Desired<ModelSpec> desired, String verb, String summary, List<Difference> differences) {
        return new Assessment(
                differences,
                List.of(new Action(desired.id(), verb, Phase.AI, Impact.NONE, summary, "remove the file")));
    }

    // ---- correct

    @Override
    public void perform(Desired<ModelSpec> desired, Action action) throws Trouble {
        perform(desired, action, advance -> {});
    }

    @Override
    public void perform(Desired<ModelSpec> desired, Action action, Consumer<Advance> advances) throws Trouble {
        Owner owner = programs.owner(desired.id().scope());
        boolean checkOnly = switch (action.verb()) {
            case FETCH -> false;
            case CHECK -> true;
            default -> throw new IllegalArgumentException("no such verb: " + action.verb());
        };
        ModelSpec spec = desired.spec();
        Receipt receipt = receipt(spec.folder(), spec.file()).orElse(null);
        String known = receipt == null ? null : known(spec, receipt.sha256(), receipt.from());
        List<String> command = new ArrayList<>(program);
        command.addAll(spec.order(known, checkOnly).arguments());
        String unit = NAME + "-" + owner.account().uid() + "-"
                + Sha256.hex(spec.path().toString()).substring(0, NAME_DIGITS);
        AtomicReference<Trouble> told = new AtomicReference<>();
        UnderWay mine = new UnderWay(spec, new Cancellation());
        Programs.End end;
        underWay.put(desired.id(), mine);
        try {
            end = programs.run(
                    owner,
                    new Job(command, Map.of(), Path.of("/"), checkOnly ? CHECK_LIMIT : FETCH_LIMIT, unit),
                    line -> {
                        Outcome.trouble(line).ifPresent(told::set);
                        Outcome.advance(line).ifPresent(advances);
                    },
                    mine.cancellation());
        } catch (Trouble t) {
            throw mine.cancellation().isAsked()
                    ? Trouble.passing("given up because something else is declared; what is there of it is kept", t)
                    : t;
        } finally {
            underWay.remove(desired.id(), mine);
        }
        Trouble trouble = told.get();
        if (trouble == null || trouble.sort() == Trouble.Sort.CONFLICT) { // else it did not come to an end
            again.remove(desired.id());
        }
        if (trouble != null) {
            throw trouble;
        }
        if (!end.isGood()) {
            throw Programs.failed("homeostat model " + action.verb(), end);
        }
    }

    /** It was long on its way, and may be used by others: its file stays. */
    @Override
    public Optional<ModelSpec> whenUndeclared(Desired<ModelSpec> desired, ModelSeen before, boolean ours) {
        return Optional.empty();
    }

    @Override
    public void retry(Desired<ModelSpec> desired) {
        again.add(desired.id());
    }

    // ---- watch

    @Override
    public void watch(Collection<Desired<ModelSpec>> resources, LookAgain lookAgain) {
        again.retainAll(resources.stream().map(Desired::id).toList());
        underWay.forEach((id, each) -> { // hours of what nobody wants any more
            if (resources.stream().noneMatch(d -> d.id().equals(id) && d.spec().equals(each.spec()))) {
                each.cancellation().ask();
            }
        });
        watch.watch(
                resources.stream()
                        .map(d -> new OwnerWatch.Watched(
                                d.id(), owner -> Set.of(d.spec().path()), owner -> Set.of()))
                        .toList(),
                lookAgain);
    }

    @Override
    public Duration patience(Desired<ModelSpec> desired) {
        return FETCH_LIMIT.plus(CHECK_LIMIT);
    }
}
