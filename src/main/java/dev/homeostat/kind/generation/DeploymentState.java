package dev.homeostat.kind.generation;

import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.resource.Deployed;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Trouble;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What the machine itself does not show: files below {@code deployment/} in the daemon's folder of state, each written as a
 * whole and synced. One that cannot be read is a trouble, never taken for absent: a lost rollback point must not go unseen.
 * Thread-safe.
 */
final class DeploymentState {
    /** Of what is to be in force: half a SHA-256. */
    static final String KEY = "[0-9a-f]{32}";

    private static final String POINT = "rollback-point.json";
    private static final String VERIFIED = "verified.json";
    private static final String TRIAL = "trial.json";
    private static final String PREVIEW = "preview.json";
    private static final String REPORT = "report.json";
    private static final String INPUTS = "inputs.json";
    private static final String GIT = "git.json";
    private static final String ORDER = "order.json";
    private static final String FORMER_LOCK = "former-inputs.json";
    private static final String CHRONICLE = "chronicle";
    private static final String QUARANTINE = "quarantine";
    /** Reports list the packages that changed: of a large update some thousands. */
    private static final long FILE_LIMIT_BYTES = 8L << 20;
    /** So many that did not pass are remembered; who has more of them has another problem. */
    private static final int QUARANTINE_LIMIT = 50;

    /** As many deployments are remembered. */
    static final int CHRONICLE_LIMIT = 100;
    /** Milliseconds since the epoch, so that names sort by time until the year 2286; then the key. */
    private static final String ENTRY_FORM = "%013d-%s.json";

    private static final String ENTRY = "[0-9]{13}-" + KEY + "\\.json";

    private static final int FILE_MODE = 0600;
    private static final int FOLDER_MODE = 0700;

    private final Path folder;
    private final SafeFiles files;
    private final int uid;
    private final int gid;

    /** @param uid to whom the files belong */
    DeploymentState(Path folder, SafeFiles files, int uid, int gid) {
        this.folder = folder;
        this.files = files;
        this.uid = uid;
        this.gid = gid;
    }

    Optional<RollbackPoint> point() throws Trouble {
        return read(folder.resolve(POINT), RollbackPoint.class);
    }

    void point(RollbackPoint point) throws Trouble {
        write(folder.resolve(POINT), point);
    }

    Optional<Verified> verified() throws Trouble {
        return read(folder.resolve(VERIFIED), Verified.class);
    }

    void verified(Verified verified) throws Trouble {
        write(folder.resolve(VERIFIED), verified);
    }

    /** The last one. */
    Optional<Trial> trial() throws Trouble {
        return read(folder.resolve(TRIAL), Trial.class);
    }

    void trial(Trial trial) throws Trouble {
        write(folder.resolve(TRIAL), trial);
    }

    /** The last one. */
    Optional<Preview> preview() throws Trouble {
        return read(folder.resolve(PREVIEW), Preview.class);
    }

    void preview(Preview preview) throws Trouble {
        write(folder.resolve(PREVIEW), preview);
    }

    Optional<Report> report() throws Trouble {
        return read(folder.resolve(REPORT), Report.class);
    }

    void report(Report report) throws Trouble {
        write(folder.resolve(REPORT), report);
    }

    Optional<GitState> git() throws Trouble {
        return read(folder.resolve(GIT), GitState.class);
    }

    void git(GitState git) throws Trouble {
        write(folder.resolve(GIT), git);
    }

    /** What the owner wants instead of what was declared then. */
    Optional<SystemOrder> order() throws Trouble {
        return read(folder.resolve(ORDER), SystemOrder.class);
    }

    void order(Optional<SystemOrder> order) throws Trouble {
        if (order.isPresent()) {
            write(folder.resolve(ORDER), order.get());
        } else {
            files.remove(folder.resolve(ORDER));
        }
    }

    /**
     * The lock file before the last update.
     *
     * @param now digest of the one that came after it
     * @param at when
     * @param passed whether a system with that one has passed
     */
    record FormerLock(String content, String now, Instant at, boolean passed) {
        FormerLock withPassed() {
            return new FormerLock(content, now, at, true);
        }
    }

