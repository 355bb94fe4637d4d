package dev.homeostat.host.git;

import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.host.process.Cancellation;
import dev.homeostat.host.process.Command;
import dev.homeostat.host.process.Processes;
import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;

/**
 * A bare copy of a repository elsewhere, in a folder of ours. Nothing in it is believed: what is damaged is made anew, and who
 * signed is looked up with keys that the caller gives. Thread-safe; one call at a time, each waits for git.
 */
public final class GitMirror {
    private static final Logger LOG = Logger.getLogger(GitMirror.class);

    /** A configuration has some megabytes. A copy of nixpkgs with its history has 4 GB, and is no configuration. */
    static final long TRANSFER_LIMIT_BYTES = 1L << 30;
    /** For what is sent; a server that sends nothing for {@link #SILENCE_SECONDS} is given up before. */
    private static final Duration FETCH_LIMIT = Duration.ofMinutes(15);
    /** For what only looks at the copy: a history of some ten thousand commits takes seconds. */
    private static final Duration LOOK_LIMIT = Duration.ofMinutes(5);
    /** Two processes of ssh-keygen for each commit. */
    private static final Duration SIGNATURES_LIMIT = Duration.ofMinutes(10);
    /** A machine that was off for years; more is not looked through. */
    private static final int COMMITS_LIMIT = 10_000;

    private static final String SILENCE_SECONDS = "30";
    private static final String SLOW_BYTES_PER_SECOND = "100";
    /** Git ends its helpers when it is asked to end. */
    private static final Duration GRACE = Duration.ofSeconds(5);

    /** Commit, {@code %G?}, and the fingerprint of the key. */
    private static final Pattern VERDICT = Pattern.compile("([0-9a-f]{40,64}) ([A-Z]) (.{0,200})");
    /**
     * A good signature by a key whose owner nobody vouched for: every key in our keyring is declared, so that is fine. Of ssh
     * the same letter means a key that is not declared, and its fingerprint begins with the name of a digest.
     */
    private static final Pattern OPENPGP = Pattern.compile("[0-9A-F]{40}|[0-9A-F]{64}");

    private static final int MISSING = 1;
    private static final int FILE_MODE = 0600;
    private static final int FOLDER_MODE = 0700;
    private static final int ROOT = 0;
    private static final String HEAD = "refs/homeostat/head";
    private static final String COMMITS = "refs/homeostat/commits/";

    private final Path folder;
    private final Path repository;
    private final Path config;
    private final Path signers;
    private final Path keyring;
    private final GitSettings settings;
    private final Processes processes;
    private final SafeFiles files;

    GitMirror(Path folder, GitSettings settings, Processes processes, SafeFiles files) {
        this.folder = folder;
        this.repository = folder.resolve("mirror.git");
        this.config = folder.resolve("config");
        this.signers = folder.resolve("allowed-signers");
        this.keyring = folder.resolve("keyring");
        this.settings = settings;
        this.processes = processes;
        this.files = files;
    }

    /** A commit that nobody signed whose signature counts, and how that was seen. */
    public record Unsigned(CommitId commit, String how) {}

    /** Reference of a flake: exactly that commit, which {@link #keep} has kept, whatever the remote says later. */
    public String flake(CommitId commit) {
        return "git+file://" + repository + "?ref=" + COMMITS + commit + "&rev=" + commit;
    }

    /** What a program said of a flake in this copy, with the remote's own name in place of where the copy is. */
    public String told(String text, String remote) {
        return text.replaceAll(
                Pattern.quote("git+file://" + repository) + "[^'\"\\s\u00bb]*", Matcher.quoteReplacement(remote));
    }

    /**
     * Fetches. A copy that is damaged is made anew.
     *
     * @return what the branch points to
     * @throws Trouble transient if the remote cannot be reached, or sends nothing that is accepted
     */
    public synchronized CommitId fetch(GitRemote remote) throws Trouble {
        prepare(remote);
        try {
            return fetched(remote);
        } catch (Trouble t) {
            if (isSound()) {
                throw t;
            }
            LOG.warnf("the copy of %s is damaged and is fetched anew", remote);
            remove();
            prepare(remote);
            return fetched(remote);
        }
    }

