package dev.homeostat.reconcile;

import dev.homeostat.declaration.Declaration;
import dev.homeostat.declaration.DeclarationFiles;
import dev.homeostat.declaration.DeclarationReader;
import dev.homeostat.declaration.InvalidDeclaration;
import dev.homeostat.declaration.Policy;
import dev.homeostat.host.posix.FolderWatch;
import dev.homeostat.reconcile.MachineStatus.DeclarationState;
import dev.homeostat.resource.Problem;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import org.jboss.logging.Logger;

/** The declaration's files: what they say by now, and whether that may come in force. Thread-safe. */
final class DeclarationSource {
    private static final Logger LOG = Logger.getLogger(DeclarationSource.class);
    /** As many digits of a revision as tell it apart for people. */
    private static final int SHORT_ID_DIGITS = 12;

    private final DeclarationFiles files;
    private final DeclarationReader reader;
    private final Journal journal;
    private final World world;
    private final Events events;
    private final InstantSource clock;
    private volatile DeclarationState state;
    /** Which files were read last. */
    private volatile Set<Object> known = Set.of();

    DeclarationSource(
            DeclarationFiles files,
            DeclarationReader reader,
            Journal journal,
            World world,
            Events events,
            InstantSource clock) {
        this.files = files;
        this.reader = reader;
        this.journal = journal;
        this.world = world;
        this.events = events;
        this.clock = clock;
        this.state = new DeclarationState("missing", "not read yet", List.of(), clock.instant());
    }

    void watch(FolderWatch folderWatch, Runnable changed) {
        folderWatch.watch(Set.of(files.file()), path -> changed.run(), changed);
        folderWatch.watchFolder(files.folder(), changed);
    }

    /** An editor has one of them open for writing. */
    boolean isBeingWritten() {
        return files.areBeingWritten();
    }

    /**
     * What is there may be half of an edit that was not made in one step: a file that is missing, or one that was written
     * in place and is now invalid or lacks resources. What was moved to its place is whole.
     */
    boolean isDoubtful() {
        try {
            Optional<Declaration> read = read();
            return read.isEmpty() || lacksSome(read.get()) && !hasNewFile();
        } catch (InvalidDeclaration e) {
            return !hasNewFile();
        }
    }

    private boolean lacksSome(Declaration next) {
        return world.declaration()
                .filter(now ->
                        !next.resources().keySet().containsAll(now.resources().keySet()))
                .isPresent();
    }

    private boolean hasNewFile() {
        return !known.containsAll(files.identities());
    }

    /** Empty if there is no machine.yaml. */
    Optional<Declaration> read() throws InvalidDeclaration {
        SequencedMap<String, byte[]> contents = files.read();
        return contents.isEmpty() ? Optional.empty() : Optional.of(read(contents));
    }

    Declaration read(SequencedMap<String, byte[]> contents) throws InvalidDeclaration {
        return check(reader.read(contents));
    }

    Declaration restore(Journal.Kept kept) throws InvalidDeclaration {
        return check(reader.restore(kept.content(), kept.id(), kept.files()));
    }

    /** Rules over all resources that are the loop's own. */
    private static Declaration check(Declaration declaration) throws InvalidDeclaration {
        List<Problem> problems = Dependencies.circles(declaration.resources().values());
        if (!problems.isEmpty()) {
            throw new InvalidDeclaration(problems);
        }
        return declaration;
    }

    /** What is wrong with the files themselves, whatever they say. */
    List<Problem> fileProblems() {
        try {
            files.read();
            return List.of();
        } catch (InvalidDeclaration e) {
            return e.problems();
        }
    }

    /** Empty if the files are missing or invalid: whatever they become takes over. */
    String revisionOnDisk() {
        return readIfValid().map(Declaration::revision).orElse("");
    }

    /** What the files say, if it is this revision. */
    Optional<Declaration> readIfIs(String revision) {
        return readIfValid().filter(d -> d.revision().equals(revision));
    }

    private Optional<Declaration> readIfValid() {
        try {
            return read();
        } catch (InvalidDeclaration e) {
            return Optional.empty(); // whoever asks reads again in order to tell
        }
    }

    /**
     * What the files say, unless they are missing, invalid, held or have to wait for a person: then that is the state.
     *
     * @return empty if what is in force stays in force
     */
    Optional<Declaration> due() {
        known = files.identities();
        Declaration declaration;
        try {
            Optional<Declaration> read = read();
            if (read.isEmpty()) {
                say("missing", "there is no machine.yaml" + staysInForce());
                return Optional.empty();
            }
            declaration = read.get();
        } catch (InvalidDeclaration e) {
            say("invalid", e.getMessage() + staysInForce(), e.problems());
            return Optional.empty();
        }
        Optional<Journal.Hold> hold = journal.hold();
        if (hold.isPresent() && hold.get().ignored().equals(declaration.revision())) {
            sayHeld(world.revision(), hold.get().by());
            return Optional.empty();
        }
        if (!declaration.revision().equals(world.revision())
                && declaration.policy().apply() == Policy.Consent.ASK) {
            say(
                    "waiting",
                    "revision " + shortId(declaration.revision())
                            + " waits for: homeostat apply (policy.apply is ask)");
            return Optional.empty();
        }
        return Optional.of(declaration);
    }

    private String staysInForce() {
        return world.declaration()
                .map(d -> "; revision " + shortId(d.revision()) + " stays in force")
                .orElse("");
    }

    void sayInForce() {
        say("in-force", "");
    }

    void sayHeld(String revision, String by) {
        say(
                "held",
                "rolled back to revision " + shortId(revision) + " by " + by
                        + "; edit machine.yaml, or: homeostat apply");
    }

    private void say(String next, String message) {
        say(next, message, List.of());
    }

    private void say(String next, String message, List<Problem> problems) {
        DeclarationState before = state;
        if (before.state().equals(next) && before.message().equals(message)) {
            return;
        }
        state = new DeclarationState(next, message, problems, clock.instant());
        String text = "declaration: " + next + (message.isEmpty() ? "" : ": " + message);
        switch (next) {
            case "invalid" -> {
                LOG.warn(text);
                problems.stream().skip(1).forEach(p -> LOG.warnf("declaration: invalid: %s", p));
            }
            case "missing" -> LOG.warn(text);
            default -> LOG.info(text);
        }
        events.tell("declaration", null, text);
    }

    DeclarationState state() {
        return state;
    }

    static String shortId(String revision) {
        return revision.length() > SHORT_ID_DIGITS ? revision.substring(0, SHORT_ID_DIGITS) : revision;
    }
}
