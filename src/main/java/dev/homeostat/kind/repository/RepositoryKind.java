package dev.homeostat.kind.repository;

import dev.homeostat.host.posix.FileFacts;
import dev.homeostat.host.posix.FolderWatch;
import dev.homeostat.host.posix.SafeFiles;
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
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * Clones of git repositories. One in which somebody works (changed files, commits of their own, another branch, a merge under
 * way) is left as it is, and says so; one that is no longer declared stays.
 */
@ApplicationScoped
public class RepositoryKind implements Kind<RepositorySpec, RepositorySeen> {
    public static final String NAME = "repository";

    private static final Logger LOG = Logger.getLogger(RepositoryKind.class);
    private static final String CLONE = "clone";
    private static final String UPDATE = "update";
    /** Of a commit's id, for people. */
    private static final int SHORT_DIGITS = 12;
    /** Below .git, while something is under way. */
    private static final Map<String, String> UNDER_WAY = Map.of(
            "MERGE_HEAD", "a merge",
            "CHERRY_PICK_HEAD", "a cherry-pick",
            "REVERT_HEAD", "a revert",
            "BISECT_LOG", "a bisection",
            "rebase-merge", "a rebase",
            "rebase-apply", "a rebase");

    private final Programs programs;
    private final SafeFiles files;
    private final OwnerWatch watch;
    /** What remotes said when they were last asked, of what is watched. */
    private final Map<ResourceId, String> news = new ConcurrentHashMap<>();

    private volatile List<Desired<RepositorySpec>> watched = List.of();
    private volatile LookAgain lookAgain;