    private CommitId fetched(GitRemote remote) throws Trouble {
        TransferWatch watch = new TransferWatch(TRANSFER_LIMIT_BYTES);
        int exitCode;
        try {
            exitCode = processes.run(
                    new Command(
                            git(
                                    "fetch",
                                    "--no-tags",
                                    "--no-write-fetch-head",
                                    "--no-auto-maintenance",
                                    "--no-recurse-submodules",
                                    "--progress",
                                    "--end-of-options",
                                    remote.url(),
                                    "+" + remote.reference() + ":" + HEAD),
                            environment(Optional.of(remote)),
                            FETCH_LIMIT,
                            GRACE),
                    in -> in.transferTo(java.io.OutputStream.nullOutputStream()),
                    watch::read,
                    new Cancellation());
        } catch (Trouble t) {
            throw unreachable(remote, t.getMessage());
        }
        if (exitCode != 0) {
            throw unreachable(remote, watch.reason());
        }
        return head(remote);
    }

    private static Trouble unreachable(GitRemote remote, String reason) {
        String told =
                remote.credentials().map(c -> reason.replace(c.secret(), "...")).orElse(reason);
        return new Trouble(
                Trouble.Sort.TRANSIENT,
                remote + " could not be fetched: " + told,
                "look at it with: git ls-remote " + remote.url());
    }

    private CommitId head(GitRemote remote) throws Trouble {
        Processes.Result head = run(LOOK_LIMIT, "rev-parse", "--verify", "--end-of-options", HEAD + "^{commit}");
        try {
            return new CommitId(head.output().strip());
        } catch (IllegalArgumentException e) {
            throw Trouble.passing(remote + " points to no commit: " + GitText.line(head.errors()), e);
        }
    }

    private void prepare(GitRemote remote) throws Trouble {
        files.makeWay(folder, FOLDER_MODE, ROOT, ROOT);
        // of the scope "global", which counts also in what git starts for a repository of this machine
        StringBuilder text = new StringBuilder();
        remote.folder()
                .ifPresent(path -> text.append("[safe]\n\tdirectory = \"")
                        .append(path)
                        .append("\"\n\tdirectory = \"")
                        .append(path.resolve(".git"))
                        .append("\"\n"));
        write(config, text.toString());
        if (files.look(repository.resolve("HEAD")).isEmpty()) {
            remove();
            Processes.Result made = processes.run(
                    List.of("git", "init", "--quiet", "--bare", "--template=", "--", repository.toString()),
                    environment(Optional.empty()),
                    LOOK_LIMIT);
            if (made.exitCode() != 0) {
                throw failed("make " + repository, made);
            }
        }
    }

    /** So that no clean-up takes it away, and {@link #flake} finds it. Others are not kept any more. */
    public synchronized void keep(List<CommitId> commits) throws Trouble {
        for (CommitId commit : commits) {
            must("keep " + commit, "update-ref", "--end-of-options", COMMITS + commit, commit.text());
        }
        Processes.Result all = must("list what is kept", "for-each-ref", "--format=%(refname)", COMMITS);
        for (String name : all.output().lines().toList()) {
            if (commits.stream().noneMatch(c -> name.equals(COMMITS + c))) {
                must("give up " + name, "update-ref", "-d", "--end-of-options", name);
            }
        }
        must("tidy up", "-c", "gc.autoDetach=false", "gc", "--auto", "--quiet");
    }

    /** Whether the commit is in the copy. */
    public synchronized boolean has(CommitId commit) throws Trouble {
        return files.look(repository).isPresent()
                && run(LOOK_LIMIT, "cat-file", "-e", commit + "^{commit}").exitCode() == 0;
    }

    /** Whether everything in the copy is what its name says. */
    public synchronized boolean isSound() throws Trouble {
        return files.look(repository).isPresent()
                && run(LOOK_LIMIT, "fsck", "--no-dangling", "--no-progress").exitCode() == 0;
    }

