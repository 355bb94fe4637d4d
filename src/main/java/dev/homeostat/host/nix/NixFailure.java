package dev.homeostat.host.nix;

import dev.homeostat.resource.Trouble;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Why Nix did not do what it was asked for, with the facts: the cause of the {@link Trouble} that is thrown for it, found by
 * {@link #of(Trouble)}.
 */
public final class NixFailure extends Exception {
    private static final long serialVersionUID = 1;

    /** What sort of failure it is. */
    public enum Reason {
        /** A Nix file, or what it is given, is wrong. */
        EVALUATION,
        /** A builder ended with an error, or made no output. */
        BUILD,
        /** What was downloaded is not what its hash says. */
        HASH,
        /** No space left where Nix writes. */
        DISK,
        /** The nix-daemon does not answer. */
        DAEMON,
        /** Something could not be downloaded. */
        NETWORK,
        /** A store path is not there and no cache has it. */
        MISSING,
        /** A store path that was to be deleted is needed by something. */
        IN_USE,
        /** Another one; the words say. */
        OTHER
    }

    private static final int WORDS_LIMIT_CHARS = 4000;
    private static final int SENTENCE_LIMIT_CHARS = 600;
    private static final int POSITIONS_LIMIT = 20;
    private static final int TRACE_LIMIT = 12;
    private static final int LOG_LINES_IN_SENTENCE = 3;

    private static final Pattern BUILD = Pattern.compile("(?:builder for|Cannot build) '(/[^'\n]+\\.drv)'");
    private static final Pattern LOG_LINES = Pattern.compile(";?\\s*(?i:last) \\d{1,6} log lines:");
    private static final Pattern NO_OUTPUT = Pattern.compile("'(/[^'\n]+\\.drv)'.*failed to produce output path");
    private static final Pattern HASH = Pattern.compile("hash mismatch in fixed-output derivation '(/[^'\n]+\\.drv)'");
    private static final Pattern DISK = Pattern.compile("No space left on device|database or disk is full");
    private static final Pattern DAEMON = Pattern.compile(
            "cannot connect to (?:socket|daemon)|cannot open connection to remote store '(?:daemon|unix)"
                    + "|daemon-socket/socket'|Nix daemon disconnected unexpectedly");
    private static final Pattern NETWORK =
            Pattern.compile("unable to download|Could not resolve host|Could not connect to server|Connection timed out"
                    + "|Network is unreachable|Failed to connect to|failed to connect to SSH|TLS connect error"
                    + "|Could not read from remote repository|unable to access 'http");
    private static final Pattern MISSING = Pattern.compile(
            "no substituter that can build it|don't know how to build|is not valid$|does not exist and cannot be created"
                    + "|path '[^'\n]+' is required, but|is not valid and cannot be built");
    private static final Pattern IGNORED = Pattern.compile("^ignoring substitute for ");
    private static final Pattern IN_USE = Pattern.compile("since it is still alive");
    private static final Pattern AT = Pattern.compile("(?m)^\\s*at (\\S.{0,1000}?):(\\d{1,9}):(\\d{1,9}):?\\s*$");
    private static final Pattern SUGGESTION = Pattern.compile("(?m)^\\s*(Did you mean .{1,300}\\?)\\s*\\z");
    private static final Pattern WHILE = Pattern.compile("(?m)^\\s*… (.+)$");

    private final Reason reason;
    private final String words;
    private final List<SourcePosition> positions;
    private final List<String> trace;
    private final String derivation;
    private final List<String> log;

    private NixFailure(
            Reason reason,
            String words,
            List<SourcePosition> positions,
            List<String> trace,
            String derivation,
            List<String> log) {
        super(words, null, false, false);
        this.reason = reason;
        this.words = words;
        this.positions = List.copyOf(positions);
        this.trace = List.copyOf(trace);
        this.derivation = derivation;
        this.log = List.copyOf(log);
    }

    /** What a trouble says of Nix; empty if it is about something else, such as a time limit. */
    public static Optional<NixFailure> of(Trouble trouble) {
        return trouble.getCause() instanceof NixFailure failure ? Optional.of(failure) : Optional.empty();
    }

    static NixFailure missing(StorePath path) {
        return new NixFailure(Reason.MISSING, path + " is not in the store", List.of(), List.of(), "", List.of());
    }

    /**
     * @param evaluates whether the failed call evaluated Nix files
     * @param exitCode of the program, told if it wrote nothing
     */
    static NixFailure of(NixLog log, boolean evaluates, int exitCode) {
        List<NixLog.Message> errors = log.errors();
        String all = String.join("\n", errors.stream().map(NixFailure::words).toList());
        String plain = String.join("\n", log.plain());
        if (errors.isEmpty()) {
            String words = plain.isBlank() ? "it ended with status " + exitCode + " and without a word" : plain;
            return new NixFailure(
                    reason(words, evaluates && plain.contains("error:")),
                    cut(words),
                    List.of(),
                    List.of(),
                    "",
                    List.of());
        }
        // of several, the first is the one that the others follow from
        for (Pattern pattern : List.of(HASH, BUILD, NO_OUTPUT)) {
            for (NixLog.Message error : errors) {
                Matcher failed = pattern.matcher(words(error));
                if (failed.find()) {
                    String derivation = failed.group(1);
                    List<String> end = logEnd(log, error, derivation);
                    boolean full =
                            end.stream().anyMatch(line -> DISK.matcher(line).find());
                    Reason reason = full ? Reason.DISK : pattern == HASH ? Reason.HASH : Reason.BUILD;
                    return new NixFailure(reason, cut(withoutLog(words(error))), List.of(), List.of(), derivation, end);
                }
            }
        }
        NixLog.Message first = errors.getFirst();
        Reason reason = reason(all, evaluates);
        if (reason == Reason.OTHER && MISSING.matcher(plain).find()) {
            reason = Reason.MISSING;
        }
        String words = words(first);
        if (reason == Reason.MISSING) {
            // a cache has it, but not signed by anybody who is trusted: only a warning says so
            words = String.join("; ", concat(words, log.warnings(), IGNORED));
        }
        return new NixFailure(reason, cut(words), positions(first), trace(first), "", List.of());
    }

    /** As the builder wrote it; of a build by somebody else, which we then waited for, what Nix repeats in its message. */
    private static List<String> logEnd(NixLog log, NixLog.Message error, String derivation) {
        List<String> lines = log.buildLog(derivation);
        if (lines.isEmpty()) {
            Matcher repeated = LOG_LINES.matcher(words(error));
            if (repeated.find()) {
                return words(error)
                        .substring(repeated.end())
                        .lines()
                        .map(String::strip)
                        .filter(line -> line.startsWith("> "))
                        .map(line -> line.substring("> ".length()))
                        .toList();
            }
        }
        return lines;
    }

    private static String withoutLog(String words) {
        Matcher log = LOG_LINES.matcher(words);
        return log.find() ? words.substring(0, log.start()) : words;
    }

    private static Reason reason(String words, boolean evaluates) {
        if (DISK.matcher(words).find()) {
            return Reason.DISK;
        }
        if (DAEMON.matcher(words).find()) {
            return Reason.DAEMON;
        }
        if (NETWORK.matcher(words).find()) {
            return Reason.NETWORK;
        }
        if (MISSING.matcher(words).find()) {
            return Reason.MISSING;
        }
        if (IN_USE.matcher(words).find()) {
            return Reason.IN_USE;
        }
        return evaluates ? Reason.EVALUATION : Reason.OTHER;
    }

    /** The innermost message alone: of old versions of Nix what stands after the trace. */
    private static String words(NixLog.Message message) {
        if (!message.raw().isEmpty()) {
            Matcher suggestion = SUGGESTION.matcher(message.text());
            return suggestion.find() ? message.raw() + "\n" + suggestion.group(1) : message.raw();
        }
        String text = message.text();
        return text.substring(text.lastIndexOf("error:") + (text.contains("error:") ? "error:".length() : 1))
                .strip();
    }

    private static List<String> concat(String words, List<String> warnings, Pattern wanted) {
        List<String> all = new ArrayList<>(List.of(words));
        warnings.stream().filter(w -> wanted.matcher(w).find()).findFirst().ifPresent(all::add);
        return all;
    }

    private static String cut(String words) {
        return words.length() > WORDS_LIMIT_CHARS ? words.substring(0, WORDS_LIMIT_CHARS) + "..." : words;
    }

    private static List<SourcePosition> positions(NixLog.Message message) {
        SequencedSet<SourcePosition> found = new LinkedHashSet<>();
        message.position().ifPresent(found::add);
        if (message.trace().isEmpty()) {
            List<SourcePosition> inText = new ArrayList<>();
            Matcher at = AT.matcher(message.text());
            while (at.find()) {
                inText.add(
                        new SourcePosition(at.group(1), Integer.parseInt(at.group(2)), Integer.parseInt(at.group(3))));
            }
            found.addAll(inText.reversed());
        } else {
            message.trace().forEach(step -> step.position().ifPresent(found::add));
        }
        return found.stream().limit(POSITIONS_LIMIT).toList();
    }

    private static List<String> trace(NixLog.Message message) {
        SequencedSet<String> found = new LinkedHashSet<>();
        if (message.trace().isEmpty()) {
            Matcher step = WHILE.matcher(message.text());
            while (step.find()) {
                found.add(step.group(1).strip());
            }
            found = found.reversed();
        } else {
            message.trace().stream()
                    .map(NixLog.Step::words)
                    .filter(words -> !words.isEmpty())
                    .forEach(found::add);
        }
        return found.stream().limit(TRACE_LIMIT).toList();
    }

    // ---- the facts

    public Reason reason() {
        return reason;
    }

    /** Nix's own words, without colours, trace and source text; may have several lines. */
    public String words() {
        return words;
    }

    /** Places that Nix named, the nearest to the error first. */
    public List<SourcePosition> positions() {
        return positions;
    }

    /** What Nix was at, the nearest to the error first: {@code while evaluating the option `services.x':}. */
    public List<String> trace() {
        return trace;
    }

    /** Store path of the derivation whose build failed; else empty. */
    public String derivation() {
        return derivation;
    }

    /** The end of the failed builder's log. */
    public List<String> log() {
        return log;
    }

    /**
     * As everybody else may tell it.
     *
     * @param what could not be done, such as {@code evaluate path:/etc/nixos#x}
     */
    Trouble trouble(String what) {
        String one = Words.line(words, SENTENCE_LIMIT_CHARS);
        String at = positions.isEmpty() ? "" : " at " + positions.getFirst();
        String end = log.isEmpty()
                ? ""
                : "; the end of its log: "
                        + String.join(" | ", log.subList(Math.max(0, log.size() - LOG_LINES_IN_SENTENCE), log.size()));
        String message = "Nix could not " + what + ": " + one + at + end;
        return switch (reason) {
            case EVALUATION -> new Trouble(Trouble.Sort.INVALID, message, "correct what Nix names", this);
            case BUILD -> new Trouble(Trouble.Sort.INVALID, message, "see the whole log: nix log " + derivation, this);
            case HASH ->
                new Trouble(
                        Trouble.Sort.INVALID, message, "correct the hash, if the new content is the right one", this);
            case DISK -> new Trouble(Trouble.Sort.TRANSIENT, message, "make room, for example with nix store gc", this);
            case DAEMON -> new Trouble(Trouble.Sort.TRANSIENT, message, "systemctl start nix-daemon.socket", this);
            case NETWORK -> new Trouble(Trouble.Sort.TRANSIENT, message, "is the network there?", this);
            case MISSING ->
                new Trouble(
                        Trouble.Sort.TRANSIENT, message, "build it, or name a cache that has it as substituter", this);
            case IN_USE ->
                new Trouble(Trouble.Sort.CONFLICT, message, "see what needs it: nix-store --query --roots PATH", this);
            case OTHER -> new Trouble(Trouble.Sort.TRANSIENT, message, "", this);
        };
    }
}
