package dev.homeostat.kind.generation;

import dev.homeostat.host.git.CommitId;
import dev.homeostat.host.git.GitMirror;
import dev.homeostat.host.git.GitRemote;
import dev.homeostat.host.git.SigningKeys;
import dev.homeostat.host.posix.FileFacts;
import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.kind.generation.settings.GitSourceSettings;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Sha256;
import dev.homeostat.resource.Trouble;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * A system from a repository: which commit is to be in force. Looking at it starts no process and asks nobody; {@link #poll}
 * does. Thread-safe.
 */
final class GitSource {
    private static final Logger LOG = Logger.getLogger(GitSource.class);
    private static final long TOKEN_LIMIT_BYTES = 4096;
    private static final long KEY_LIMIT_BYTES = 256 << 10;
    private static final int OTHERS = 0077;
    /** Servers that take a token as a password do not care for the name. */
    private static final String ANY_USER = "homeostat";

    private final GitMirror mirror;
    private final DeploymentState state;
    private final SafeFiles files;
    private final InstantSource clock;

    GitSource(GitMirror mirror, DeploymentState state, SafeFiles files, InstantSource clock) {
        this.mirror = mirror;
        this.state = state;
        this.files = files;
        this.clock = clock;
    }

    /**
     * What is known without asking.
     *
     * @param missing why a fetch is needed first; empty if none is
     */
    record Look(GitState state, Optional<String> missing) {}

    Look look(SystemSource.Git source) throws Trouble {
        GitState known = known(source);
        String keys = digest(keys(source));
        Optional<String> missing = Optional.empty();
        if (known.accepted().isEmpty() && known.refused().isEmpty()) {
            missing = Optional.of("not fetched yet");
        } else if (known.refused()
                        .filter(r -> !r.rewritten() && !r.keys().equals(keys))
                        .isPresent()
                || !known.keys().equals(keys) && !known.accepted().equals(known.base())) {
            missing = Optional.of("other keys are declared since it was fetched");
        }
        return new Look(known, missing);
    }

    private GitState known(SystemSource.Git source) throws Trouble {
        String name = name(source);
        return state.git().filter(s -> s.source().equals(name)).orElse(GitState.unknown(name));
    }

    /** Address and branch, as people read it. */
    static String name(SystemSource.Git source) {
        String branch = source.settings().branch();
        return (branch == null ? "" : "branch " + branch + " of ") + source.url();
    }

    /** The commit that is to be in force. */
    CommitId accepted(SystemSource.Git source) throws Trouble {
        return known(source)
                .accepted()
                .orElseThrow(() -> Trouble.passing(name(source) + " is another by now and was not fetched yet"));
    }

    /** What Nix said of it, in the owner's words. */
    String told(SystemSource.Git source, String text) {
        return mirror.told(text, source.url());
    }

    String flake(SystemSource.Git source) throws Trouble {
        return mirror.flake(accepted(source));
    }

    /** What one question to the repository came to. */
    record Answer(CommitId commit, boolean news) {}

    /**
     * Asks, and judges what there is. One at a time.
     *
     * @param now also if it could not be reached lately and the pause is not over
     * @throws Trouble if it was not reached (what was accepted stays so), or its head is refused
     */
    synchronized Optional<Answer> poll(SystemSource.Git source, boolean now) throws Trouble {
        GitState known = known(source);
        if (!now && known.away().filter(a -> clock.instant().isBefore(a.next())).isPresent()) {
            return Optional.empty();
        }
        SigningKeys keys = keys(source);
        CommitId head;
        try {
            head = mirror.fetch(remote(source));
        } catch (Trouble t) {
            state.git(known.away(GitState.Away.of(
                    known.away(), clock.instant(), source.settings().poll(), t.getMessage())));
            throw t;
        }
        if (known.away().isPresent()) {
            LOG.infof("%s is reached again", name(source));
        }
        return Optional.of(judge(known, head, keys));
    }

    private Answer judge(GitState known, CommitId head, SigningKeys keys) throws Trouble {
        String digest = digest(keys);
        boolean same = known.accepted().filter(head::equals).isPresent();
        if (same
                && (known.keys().equals(digest)
                        || known.base().filter(head::equals).isPresent())) {
            if (known.away().isPresent()
                    || known.refused().isPresent()
                    || !known.keys().equals(digest)) {
                state.git(known.accepting(head, digest));
            }
            return new Answer(head, false);
        }
        Optional<GitState.Refused> before =
                known.refused().filter(r -> r.head().equals(head) && r.keys().equals(digest));
        if (before.isPresent()) { // told already
            if (known.away().isPresent()) {
                state.git(known.refusing(before.get()));
            }
            throw trouble(before.get());
        }
        Optional<CommitId> base = known.base();
        if (base.isPresent() && !base.get().equals(head) && !mirror.isAncestor(base.get(), head)) {
            throw refuse(
                    known,
                    new GitState.Refused(
                            head,
                            digest,
                            true,
                            known.source() + " was given another history: " + head.shortText()
                                    + " does not descend from " + base.get().shortText() + ", which is deployed",
                            clock.instant()));
        }
        Optional<GitMirror.Unsigned> unsigned = unsigned(base, head, keys);
        if (unsigned.isPresent()) {
            throw refuse(
                    known, new GitState.Refused(head, digest, false, sentence(head, unsigned.get()), clock.instant()));
        }
        accept(known, head, digest);
        return new Answer(head, !same);
    }

    private Optional<GitMirror.Unsigned> unsigned(Optional<CommitId> base, CommitId head, SigningKeys keys)
            throws Trouble {
        return keys.isEmpty() || base.filter(head::equals).isPresent()
                ? Optional.empty()
                : mirror.unsigned(base, head, keys);
    }

    private static String sentence(CommitId head, GitMirror.Unsigned unsigned) {
        return "commit " + unsigned.commit() + " is refused: " + unsigned.how()
                + (unsigned.commit().equals(head)
                        ? ""
                        : "; so " + head.shortText() + ", which has it in its history, is refused too");
    }

    private Trouble refuse(GitState known, GitState.Refused refused) throws Trouble {
        state.git(known.refusing(refused));
        LOG.warnf("%s", refused.reason());
        return trouble(refused);
    }

    /** What is told as long as the branch points there. */
    static Trouble trouble(GitState.Refused refused) {
        return refused.rewritten()
                ? Trouble.conflict(
                        refused.reason(),
                        "if that is meant: homeostat approve " + GenerationKind.SYSTEM
                                + "; if not, push what was there")
                : Trouble.invalid(
                        refused.reason(),
                        "sign it and push, or declare the key under nixos.git.signatures; homeostat poll asks again");
    }

    private void accept(GitState known, CommitId commit, String keys) throws Trouble {
        LinkedHashSet<CommitId> kept = new LinkedHashSet<>(List.of(commit));
        known.base().filter(this::isThere).ifPresent(kept::add);
        mirror.keep(new ArrayList<>(kept));
        state.git(known.accepting(commit, keys));
        LOG.infof("%s is at %s", known.source(), commit);
    }

    private boolean isThere(CommitId commit) {
        try {
            return mirror.has(commit);
        } catch (Trouble t) {
            LOG.warnf("whether %s is there cannot be told: %s", commit, t.sentence());
            return false;
        }
    }

    /** The owner said that another history is meant. Signatures are asked for all the same. */
    synchronized void acceptRewritten(SystemSource.Git source) throws Trouble {
        GitState known = known(source);
        GitState.Refused refused = known.refused()
                .filter(GitState.Refused::rewritten)
                .orElseThrow(() -> Trouble.passing(name(source) + " changed meanwhile"));
        SigningKeys keys = keys(source);
        Optional<GitMirror.Unsigned> unsigned = unsigned(known.base(), refused.head(), keys);
        if (unsigned.isPresent()) {
            throw refuse(
                    known,
                    new GitState.Refused(
                            refused.head(),
                            digest(keys),
                            false,
                            sentence(refused.head(), unsigned.get()),
                            clock.instant()));
        }
        accept(known.based(refused.head()), refused.head(), digest(keys));
    }

    /** What is deployed passed: what follows has to descend from it. */
    synchronized void passed(SystemSource.Git source) throws Trouble {
        GitState known = known(source);
        if (known.accepted().isPresent() && !known.accepted().equals(known.base())) {
            state.git(known.based(known.accepted().get()));
        }
    }

    /** Makes sure that the commit is there as it was judged; fetches again if it is not. */
    synchronized void ensure(SystemSource.Git source) throws Trouble {
        CommitId commit = accepted(source);
        if (mirror.has(commit) && mirror.isSound()) {
            return;
        }
        LOG.warnf("the copy of %s is damaged and is fetched anew", name(source));
        mirror.remove();
        mirror.fetch(remote(source));
        if (!mirror.has(commit)) {
            state.git(GitState.unknown(name(source)));
            throw Trouble.passing("commit " + commit + " is not to be had from " + name(source) + " any more");
        }
        mirror.keep(List.of(commit));
    }

    // ---- what is declared

    private GitRemote remote(SystemSource.Git source) throws Trouble {
        GitSourceSettings settings = source.settings();
        Optional<GitRemote.Credentials> credentials =
                settings.tokenFile() == null ? Optional.empty() : Optional.of(token(Path.of(settings.tokenFile())));
        try {
            return new GitRemote(source.url(), Optional.ofNullable(settings.branch()), credentials);
        } catch (IllegalArgumentException e) {
            throw new Trouble(Trouble.Sort.INVALID, e.getMessage(), "correct nixos.from and nixos.git", e);
        }
    }

    private GitRemote.Credentials token(Path file) throws Trouble {
        FileFacts facts = files.look(file)
                .orElseThrow(() -> Trouble.invalid(file + " is not there", "make it, or correct nixos.git.tokenFile"));
        if ((facts.mode() & OTHERS) != 0) {
            throw Trouble.invalid(file + " holds a secret and others may read it", "chmod 600 " + file);
        }
        String text = new String(files.read(file, TOKEN_LIMIT_BYTES), StandardCharsets.UTF_8).strip();
        int colon = text.indexOf(':');
        if (text.isEmpty() || text.chars().anyMatch(c -> c <= ' ' || c == 0x7f)) {
            throw Trouble.invalid(file + " holds no token", "write TOKEN or USER:TOKEN into it, on one line");
        }
        return colon < 0
                ? new GitRemote.Credentials(ANY_USER, text)
                : new GitRemote.Credentials(text.substring(0, colon), text.substring(colon + 1));
    }

    private SigningKeys keys(SystemSource.Git source) throws Trouble {
        List<String> ssh = new ArrayList<>();
        List<String> gpg = new ArrayList<>();
        for (String key : source.settings().signatures()) {
            if (key.startsWith("/")) {
                gpg.add(new String(files.read(Path.of(key), KEY_LIMIT_BYTES), StandardCharsets.UTF_8));
            } else {
                String[] words = key.split(" ", 3);
                ssh.add(words[0] + " " + words[1]);
            }
        }
        return new SigningKeys(ssh, gpg);
    }

    private static String digest(SigningKeys keys) {
        return keys.isEmpty() ? "" : Sha256.hex(Json.write(keys));
    }
}