    public RepositoryKind(Programs programs, SafeFiles files, FolderWatch folderWatch) {
        this.programs = programs;
        this.files = files;
        this.watch = new OwnerWatch(NAME, programs, folderWatch);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Class<RepositorySpec> specType() {
        return RepositorySpec.class;
    }

    // ---- look

    @Override
    public Map<ResourceId, Sighting<RepositorySeen>> observe(Collection<Desired<RepositorySpec>> resources) {
        Map<ResourceId, Sighting<RepositorySeen>> sightings = new ConcurrentHashMap<>();
        SideBySide.each(resources, d -> sightings.put(d.id(), observe(d)));
        resources.forEach(d -> sightings.putIfAbsent(
                d.id(), new Sighting.Unclear<>(Trouble.passing("interrupted while it was looked at"))));
        return sightings;
    }

    private Sighting<RepositorySeen> observe(Desired<RepositorySpec> desired) {
        try {
            Owner owner = programs.owner(desired.id().scope());
            if (programs.find(owner, "git").isEmpty()) {
                return new Sighting.Unsupported<>("git is not installed for "
                        + owner.account().name() + ": install it (NixOS: programs.git.enable = true)");
            }
            return new Sighting.Seen<>(look(owner, desired));
        } catch (Trouble t) {
            return new Sighting.Unclear<>(t);
        }
    }

    private RepositorySeen look(Owner owner, Desired<RepositorySpec> desired) throws Trouble {
        RepositorySpec spec = desired.spec();
        Path path = spec.path();
        Optional<FileFacts> there = files.look(path);
        if (there.isEmpty()
                || there.get().type() == FileFacts.Type.FOLDER
                        && files.list(path).isEmpty()) {
            return RepositorySeen.NONE;
        }
        if (files.look(path.resolve(".git")).isEmpty()) {
            throw Trouble.conflict(
                    path + " is there and is no git repository", "move it away, or declare another folder");
        }
        Clone clone = new Clone(programs, owner, spec);
        String origin =
                clone.ask("config", "--get", "remote.origin.url").orElse("").strip();
        if (!origin.equals(spec.url())) {
            throw Trouble.conflict(
                    path + " is a clone of " + (origin.isEmpty() ? "nothing" : origin) + ", not of " + spec.url(),
                    "declare it as it is, or: git -C " + path + " remote set-url origin " + spec.url());
        }
        Status status = Status.parse(clone.must("status", "--porcelain=v2", "--branch", "--untracked-files=no"));
        String target = clone.ask("rev-parse", "--verify", "--quiet", spec.ref().local() + "^{commit}")
                .map(String::strip)
                .orElse(null);
        List<String> work = new ArrayList<>();
        if (status.changed() > 0) {
            work.add(status.changed() + (status.changed() == 1 ? " changed file" : " changed files"));
        }
        for (Map.Entry<String, String> sign : UNDER_WAY.entrySet()) {
            if (files.look(path.resolve(".git").resolve(sign.getKey())).isPresent()) {
                work.add(sign.getValue() + " is under way");
            }
        }
        if (status.branch() != null
                && !(spec.ref().isBranch() && status.branch().equals(spec.ref().name()))) {
            work.add("branch " + status.branch() + " is checked out");
        }
        String head = status.head();
        if (head != null
                && !head.equals(target)
                && !clone.must("rev-list", "--max-count=1", head, "--not", "--remotes=origin", "--tags")
                        .isBlank()) {
            work.add("commits that are not at the remote");
        }
        return new RepositorySeen(true, status.branch(), head, target, news.get(desired.id()), work);
    }

    /**
     * What {@code git status} tells.
     *
     * @param branch null if none is checked out
     * @param head null before the first commit
     * @param changed files that are not as in the commit
     */
    record Status(String branch, String head, int changed) {
        private static final String HEAD = "# branch.oid ";
        private static final String BRANCH = "# branch.head ";

        static Status parse(String text) {
            String branch = null;
            String head = null;
            int changed = 0;
            for (String line : text.lines().toList()) {
                if (line.startsWith(HEAD)) {
                    head = line.substring(HEAD.length());
                } else if (line.startsWith(BRANCH)) {
                    branch = line.substring(BRANCH.length());
                } else if (!line.startsWith("#") && !line.isBlank()) {
                    changed++;
                }
            }
            return new Status(
                    "(detached)".equals(branch) ? null : branch, "(initial)".equals(head) ? null : head, changed);
        }
    }

    // ---- compare

    @Override
    public Assessment assess(Desired<RepositorySpec> desired, RepositorySeen seen) {
        RepositorySpec spec = desired.spec();
        ResourceId id = desired.id();
        if (!seen.there()) {
            return assessment(
                    id, "cloned from " + spec.url(), "absent", CLONE, "clone " + spec.url() + " to " + spec.path(), "");
        }
        boolean atRef = seen.head() != null
                && seen.head().equals(seen.target())
                && (seen.branch() != null) == spec.ref().isBranch();
        boolean moved = seen.news() != null && !seen.news().equals(seen.target());
        if (!seen.work().isEmpty()) {
            return Assessment.inSync("it has local work and is left alone: " + String.join(", ", seen.work())
                    + (moved ? "; " + spec.ref() + " has moved to " + cut(seen.news()) : ""));
        }
        if (atRef && !moved) {
            return Assessment.IN_SYNC;
        }
        String wanted = moved ? seen.news() : seen.target();
        return assessment(
                id,
                spec.ref() + (wanted == null || !spec.ref().isBranch() ? "" : " (" + cut(wanted) + ")"),
                seen.head() == null ? "no commit" : cut(seen.head()),
                UPDATE,
                "move " + spec.path() + " to " + spec.ref(),
                seen.head() == null ? "" : "git checkout " + cut(seen.head()));
    }

    private static String cut(String commit) {
        return commit.substring(0, Math.min(commit.length(), SHORT_DIGITS));
    }

    private static Assessment assessment(
            ResourceId id, String wanted, String observed, String verb, String summary, String undo) {
        return new Assessment(
                List.of(new Difference("ref", wanted, observed)),
                List.of(new Action(id, verb, Phase.TOOLING, Impact.NONE, summary, undo)));
    }

    // ---- correct

    @Override
    public void perform(Desired<RepositorySpec> desired, Action action) throws Trouble {
        perform(desired, action, advance -> {});
    }

    @Override
    public void perform(Desired<RepositorySpec> desired, Action action, Consumer<Advance> advances) throws Trouble {
        Owner owner = programs.owner(desired.id().scope());
        Clone clone = new Clone(programs, owner, desired.spec());
        switch (action.verb()) {
            case CLONE -> clone.make(advances);
            case UPDATE -> {
                RepositorySeen now = look(owner, desired);
                if (!now.there() || !now.work().isEmpty()) {
                    return; // somebody began to work there meanwhile: the next look says so
                }
                clone.update(now.branch(), advances);
            }
            default -> throw new IllegalArgumentException("no such verb: " + action.verb());
        }
        // what was heard of the remote may be older than what was fetched
        news.remove(desired.id());
    }

    /** A clone is its owner's from the first moment: what is in it may be nowhere else. */
    @Override
    public Optional<RepositorySpec> whenUndeclared(
            Desired<RepositorySpec> desired, RepositorySeen before, boolean ours) {
        return Optional.empty();
    }

    // ---- watch

    @Override
    public void watch(Collection<Desired<RepositorySpec>> resources, LookAgain newLookAgain) {
        lookAgain = newLookAgain;
        watched = List.copyOf(resources);
        news.keySet().retainAll(resources.stream().map(Desired::id).toList());
        watch.watch(
                resources.stream()
                        .map(d -> new OwnerWatch.Watched(
                                d.id(),
                                owner -> Set.of(d.spec().path()),
                                owner -> Set.of(d.spec().path().resolve(".git"))))
                        .toList(),
                newLookAgain);
    }

    @Override
    public Optional<Duration> pollEvery(Collection<Desired<RepositorySpec>> resources) {
        return resources.stream()
                .filter(d -> d.spec().ref().isBranch())
                .map(d -> d.spec().every())
                .min(Duration::compareTo);
    }

    @Override
    public void poll() {
        SideBySide.each(watched.stream().filter(d -> d.spec().ref().isBranch()).toList(), this::ask);
    }

    private void ask(Desired<RepositorySpec> desired) {
        try {
            Optional<String> head =
                    new Clone(programs, programs.owner(desired.id().scope()), desired.spec()).remoteHead();
            if (head.isPresent() && !head.get().equals(news.put(desired.id(), head.get()))) {
                lookAgain.at(desired.id(), desired.spec().ref() + " is at " + cut(head.get()) + " at the remote");
            }
        } catch (Trouble t) { // a laptop on a train; the next poll asks again
            LOG.debugf("%s: the remote was not asked: %s", desired.id(), t.sentence());
        }
    }

    @Override
    public Duration patience(Desired<RepositorySpec> desired) {
        return Clone.TRANSFER_LIMIT.multipliedBy(2);
    }
}