    public synchronized boolean isAncestor(CommitId old, CommitId commit) throws Trouble {
        if (!has(old)) {
            return false;
        }
        Processes.Result result =
                run(LOOK_LIMIT, "merge-base", "--is-ancestor", "--end-of-options", old.text(), commit.text());
        if (result.exitCode() != 0 && result.exitCode() != MISSING) {
            throw failed("compare " + old + " with " + commit, result);
        }
        return result.exitCode() == 0;
    }

    /**
     * The first commit, the oldest first, that is not signed by one of the keys.
     *
     * @param after only commits that are not in the history of this one; empty: only the newest, which says what is in the tree
     */
    public synchronized Optional<Unsigned> unsigned(Optional<CommitId> after, CommitId commit, SigningKeys keys)
            throws Trouble {
        prepareKeys(keys);
        List<String> range = new ArrayList<>(List.of(
                "-c",
                "gpg.ssh.allowedSignersFile=" + signers,
                "-c",
                "gpg.x509.program=false", // certificates are not among the keys
                "log",
                "--reverse",
                "--format=%H %G? %GF",
                "--max-count=" + (COMMITS_LIMIT + 1)));
        if (after.isEmpty()) {
            range.add("--no-walk");
        }
        range.add("--end-of-options");
        range.add(commit.text());
        after.filter(this::isKnown).ifPresent(a -> range.add("^" + a));
        Processes.Result log = processes.run(git(range.toArray(String[]::new)), verifying(), SIGNATURES_LIMIT);
        List<String> lines = log.output().lines().toList();
        if (log.exitCode() != 0 || lines.isEmpty()) {
            throw failed("look at the signatures up to " + commit, log);
        }
        if (lines.size() > COMMITS_LIMIT) {
            throw Trouble.invalid(
                    "more than " + COMMITS_LIMIT + " commits lie between what is deployed and " + commit.shortText(),
                    "deploy one of them in between, on a branch of its own");
        }
        for (String line : lines) {
            Matcher told = VERDICT.matcher(line);
            if (!told.matches()) {
                throw Trouble.passing("git told of signatures in a way that cannot be read: " + GitText.line(line));
            }
            char verdict = told.group(2).charAt(0);
            if (verdict != 'G'
                    && !(verdict == 'U' && OPENPGP.matcher(told.group(3)).matches())) {
                return Optional.of(new Unsigned(new CommitId(told.group(1)), how(verdict)));
            }
        }
        return Optional.empty();
    }

    private boolean isKnown(CommitId commit) {
        try {
            return has(commit);
        } catch (Trouble t) { // then the whole history is asked for signatures: stricter, never laxer
            LOG.warnf("whether %s is there cannot be told: %s", commit, t.sentence());
            return false;
        }
    }

    /** Git's own letters: git-log(1), {@code %G?}. */
    private static String how(char verdict) {
        return switch (verdict) {
            case 'N' -> "it is not signed";
            case 'B' -> "its signature is wrong";
            case 'X' -> "its signature has expired";
            case 'Y' -> "the key that signed it has expired";
            case 'R' -> "the key that signed it was revoked";
            default -> "it is signed by a key that is not declared";
        };
    }

    private void prepareKeys(SigningKeys keys) throws Trouble {
        StringBuilder text = new StringBuilder();
        keys.ssh()
                .forEach(key ->
                        text.append("homeostat namespaces=\"git\" ").append(key).append('\n'));
        write(signers, text.toString());
        delete(keyring); // a key that is not declared any more must not count
        files.makeFolder(keyring, FOLDER_MODE, ROOT, ROOT);
        // nothing is in this keyring but what is declared
        write(keyring.resolve("gpg.conf"), "trust-model always\nno-auto-key-retrieve\nno-autostart\n");
        for (String key : keys.gpg()) {
            Path file = folder.resolve("key");
            write(file, key);
            Processes.Result imported = processes.run(
                    List.of("gpg", "--batch", "--quiet", "--import", "--", file.toString()), verifying(), LOOK_LIMIT);
            files.remove(file);
            if (imported.exitCode() != 0) {
                throw Trouble.invalid(
                        "a declared public key cannot be read: " + GitText.line(imported.errors()),
                        "correct nixos.git.signatures");
            }
        }
    }