    Optional<FormerLock> formerLock() throws Trouble {
        return read(folder.resolve(FORMER_LOCK), FormerLock.class);
    }

    void formerLock(FormerLock lock) throws Trouble {
        write(folder.resolve(FORMER_LOCK), lock);
    }

    /** What the names of inputs stood for when the lock file was made; empty if that is not known. */
    Optional<Inputs> inputs() throws Trouble {
        return read(folder.resolve(INPUTS), Inputs.class);
    }

    void inputs(Inputs inputs) throws Trouble {
        write(folder.resolve(INPUTS), inputs);
    }

    /**
     * What inputs were locked from.
     *
     * @param flakes references of flakes by name
     * @param locked of what was locked and to what, as {@link GeneratedTree#inputsDigest} says it
     */
    record Inputs(Map<String, String> flakes, String locked) {
        Inputs {
            flakes = new TreeMap<>(flakes);
            locked = locked == null ? "" : locked;
        }
    }

    /** Where a quarantine is while it lasts: it ends when the file is removed. */
    Path quarantine(String key) {
        return quarantines().resolve(key + ".json");
    }

    Path quarantines() {
        return folder.resolve(QUARANTINE);
    }

    Optional<Quarantine> quarantined(String key) throws Trouble {
        Path file = quarantine(key);
        Optional<Quarantine> quarantine = read(file, Quarantine.class);
        if (quarantine.isPresent() && !quarantine.get().key().equals(key)) {
            throw unreadable(file, "it is about something else", null);
        }
        return quarantine;
    }

    void quarantine(Quarantine quarantine) throws Trouble {
        write(quarantine(quarantine.key()), quarantine);
        List<String> names = files.list(quarantines());
        for (int i = 0; names.size() - i > QUARANTINE_LIMIT; i++) {
            Path other = quarantines().resolve(names.get(i));
            if (!other.equals(quarantine(quarantine.key()))) {
                files.remove(other);
            }
        }
    }

    /** @return whether there was one */
    boolean lift(String key) throws Trouble {
        boolean there = files.look(quarantine(key)).isPresent();
        if (there) {
            files.remove(quarantine(key));
        }
        return there;
    }

    /** What became of deployments, newest first. */
    List<Deployed> chronicle(int limit) throws Trouble {
        List<Deployed> entries = new ArrayList<>();
        for (String name : entries().reversed()) {
            if (entries.size() < limit) {
                read(folder.resolve(CHRONICLE).resolve(name), Deployed.class).ifPresent(entries::add);
            }
        }
        return entries;
    }

    /** One entry for one deployment: what was put down of it before is replaced. */
    void chronicle(String key, Deployed deployed) throws Trouble {
        write(
                folder.resolve(CHRONICLE)
                        .resolve(ENTRY_FORM.formatted(deployed.began().toEpochMilli(), key)),
                deployed);
        List<String> names = entries();
        for (String name : names.subList(0, Math.max(0, names.size() - CHRONICLE_LIMIT))) {
            files.remove(folder.resolve(CHRONICLE).resolve(name));
        }
    }

    private List<String> entries() throws Trouble {
        return files.list(folder.resolve(CHRONICLE)).stream()
                .filter(name -> name.matches(ENTRY))
                .sorted()
                .toList();
    }

    private <T> Optional<T> read(Path file, Class<T> type) throws Trouble {
        if (files.look(file).isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(Json.read(new String(files.read(file, FILE_LIMIT_BYTES), StandardCharsets.UTF_8), type));
        } catch (IllegalArgumentException e) {
            throw unreadable(file, e.getMessage(), e);
        }
    }

    private static Trouble unreadable(Path file, String why, Exception cause) {
        return new Trouble(
                Trouble.Sort.INVALID,
                file + " is not as Homeostat wrote it: " + why,
                "look at the machine, then remove the file",
                cause);
    }

    private void write(Path file, Object value) throws Trouble {
        files.makeWay(file.getParent(), FOLDER_MODE, uid, gid);
        files.write(file, Folder.utf8(Json.write(value) + "\n"), FILE_MODE, uid, gid);
    }
}
