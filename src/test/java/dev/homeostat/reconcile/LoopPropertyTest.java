package dev.homeostat.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.declaration.DeclarationReader;
import dev.homeostat.declaration.GeneratedSchema;
import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.Inotify;
import dev.homeostat.host.posix.KeptFiles;
import dev.homeostat.host.posix.NameService;
import dev.homeostat.host.posix.PosixFiles;
import dev.homeostat.host.witness.Witnesses;
import dev.homeostat.journal.SqliteJournal;
import dev.homeostat.kind.file.FileKind;
import dev.homeostat.kind.file.FileSection;
import dev.homeostat.reconcile.Parts.Part;
import dev.homeostat.resource.Condition;
import dev.homeostat.resource.Layer;
import dev.homeostat.resource.Section;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/**
 * The whole loop over random declarations and random accidents. Each try is made of one number, which a failure prints: the
 * order of threads is the machine's own, what is asked of them is not.
 */
class LoopPropertyTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Actor ME = new Actor(0, 1, "root");
    private static final int NAMES = 9;
    private static final String POLICY = "version: 1\npolicy: {backoff: {initial: 10ms, limit: 40ms}}\n";

    /** The daemon has died at a step of its journal: like SIGKILL, it does nothing more, not even in other threads. */
    private static final class Died extends Error {
        private static final long serialVersionUID = 1L;

        Died() {
            super("died", null, false, false);
        }
    }

    static {
        Thread.UncaughtExceptionHandler others = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, e) -> {
            if (!(e instanceof Died) && others != null) {
                others.uncaughtException(thread, e);
            } else if (!(e instanceof Died)) {
                e.printStackTrace();
            }
        });
    }

    /** A state folder, a machine of parts and of files, and one daemon after the other that keeps them. */
    private static final class Rig implements AutoCloseable {
        final Path folder;
        final Path files;
        final Locations locations;
        final Parts parts = new Parts();
        final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
        SqliteJournal journal;
        Keeper keeper;
        MachineEngine engine;
        private Inotify inotify;
        /** Calls of the journal until death; at 0 and below nobody dies. */
        private final AtomicInteger left = new AtomicInteger();

        private volatile boolean dead;

        Rig() throws IOException {
            folder = Files.createTempDirectory("loop").toRealPath();
            files = Files.createDirectory(folder.resolve("files"));
            Path config = Files.createDirectory(folder.resolve("config"));
            locations = new Locations(true, config, folder.resolve("state"), folder.resolve("run/control.sock"));
        }

        void start() throws Exception {
            dead = false;
            parts.live();
            journal = new SqliteJournal(locations);
            inotify = new Inotify();
            NameService accounts = new NameService();
            List<Section<?>> sections = List.of(new FileSection(locations, accounts), parts);
            DeclarationReader reader = new DeclarationReader(
                    sections, List.of(), List.of(), locations, () -> GeneratedSchema.of(sections, List.of()));
            Ownership ownership = new Ownership();
            Kinds kinds = new Kinds(
                    List.of(
                            new FileKind(
                                    new PosixFiles(),
                                    accounts,
                                    inotify,
                                    new KeptFiles(locations, new PosixFiles()),
                                    locations,
                                    Witnesses.seeingProcesses(accounts),
                                    InstantSource.system()),
                            parts),
                    ownership);
            keeper = Keepers.of(
                    kinds,
                    locations,
                    reader,
                    inotify,
                    mortal(journal),
                    ownership,
                    InstantSource.system(),
                    Keeper.HUNG_AFTER);
            engine = Keepers.engine(keeper, kinds, locations, reader, journal, InstantSource.system(), events);
            keeper.start();
        }

        private Journal mortal(SqliteJournal real) {
            return (Journal) Proxy.newProxyInstance(
                    Journal.class.getClassLoader(), new Class<?>[] {Journal.class}, (proxy, method, arguments) -> {
                        if (method.getName().equals("trouble")) {
                            return real.trouble();
                        }
                        step();
                        try {
                            return method.invoke(real, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        } finally {
                            step();
                        }
                    });
        }

        private void step() {
            if (!dead && left.get() > 0 && left.decrementAndGet() == 0) {
                dead = true;
                parts.die();
            }
            if (dead) {
                throw new Died();
            }
        }

        void diesAfter(int steps) {
            left.set(steps);
        }

        boolean isDead() {
            return dead;
        }

        void stop() {
            left.set(0);
            try {
                keeper.stop(LONG);
            } catch (Died e) {
                journal.close();
            } finally {
                inotify.close();
            }
        }

        void declare(String yaml) throws IOException {
            Path next = folder.resolve("config/.next");
            Files.deleteIfExists(next);
            Files.createFile(next, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r--r--")));
            Files.writeString(next, yaml);
            Files.move(next, locations.declaration(), java.nio.file.StandardCopyOption.ATOMIC_MOVE);
        }

        /** @return the status that is as expected: a moment later what fails is tried again */
        MachineStatus await(String what, Predicate<MachineStatus> expected) throws InterruptedException {
            return Keepers.await(engine, events, LONG, what, expected);
        }

        boolean awaitOrDeath(Predicate<MachineStatus> expected) throws InterruptedException {
            await("right or dead", s -> dead || expected.test(s));
            return !dead;
        }

        /** Everything is looked at; a pass that has nothing to do must not do anything. */
        void secondPassChangesNothing() throws Exception {
            await(
                    "the last run is closed",
                    s -> keeper.awaitRest(Set.of(Layer.MACHINE), LONG)
                            && engine.history(Optional.empty(), 1).stream()
                                    .allMatch(r -> r.outcome().isPresent()));
            int actions = parts.actions();
            String before = picture();
            keeper.passWithoutPauses(List.of(), "second pass");
            await("rest after the second pass", s -> s.queued() == 0 && keeper.awaitRest(Set.of(Layer.MACHINE), LONG));
            assertThat(parts.actions()).isEqualTo(actions);
            assertThat(picture()).isEqualTo(before);
        }

        /** Everything that a write would change. */
        private String picture() throws IOException {
            StringBuilder all = new StringBuilder();
            try (Stream<Path> paths = Files.walk(files)) {
                for (Path p : paths.sorted().toList()) {
                    all.append(p)
                            .append(' ')
                            .append(Files.readAttributes(
                                    p, "unix:ino,lastModifiedTime,ctime,mode", LinkOption.NOFOLLOW_LINKS))
                            .append('\n');
                }
            }
            List<RunInfo> runs = engine.history(Optional.empty(), 1);
            return all + (runs.isEmpty() ? "no run" : runs.getFirst().toString());
        }

        @Override
        public void close() throws IOException {
            stop();
            Files.walkFileTree(folder, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes a) throws IOException {
                    Files.delete(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path dir, IOException e) throws IOException {
                    Files.delete(dir);
                    return FileVisitResult.CONTINUE;
                }
            });
        }
    }

    // ---- parts that need each other

    /** Who needs whom is another order each time, so that it can turn around between two declarations. */
    private static Map<String, Part> parts(Random random) {
        List<String> names =
                new ArrayList<>(IntStream.range(0, NAMES).mapToObj(i -> "p" + i).toList());
        Collections.shuffle(names, random);
        Map<String, Part> parts = new TreeMap<>();
        List<String> before = new ArrayList<>();
        for (String name : names.subList(0, random.nextInt(NAMES + 1))) {
            Set<String> needs =
                    before.stream().filter(b -> random.nextInt(3) == 0).collect(Collectors.toCollection(TreeSet::new));
            parts.put(name, new Part("v" + random.nextInt(3), needs));
            before.add(name);
        }
        return parts;
    }

    private static String yaml(Map<String, Part> parts) {
        if (parts.isEmpty()) {
            return POLICY;
        }
        return POLICY + "parts:\n"
                + parts.entrySet().stream()
                        .map(e -> "  %s: {value: %s, needs: [%s]}\n"
                                .formatted(
                                        e.getKey(),
                                        e.getValue().value(),
                                        String.join(", ", e.getValue().needs())))
                        .collect(Collectors.joining());
    }

    private static Map<String, String> values(Map<String, Part> parts) {
        Map<String, String> values = new HashMap<>();
        parts.forEach((name, part) -> values.put(name, part.value()));
        return values;
    }

    private static boolean isAsDeclared(MachineStatus s, Map<String, Part> parts) {
        return s.right()
                && s.revision().orElseThrow().resources() == parts.size()
                && s.resources().size() == parts.size();
    }

    @Property(tries = 7, shrinking = ShrinkingMode.OFF)
    void in_the_order_of_needs_nothing_twice_and_right_in_the_end(@ForAll long seed) throws Exception {
        Random random = new Random(seed);
        try (Rig rig = new Rig()) {
            rig.declare(POLICY);
            rig.start();
            Map<String, Part> last = Map.of();
            for (int round = 0; round < 5; round++) {
                Map<String, Part> parts = parts(random);
                rig.parts.lastWas(last);
                rig.parts.declare(parts);
                if (random.nextBoolean()) {
                    rig.parts.failsAtFirst("p" + random.nextInt(NAMES), 1 + random.nextInt(2));
                }
                rig.declare(yaml(parts));
                Map<String, String> expected = values(parts);
                rig.await(
                        "round " + round + " of " + parts,
                        s -> rig.parts.values().equals(expected) && isAsDeclared(s, parts));
                assertThat(rig.parts.mistakes())
                        .as("seed %d, round %d", seed, round)
                        .isEmpty();
                rig.secondPassChangesNothing();
                for (int i = random.nextInt(4); i > 0; i--) { // one after the other: each is put back by itself
                    String name = "p" + random.nextInt(NAMES);
                    if (parts.containsKey(name)) {
                        rig.parts.drift(name, random.nextBoolean() ? null : "drift");
                        rig.await("drift of " + name, s -> rig.parts.values().equals(expected) && s.right());
                    }
                }
                assertThat(rig.parts.mistakes())
                        .as("seed %d, drift in round %d", seed, round)
                        .isEmpty();
                last = parts;
            }
        }
    }

    @Property(tries = 14, shrinking = ShrinkingMode.OFF)
    void killed_at_any_step_it_goes_on_where_the_machine_is(@ForAll long seed) throws Exception {
        Random random = new Random(seed);
        try (Rig rig = new Rig()) {
            Map<String, Part> first = parts(random);
            rig.parts.declare(first);
            rig.declare(yaml(first));
            rig.start();
            rig.await("the first", s -> rig.parts.values().equals(values(first)) && isAsDeclared(s, first));
            Map<String, Part> second = parts(random);
            rig.parts.lastWas(first);
            rig.parts.declare(second);
            rig.diesAfter(1 + random.nextInt(80));
            rig.declare(yaml(second));
            Map<String, String> expected = values(second);
            boolean lives = rig.awaitOrDeath(s -> rig.parts.values().equals(expected) && isAsDeclared(s, second));
            rig.stop();
            rig.start();
            rig.await(
                    (lives ? "at peace after " : "killed on the way to ") + second,
                    s -> rig.parts.values().equals(expected) && isAsDeclared(s, second));
            assertThat(rig.parts.mistakes()).as("seed %d", seed).isEmpty();
            rig.secondPassChangesNothing();
            assertThat(rig.engine.history(Optional.empty(), 1000))
                    .as("seed %d: no run is left open", seed)
                    .allSatisfy(r -> assertThat(r.outcome()).isPresent());
            List<RunInfo> history = rig.engine.history(Optional.empty(), 1000);
            boolean known = history.stream()
                    .anyMatch(r -> r.trigger().equals("change")
                            && r.outcome().orElse("").equals("interrupted")
                            && r.revision()
                                    .equals(rig.engine
                                            .status()
                                            .revision()
                                            .orElseThrow()
                                            .id()));
            if (known) { // it died after the change had begun: nobody but us moved anything
                assertThat(history)
                        .as("seed %d", seed)
                        .noneMatch(r -> r.trigger().equals("drift"));
            }
        }
    }

    // ---- files

    private static String files(Random random, Path folder) {
        TreeMap<String, String> entries = new TreeMap<>();
        for (int i = random.nextInt(6); i >= 0; i--) {
            String path = path(random, folder).toString();
            entries.put(
                    path,
                    switch (random.nextInt(5)) {
                        case 0 -> "{type: folder}";
                        case 1 -> "{type: link, target: nowhere}";
                        case 2 -> "{type: absent}";
                        default -> "{content: \"" + random.nextInt(3) + "\", mode: \"06" + random.nextInt(3) + "4\"}";
                    });
        }
        return POLICY + "files:\n"
                + entries.entrySet().stream()
                        .map(e -> "  " + e.getKey() + ": " + e.getValue() + "\n")
                        .collect(Collectors.joining());
    }

    private static Path path(Random random, Path folder) {
        Path path = folder;
        for (int depth = 1 + random.nextInt(3); depth > 0; depth--) {
            path = path.resolve("n" + random.nextInt(3));
        }
        return path;
    }

    private static void accident(Random random, Path folder) throws IOException {
        Path path = path(random, folder);
        try {
            switch (random.nextInt(5)) {
                case 0 -> Files.writeString(path, "accident");
                case 1 -> Files.deleteIfExists(path);
                case 2 -> Files.createDirectories(path);
                case 3 -> Files.createSymbolicLink(path, folder.resolve("elsewhere"));
                default -> Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxrwxrwx"));
            }
        } catch (java.nio.file.FileSystemException e) {
            assertThat(e).as("there is something else at the moment").isInstanceOf(IOException.class);
        }
    }

    @Property(tries = 7, shrinking = ShrinkingMode.OFF)
    void files_end_as_declared_or_with_a_reason(@ForAll long seed) throws Exception {
        Random random = new Random(seed);
        try (Rig rig = new Rig()) {
            rig.declare(POLICY);
            rig.start();
            for (int round = 0; round < 4; round++) {
                rig.declare(files(random, rig.files));
                for (int i = random.nextInt(12); i > 0; i--) {
                    accident(random, rig.files);
                }
                if (random.nextInt(3) == 0) {
                    rig.stop();
                    rig.start();
                }
            }
            // the first pass may still be under way; and what the last accident's event has not said yet, a pass sees
            assertThat(rig.keeper.awaitFirstPass(LONG)).isTrue();
            rig.keeper.readFilesLocked("test");
            rig.keeper.passWithoutPauses(List.of(), "test");
            MachineStatus status = rig.await(
                    "rest",
                    s -> s.declaration().state().equals("in-force")
                            && s.queued() == 0
                            && s.resources().stream()
                                    .noneMatch(r -> r.condition() == Condition.DRIFTED
                                            || r.condition() == Condition.CONVERGING));
            assertThat(status.resources()).as("seed %d", seed).allSatisfy(r -> {
                if (r.condition() != Condition.IN_SYNC) {
                    assertThat(r.condition()).isIn(Condition.FAILED, Condition.BLOCKED);
                    assertThat(r.reason()).isNotBlank();
                }
            });
            if (status.right()) {
                rig.secondPassChangesNothing();
                assertThat(rig.engine.plan().nothingToDo())
                        .as("seed %d: %s %s", seed, rig.engine.status(), rig.engine.plan())
                        .isTrue();
            }
        }
    }
}