    private Map<String, String> verifying() {
        Map<String, String> environment = new TreeMap<>(environment(Optional.empty()));
        environment.put("GNUPGHOME", keyring.toString());
        return environment;
    }

    private void write(Path file, String text) throws Trouble {
        files.write(file, text.getBytes(StandardCharsets.UTF_8), FILE_MODE, ROOT, ROOT);
    }

    /** The copy, as if it had never been fetched. */
    public synchronized void remove() throws Trouble {
        delete(repository);
    }

    private static void delete(Path what) throws Trouble {
        if (!Files.isDirectory(what)) {
            return;
        }
        try {
            Files.walkFileTree(what, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.delete(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path each, IOException e) throws IOException {
                    Files.delete(each);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw Trouble.passing(what + " cannot be removed: " + e.getMessage(), e);
        }
    }

    // ---- git

    private List<String> git(String... arguments) {
        List<String> all = new ArrayList<>(List.of("git", "--git-dir=" + repository));
        all.addAll(List.of(arguments));
        return all;
    }

    private Processes.Result run(Duration limit, String... arguments) throws Trouble {
        return processes.run(git(arguments), environment(Optional.empty()), limit);
    }

    private Processes.Result must(String what, String... arguments) throws Trouble {
        Processes.Result result = run(LOOK_LIMIT, arguments);
        if (result.exitCode() != 0) {
            throw failed(what, result);
        }
        return result;
    }

    private static Trouble failed(String what, Processes.Result result) {
        return Trouble.passing(
                "git was to " + what + " and ended with " + result.exitCode() + ": " + GitText.line(result.errors()));
    }

    /** Nothing is asked for on a terminal, nobody's settings count, and one protocol is spoken. Secrets are only in here. */
    private Map<String, String> environment(Optional<GitRemote> remote) {
        Map<String, String> options = new LinkedHashMap<>();
        options.put("core.hooksPath", "/dev/null");
        options.put("fetch.fsckObjects", "true");
        options.put("fetch.unpackLimit", "1"); // so that it tells how much it receives
        options.put("http.followRedirects", "false"); // credentials are for that host
        options.put("http.lowSpeedLimit", SLOW_BYTES_PER_SECOND);
        options.put("http.lowSpeedTime", SILENCE_SECONDS);
        options.putAll(settings.options());
        remote.flatMap(GitRemote::credentials)
                .ifPresent(c -> options.put(
                        "http.extraHeader",
                        "Authorization: Basic "
                                + Base64.getEncoder()
                                        .encodeToString(
                                                (c.user() + ":" + c.secret()).getBytes(StandardCharsets.UTF_8))));
        Map<String, String> environment = new TreeMap<>();
        environment.put("HOME", settings.home().toString());
        environment.put("GIT_CONFIG_NOSYSTEM", "1");
        environment.put("GIT_CONFIG_GLOBAL", config.toString());
        environment.put("GIT_ATTR_NOSYSTEM", "1");
        environment.put("GIT_NO_REPLACE_OBJECTS", "1");
        environment.put("GIT_OPTIONAL_LOCKS", "0");
        environment.put("GIT_TERMINAL_PROMPT", "0");
        environment.put("SSH_ASKPASS_REQUIRE", "never");
        environment.put("GIT_ALLOW_PROTOCOL", remote.map(GitRemote::scheme).orElse("none"));
        environment.put("GIT_CONFIG_COUNT", Integer.toString(options.size()));
        int i = 0;
        for (Map.Entry<String, String> option : options.entrySet()) {
            environment.put("GIT_CONFIG_KEY_" + i, option.getKey());
            environment.put("GIT_CONFIG_VALUE_" + i, option.getValue());
            i++;
        }
        return environment;
    }
}
