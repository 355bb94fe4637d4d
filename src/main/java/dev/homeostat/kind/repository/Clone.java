package dev.homeostat.kind.repository;

import dev.homeostat.host.process.Processes;
import dev.homeostat.host.program.Job;
import dev.homeostat.host.program.Owner;
import dev.homeostat.host.program.Programs;
import dev.homeostat.resource.Advance;
import dev.homeostat.resource.Sha256;
import dev.homeostat.resource.Trouble;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Git in one clone of its owner's, with that owner's rights, keys and settings, without hooks, and never asking anybody.
 * Nothing here can lose what git does not have elsewhere: it moves forward, or refuses. Thread-safe; calls wait.
 */
final class Clone {
    /** Of a look at a big working tree on a cold disk. */
    private static final Duration LOOK_LIMIT = Duration.ofMinutes(2);
    /** Of a question to the remote. */
    private static final Duration ASK_LIMIT = Duration.ofMinutes(1);
    /** Some gigabytes over a slow line; a server that sends nothing is given up before. */
    static final Duration TRANSFER_LIMIT = Duration.ofHours(1);

    private static final String SLOW_BYTES_PER_SECOND = "100";
    private static final String SILENCE_SECONDS = "30";
    private static final int NAME_DIGITS = 16;
    private static final Pattern COUNT =
            Pattern.compile("(?:remote: )?([A-Z][a-z]+ [a-z]+):\\s+\\d{1,3}% \\((\\d{1,12})/(\\d{1,12})\\).*");
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}|[0-9a-f]{64}");

    /** ssh asks nobody either, and gives up. */
    private static final Map<String, String> QUIET = Map.of(
            "GIT_TERMINAL_PROMPT",
            "0",
            "GIT_OPTIONAL_LOCKS",
            "0",
            "GIT_SSH_COMMAND",
            "ssh -oBatchMode=yes -oConnectTimeout=20");

    private final Programs programs;
    private final Owner owner;
    private final RepositorySpec spec;

    Clone(Programs programs, Owner owner, RepositorySpec spec) {
        this.programs = programs;
        this.owner = owner;
        this.spec = spec;
    }

    /** @return its output; empty if it did not succeed */
    Optional<String> ask(String... arguments) throws Trouble {
        return answer(run(LOOK_LIMIT, arguments));
    }

    private static Optional<String> answer(Processes.Result result) {
        return result.exitCode() == 0 ? Optional.of(result.output()) : Optional.empty();
    }

    /** @return its output */
    String must(String... arguments) throws Trouble {
        Processes.Result result = run(LOOK_LIMIT, arguments);
        if (result.exitCode() != 0) {
            throw Programs.failed(
                    "git " + arguments[0] + " in " + spec.path(),
                    new Programs.End(result.exitCode(), Programs.words(result.errors())));
        }
        return result.output();
    }

    private Processes.Result run(Duration limit, String... arguments) throws Trouble {
        List<String> command = git();
        command.addAll(List.of("-C", spec.path().toString()));
        command.addAll(List.of(arguments));
        return programs.run(owner, new Job(command, QUIET, owner.home(), limit, ""));
    }

    private static List<String> git() {
        return new ArrayList<>(List.of(
                "git",
                "-c",
                "core.hooksPath=/dev/null",
                "-c",
                "core.fsmonitor=false",
                "-c",
                "http.lowSpeedLimit=" + SLOW_BYTES_PER_SECOND,
                "-c",
                "http.lowSpeedTime=" + SILENCE_SECONDS));
    }

    /** What the branch points to at the remote; empty if it has no such branch. */
    Optional<String> remoteHead() throws Trouble {
        List<String> command = git();
        String ref = "refs/heads/" + spec.ref().name();
        command.addAll(List.of("ls-remote", "--exit-code", "--", spec.url(), ref));
        Processes.Result result = programs.run(owner, new Job(command, QUIET, owner.home(), ASK_LIMIT, ""));
        return answer(result)
                .flatMap(text -> text.lines()
                        .filter(line -> line.endsWith("\t" + ref))
                        .map(line -> line.substring(0, line.indexOf('\t')))
                        .filter(id -> COMMIT.matcher(id).matches())
                        .findFirst());
    }

    /** Clones beside the place and moves it there when it is whole: a killed clone is never taken for one. */
    void make(Consumer<Advance> advances) throws Trouble {
        Path part = spec.path().resolveSibling("." + spec.path().getFileName() + ".homeostat-clone");
        plain("mkdir", "-p", "--", spec.path().getParent().toString());
        plain("rm", "-rf", "--one-file-system", "--", part.toString());
        List<String> command = git();
        command.addAll(List.of("clone", "--progress", "--origin", "origin"));
        if (spec.ref().sort() == Ref.Sort.COMMIT) {
            command.add("--no-checkout");
        } else {
            command.addAll(List.of("--branch", spec.ref().name()));
        }
        command.addAll(List.of("--", spec.url(), part.toString()));
        transfer(command, "cloning " + spec.url(), advances);
        if (spec.ref().sort() == Ref.Sort.COMMIT) {
            Clone made = new Clone(programs, owner, new RepositorySpec(part, spec.url(), spec.ref(), spec.every()));
            made.update(null, advances);
        }
        plain("mv", "-T", "--", part.toString(), spec.path().toString());
    }

    private void plain(String... arguments) throws Trouble {
        programs.must(
                owner,
                new Job(List.of(arguments), Map.of(), owner.home(), LOOK_LIMIT, ""),
                String.join(" ", arguments),
                line -> {});
    }

    /**
     * Fetches the ref and moves to it. What would have to overwrite something, git refuses.
     *
     * @param branch that is checked out; null if none is
     */
    void update(String branch, Consumer<Advance> advances) throws Trouble {
        Ref ref = spec.ref();
        boolean isHere = ref.sort() == Ref.Sort.COMMIT
                && ask("cat-file", "-e", ref.name() + "^{commit}").isPresent();
        if (!isHere) {
            List<String> command = git();
            command.addAll(List.of(
                    "-C",
                    spec.path().toString(),
                    "fetch",
                    "--progress",
                    "--no-write-fetch-head",
                    "--no-recurse-submodules",
                    "--end-of-options",
                    "origin",
                    ref.refspec()));
            transfer(command, "fetching " + ref + " of " + spec.url(), advances);
        }
        if (!ref.isBranch()) {
            must("checkout", "--quiet", "--no-overwrite-ignore", "--detach", ref.local());
            return;
        }
        if (branch == null) {
            boolean known = ask("rev-parse", "--verify", "--quiet", "refs/heads/" + ref.name())
                    .isPresent();
            if (known) {
                must("checkout", "--quiet", "--no-overwrite-ignore", ref.name());
            } else {
                must("checkout", "--quiet", "--no-overwrite-ignore", "--track", "-b", ref.name(), ref.local());
            }
        }
        must("merge", "--quiet", "--ff-only", "--no-overwrite-ignore", ref.local());
    }

    private void transfer(List<String> command, String what, Consumer<Advance> advances) throws Trouble {
        String unit = "git-" + owner.account().uid() + "-"
                + Sha256.hex(spec.path().toString()).substring(0, NAME_DIGITS);
        programs.must(
                owner,
                new Job(command, QUIET, owner.home(), TRANSFER_LIMIT, unit),
                what,
                line -> advances.accept(advance(line)));
    }

    /** Git's own progress: {@code Receiving objects:  45% (450/1000), 1.20 MiB}. */
    static Advance advance(String line) {
        Matcher count = COUNT.matcher(line);
        return count.matches()
                ? new Advance(
                        List.of(new Advance.Count(
                                count.group(1).toLowerCase(Locale.ROOT),
                                Long.parseLong(count.group(2)),
                                Long.parseLong(count.group(3)))),
                        "")
                : new Advance(List.of(), line);
    }
}
