package dev.homeostat.kind.service;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.homeostat.host.ports.Holder;
import dev.homeostat.host.ports.PortTable;
import dev.homeostat.host.ports.Taken;
import dev.homeostat.host.posix.Accounts;
import dev.homeostat.host.posix.FileFacts;
import dev.homeostat.host.posix.FolderWatch;
import dev.homeostat.host.posix.KeptFiles;
import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.host.posix.Unchanged;
import dev.homeostat.host.systemd.ServiceManager;
import dev.homeostat.host.systemd.Systemd;
import dev.homeostat.host.systemd.UnitFile;
import dev.homeostat.host.systemd.UnitName;
import dev.homeostat.host.systemd.UnitState;
import dev.homeostat.host.witness.Commands;
import dev.homeostat.host.witness.Witness;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.ByScope;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Kind;
import dev.homeostat.resource.LookAgain;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Rival;
import dev.homeostat.resource.Scope;
import dev.homeostat.resource.Sighting;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * systemd units. What should be done about them is {@link ServiceComparison}; this looks and acts.
 *
 * <p>A unit is restarted when what it was started from has changed since: its declared file, a declared drop-in, a file of
 * {@code restartOn}. A file of ours says since when its content is in force, so that undoing somebody's edit restarts
 * nothing that never saw the edit.
 */
@ApplicationScoped
public class ServiceKind implements Kind<ServiceSpec, ServiceSeen> {
    public static final String NAME = "service";

    /** Unit files are world-readable by custom; secrets belong into credentials or environment files. */
    static final int FILE_MODE = 0644;

    private static final int FOLDER_MODE = 0755;
    /** Larger than any unit file: systemd's own limit for one line. */
    private static final long FILE_LIMIT_BYTES = 1 << 20;
    /** systemd's default for a start or stop is 90 s; longer ones go on without us and are looked at again. */
    private static final Duration JOB_LIMIT = Duration.ofSeconds(120);
    /**
     * Most starts end before, and then say why they failed. What takes longer goes on without us, so that an edit meanwhile
     * does not wait for a start that may never end.
     */
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    /** What a program wrote before its last end is not older, with the longest pause between attempts (5m). */
    private static final Duration LAST_WORDS = Duration.ofMinutes(10);
    /** systemd makes this folder when it is the first process (sd_booted(3)). */
    private static final Path BOOTED = Path.of("/run/systemd/system");

    private final Systemd systemd;
    private final SafeFiles files;
    private final Accounts accounts;
    private final FolderWatch folderWatch;
    private final UnitPlaces places;
    private final UnitVerification verification;
    private final KeptFiles kept;
    private final Witness witness;
    private final InstantSource clock;
    private final Taken taken;
    private final Unchanged<String> read;
    private AutoCloseable watching = () -> {};

    public ServiceKind(
            Systemd systemd,
            SafeFiles files,
            Accounts accounts,
            FolderWatch folderWatch,
            UnitPlaces places,
            UnitVerification verification,
            KeptFiles kept,
            Witness witness,
            InstantSource clock,
            PortTable ports) {
        this.systemd = systemd;
        this.files = files;
        this.accounts = accounts;
        this.folderWatch = folderWatch;
        this.places = places;
        this.verification = verification;
        this.kept = kept;
        this.witness = witness;
        this.clock = clock;
        this.taken = new Taken(ports);
        this.read = new Unchanged<>(clock);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Class<ServiceSpec> specType() {
        return ServiceSpec.class;
    }

    // ---- look

    @Override
    public Map<ResourceId, Sighting<ServiceSeen>> observe(Collection<Desired<ServiceSpec>> resources) {
        if (!Files.isDirectory(BOOTED)) {
            Map<ResourceId, Sighting<ServiceSeen>> answers = new HashMap<>();
            resources.forEach(
                    d -> answers.put(d.id(), new Sighting.Unsupported<>("needs systemd as the first process (PID 1)")));
            return answers;
        }
        return ByScope.look(resources, this::observe);
    }

    private Map<ResourceId, Sighting<ServiceSeen>> observe(Scope scope, Collection<Desired<ServiceSpec>> resources) {
        Map<ResourceId, Sighting<ServiceSeen>> answers = new HashMap<>();
        UnitPlaces.Place place;
        Map<UnitName, UnitState> states;
        try {
            place = places.of(scope);
            List<UnitName> units = resources.stream()
                    .map(d -> new UnitName(d.spec().name()))
                    .filter(u -> !u.isTemplate())
                    .toList();
            states = units.isEmpty() ? Map.of() : systemd.of(scope).look(units);
        } catch (Trouble t) {
            resources.forEach(d -> answers.put(d.id(), new Sighting.Unclear<>(t)));
            return answers;
        }
        for (Desired<ServiceSpec> d : resources) {
            try {
                ServiceSeen seen =
                        look(d.spec(), place, states.get(new UnitName(d.spec().name())));
                refuseTaken(d, seen.unit());
                Optional<PlacedFile> foreign = d.retired() || d.ours() ? Optional.empty() : foreign(seen);
                answers.put(
                        d.id(),
                        foreign.<Sighting<ServiceSeen>>map(f -> new Sighting.Unclear<>(conflict(f)))
                                .orElseGet(() -> new Sighting.Seen<>(seen)));
            } catch (Trouble t) {
                answers.put(d.id(), new Sighting.Unclear<>(t));
            }
        }
        return answers;
    }

    private ServiceSeen look(ServiceSpec spec, UnitPlaces.Place place, UnitState state) throws Trouble {
        PlacedFile file = spec.unit() == null ? null : placed(place.file(spec.name()));
        Map<String, PlacedFile> dropIns = new LinkedHashMap<>();
        for (String key : spec.dropIns().keySet()) {
            dropIns.put(key, placed(place.dropIn(spec.name(), key)));
        }
        Map<Path, Instant> modified = new LinkedHashMap<>();
        for (Path path : spec.restartOn()) {
            files.look(path).ifPresent(facts -> modified.put(path, facts.modified()));
        }
        return new ServiceSeen(
                state,
                file,
                dropIns,
                left(spec, place, state),
                modified,
                place.account().uid(),
                clock.instant());
    }

    /** Files of ours that systemd still reads for the unit, although they are no longer declared. */
    private List<Path> left(ServiceSpec spec, UnitPlaces.Place place, UnitState state) throws Trouble {
        if (state == null) {
            return List.of();
        }
        List<Path> candidates = new ArrayList<>();
        if (spec.unit() == null
                && state.fragment().equals(place.file(spec.name()).toString())) {
            candidates.add(Path.of(state.fragment()));
        }
        Path folder = place.dropInFolder(spec.name());
        for (String text : state.dropIns()) {
            Path path = Path.of(text);
            if (folder.equals(path.getParent())
                    && spec.dropIns().keySet().stream()
                            .noneMatch(key -> place.dropIn(spec.name(), key).equals(path))) {
                candidates.add(path);
            }
        }
        List<Path> left = new ArrayList<>();
        for (Path path : candidates) {
            if (placed(path).isOurs()) {
                left.add(path);
            }
        }
        return left;
    }

    private PlacedFile placed(Path path) throws Trouble {
        Optional<FileFacts> facts = files.look(path);
        if (facts.isEmpty()) {
            return new PlacedFile(path, null, null, "");
        }
        FileFacts f = facts.get();
        boolean readable = f.type() == FileFacts.Type.FILE && f.sizeBytes() <= FILE_LIMIT_BYTES;
        String text = readable ? text(path, f) : null;
        boolean ours = text != null && UnitFile.isOurs(text);
        String owner = ours ? "" : accounts.user(f.uid()).map(a -> a.name()).orElse("uid " + f.uid());
        return new PlacedFile(path, f, text, owner);
    }

    private String text(Path path, FileFacts facts) throws Trouble {
        String text = read.of(path, facts);
        if (text == null) {
            text = new String(files.read(path, FILE_LIMIT_BYTES), UTF_8);
            read.remember(path, facts, text);
        }
        return text;
    }

    /** What others listen on, a socket unit that is to be started would not get. */
    private void refuseTaken(Desired<ServiceSpec> d, UnitState unit) throws Trouble {
        if (d.spec().state() == ServiceState.RUNNING && unit != null && !unit.isActive() && !unit.isMoving()) {
            taken.refuse(d.spec().listens(), own(d));
        }
    }

    /** Whether it is the unit itself that holds a port. */
    private Predicate<Holder> own(Desired<ServiceSpec> d) throws Trouble {
        Optional<Integer> user = systemd.of(d.id().scope()).user();
        return holder -> holder.unit().filter(d.spec().name()::equals).isPresent()
                && holder.manager().equals(user);
    }

    private static Optional<PlacedFile> foreign(ServiceSeen seen) {
        if (seen.file() != null && seen.file().isForeign()) {
            return Optional.of(seen.file());
        }
        return seen.dropIns().values().stream()
                .filter(d -> d.isForeign() || d.isMask())
                .findFirst();
    }

    private static Trouble conflict(PlacedFile file) {
        return Trouble.conflict(
                "there is a " + file.describe() + " at " + file.path() + " that Homeostat did not write; it belongs to "
                        + file.owner(),
                "move it away to have it as declared, or leave out unit and dropIns to keep it");
    }

    // ---- compare

    @Override
    public Assessment assess(Desired<ServiceSpec> desired, ServiceSeen seen) {
        return new ServiceComparison(desired.id(), desired.spec(), seen).assess();
    }

    // ---- correct

    @Override
    public void perform(Desired<ServiceSpec> desired, Action action) throws Trouble {
        Scope scope = desired.id().scope();
        ServiceSpec spec = desired.spec();
        UnitName unit = new UnitName(spec.name());
        ServiceManager manager = systemd.of(scope);
        switch (ServiceVerb.of(action.verb())) {
            case WRITE -> write(desired, places.of(scope));
            case REMOVE -> remove(spec, places.of(scope), unit.isTemplate() ? null : manager.look(unit));
            case RELOAD -> reload(manager, unit);
            case ENABLE -> enable(manager, unit);
            case DISABLE -> manager.disable(unit);
            case MASK -> manager.mask(unit);
            case UNMASK -> manager.unmask(unit);
            // Our own pauses between attempts are the limit. systemd's, which counts ours too, would refuse the attempt
            // that
            // would succeed; and whether it was hit cannot be seen when the unit had failed before.
            case START -> {
                refuseTakenAgain(desired, manager, unit);
                manager.resetFailed(unit);
                explained(desired, manager, () -> manager.start(unit, PATIENCE));
                requireStarted(manager, unit);
            }
            case RESTART -> {
                refuseTakenAgain(desired, manager, unit);
                manager.resetFailed(unit);
                explained(desired, manager, () -> manager.restart(unit, PATIENCE));
                requireStarted(manager, unit);
            }
            case STOP -> manager.stop(unit, JOB_LIMIT);
        }
    }

    private interface Job {
        void run() throws Trouble;
    }

    /**
     * Of most programs only they themselves know their ports: what failed for want of one is not started again while somebody
     * else has it.
     */
    private void refuseTakenAgain(Desired<ServiceSpec> desired, ServiceManager manager, UnitName unit) throws Trouble {
        if (manager.look(unit).isFailed()) {
            List<String> lines = manager.written(unit, Instant.now().minus(LAST_WORDS));
            Optional<Trouble> cause = taken.cause(lines, desired.spec().listens(), own(desired));
            if (cause.isPresent()) {
                throw cause.get();
            }
        }
    }

    /** systemd says that a unit failed; that an address was in use, only the unit's program has said. */
    private void explained(Desired<ServiceSpec> desired, ServiceManager manager, Job start) throws Trouble {
        UnitName unit = new UnitName(desired.spec().name());
        Instant begin = Instant.now(); // the journal's own clock, which no test sets
        try {
            patiently(manager, unit, start);
        } catch (Trouble t) {
            List<String> lines = new ArrayList<>(manager.written(unit, begin));
            lines.add(t.getMessage());
            throw taken.cause(lines, desired.spec().listens(), own(desired)).orElse(t);
        }
    }

    private static void patiently(ServiceManager manager, UnitName unit, Job start) throws Trouble {
        try {
            start.run();
        } catch (Trouble t) {
            if (!manager.goesOn(unit, t)) {
                throw t;
            }
        }
    }

    private void write(Desired<ServiceSpec> desired, UnitPlaces.Place place) throws Trouble {
        ServiceSpec spec = desired.spec();
        Scope scope = desired.id().scope();
        UnitName unit = new UnitName(spec.name());
        UnitState state = unit.isTemplate() ? null : systemd.of(scope).look(unit);
        ServiceSeen seen = look(spec, place, state);
        Optional<PlacedFile> foreign = desired.ours() ? Optional.empty() : foreign(seen);
        if (foreign.isPresent()) {
            throw conflict(foreign.get());
        }
        Map<PlacedFile, UnitFile> due = new LinkedHashMap<>();
        if (spec.unit() != null) {
            due.put(seen.file(), UnitFile.of(spec.unit()));
        }
        spec.dropIns().forEach((key, sections) -> due.put(seen.dropIns().get(key), UnitFile.of(sections)));
        due.entrySet().removeIf(e -> e.getKey().isAsDeclared(e.getValue(), FILE_MODE, seen.owner()));
        if (due.isEmpty()) {
            return;
        }
        verification.verify(spec, state, places.isUsers(scope), place);
        for (var entry : due.entrySet()) {
            PlacedFile file = entry.getKey();
            files.makeWay(
                    file.path().getParent(),
                    FOLDER_MODE,
                    place.account().uid(),
                    place.account().gid());
            if (file.text() != null && !UnitFile.isUntouched(file.text())) {
                kept.keep(file.path(), file.text().getBytes(UTF_8));
            }
            String text = entry.getValue().text(since(file, entry.getValue(), state));
            files.write(
                    file.path(),
                    text.getBytes(UTF_8),
                    FILE_MODE,
                    place.account().uid(),
                    place.account().gid());
            read.forget(file.path());
        }
    }

    /**
     * Whether the unit runs with another text than the one that is about to be written: not so if what is undone is
     * somebody's edit or removal that came after the unit was started.
     */
    static boolean isFirstStartedWithNext(PlacedFile found, UnitFile next, UnitState state) {
        if (!found.isThere()) {
            String path = found.path().toString();
            return !state.fragment().equals(path) && !state.dropIns().contains(path);
        }
        if (found.text() == null) {
            return true;
        }
        if (next.matches(found.text())) {
            return false;
        }
        return !next.wasWrittenTo(found.text()) || !found.facts().modified().isAfter(state.activeEnter());
    }

    /** Since when the content that is about to be written is in force; the edit that it undoes may never have been. */
    private Instant since(PlacedFile found, UnitFile next, UnitState state) {
        if (state == null || !state.isActive() || isFirstStartedWithNext(found, next, state)) {
            return clock.instant();
        }
        return found.text() == null ? state.activeEnter() : found.since();
    }

    private void remove(ServiceSpec spec, UnitPlaces.Place place, UnitState state) throws Trouble {
        List<Path> paths = new ArrayList<>(left(spec, place, state));
        if (spec.retired()) {
            if (spec.unit() != null) {
                paths.add(place.file(spec.name()));
            }
            spec.dropIns().keySet().forEach(key -> paths.add(place.dropIn(spec.name(), key)));
        }
        for (Path path : paths) {
            if (placed(path).isOurs()) {
                files.remove(path);
                read.forget(path);
            }
        }
        Path folder = place.dropInFolder(spec.name());
        if (files.look(folder).filter(f -> f.type() == FileFacts.Type.FOLDER).isPresent()
                && files.list(folder).isEmpty()) {
            files.remove(folder);
        }
    }

    private static void reload(ServiceManager manager, UnitName unit) throws Trouble {
        manager.reload();
        if (unit.isTemplate()) {
            return;
        }
        UnitState state = manager.look(unit);
        if (state.load().equals("bad-setting") || state.load().equals("error")) {
            throw Trouble.invalid(unit + " cannot be loaded: " + state.loadError(), "correct its settings");
        }
    }

    private static void enable(ServiceManager manager, UnitName unit) throws Trouble {
        manager.enable(unit);
        String state = manager.unitFileState(unit);
        if (!state.equals("enabled")) {
            throw Trouble.invalid(
                    unit + " cannot be enabled under this name: systemd calls it " + state,
                    "declare the unit that it belongs to: " + manager.look(unit).id());
        }
    }

    private static void requireStarted(ServiceManager manager, UnitName unit) throws Trouble {
        UnitState state = manager.look(unit);
        if (state.active().equals("inactive") && state.conditionFailed()) {
            throw Trouble.passing(unit + " was not started, because a condition of its own (Condition...=) is not met");
        }
    }

    // ---- leave behind, watch

    @Override
    public Optional<ServiceSpec> whenUndeclared(Desired<ServiceSpec> desired, ServiceSeen before, boolean ours) {
        return desired.spec().retired() || !desired.spec().hasFiles()
                ? Optional.empty()
                : Optional.of(desired.spec().leave());
    }

    @Override
    public Optional<Rival> rival(Desired<ServiceSpec> desired) {
        return witness.whoever(desired.id(), pathsOf(desired));
    }

    @Override
    public synchronized void watch(Collection<Desired<ServiceSpec>> resources, LookAgain lookAgain) {
        Map<Path, Set<ResourceId>> paths = new LinkedHashMap<>();
        Map<Scope, Map<UnitName, ResourceId>> units = new TreeMap<>();
        for (Desired<ServiceSpec> d : resources) {
            UnitName unit = new UnitName(d.spec().name());
            if (!unit.isTemplate()) {
                units.computeIfAbsent(d.id().scope(), s -> new LinkedHashMap<>())
                        .put(unit, d.id());
            }
            pathsOf(d)
                    .forEach(path -> paths.computeIfAbsent(path, p -> ConcurrentHashMap.newKeySet())
                            .add(d.id()));
        }
        List<AutoCloseable> all = new ArrayList<>();
        units.forEach((scope, ids) -> listen(scope, ids, lookAgain).ifPresent(all::add));
        all.add(folderWatch.watch(
                Set.copyOf(paths.keySet()),
                path -> paths.getOrDefault(path, Set.of()).forEach(id -> lookAgain.at(id, path + " changed")),
                () -> lookAgain.all(NAME, "inotify lost events")));
        all.add(witness.watchFiles(Set.copyOf(paths.keySet())));
        AutoCloseable before = watching;
        watching = () -> close(all);
        close(List.of(before));
        read.retain(new HashSet<>(paths.keySet()));
    }

    private Set<Path> pathsOf(Desired<ServiceSpec> d) {
        Set<Path> paths = new HashSet<>(d.spec().restartOn());
        try {
            UnitPlaces.Place place = places.of(d.id().scope());
            if (d.spec().unit() != null) {
                paths.add(place.file(d.spec().name()));
            }
            d.spec()
                    .dropIns()
                    .keySet()
                    .forEach(key -> paths.add(place.dropIn(d.spec().name(), key)));
        } catch (Trouble t) {
            // no such user: the look says so, and there is no folder to watch
            return paths;
        }
        return paths;
    }

    private Optional<AutoCloseable> listen(Scope scope, Map<UnitName, ResourceId> ids, LookAgain lookAgain) {
        try {
            ServiceManager manager = systemd.of(scope);
            return Optional.of(manager.listen(ids.keySet(), new ServiceManager.Listener() {
                @Override
                public void changed(UnitName unit, String cause) {
                    lookAgain.at(ids.get(unit), cause);
                }

                @Override
                public void everything(String cause) {
                    ids.values().forEach(id -> lookAgain.at(id, cause));
                }

                @Override
                public void disturbed(UnitName unit) {
                    witness.look(ids.get(unit), process -> Commands.systemctl(process, unit.text(), manager.user()));
                }

                @Override
                public void stopRequested(UnitName unit) {
                    witness.stopRequested(ids.get(unit), manager.user());
                }

                @Override
                public void ended(UnitName unit, String how) {
                    disturbed(unit);
                    witness.ended(ids.get(unit), how);
                }
            }));
        } catch (Trouble t) {
            return Optional.empty(); // no such user: the look says so
        }
    }

    private static void close(List<AutoCloseable> all) {
        for (AutoCloseable one : all) {
            try {
                one.close();
            } catch (Exception e) {
                throw new IllegalStateException("closing a watch does not fail", e);
            }
        }
    }
}
