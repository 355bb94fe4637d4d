package dev.homeostat.host.nix;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.resource.Json;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Reads what Nix writes with {@code --log-format internal-json}: a JSON object a line after {@code @nix}, of activities that
 * start, have results and stop, and of messages. Builders write into it too, so nothing in it is trusted: whatever is not of
 * the form is counted and left out, and everything that is kept is bounded.
 *
 * <p>Thread-safe: one thread reads, others may look.
 */
final class NixLog {
    /** What Nix was at when an error came up. */
    record Step(String words, Optional<SourcePosition> position) {}

    /**
     * An error message of Nix with the facts that it gives beside the text.
     *
     * @param raw the innermost message alone; empty if an old version of Nix wrote it
     * @param trace the nearest to the error first; empty if an old version of Nix wrote it
     */
    record Message(String text, String raw, Optional<SourcePosition> position, List<Step> trace) {}

    private static final String MARK = "@nix ";

    // activity types: libutil's logging.hh
    private static final int COPY_PATH = 100;
    private static final int FILE_TRANSFER = 101;
    private static final int COPY_PATHS = 103;
    private static final int BUILDS = 104;
    private static final int BUILD = 105;

    // result types
    private static final int BUILD_LOG_LINE = 101;
    private static final int SET_PHASE = 104;
    private static final int PROGRESS = 105;
    private static final int SET_EXPECTED = 106;

    private static final int LEVEL_ERROR = 0;
    private static final String WARNING = "warning: ";

    /** Nix runs max-jobs builds and some 25 downloads at once, and nests a few activities in each. */
    private static final int ACTIVITIES_LIMIT = 4096;

    private static final int MESSAGES_LIMIT = 20;
    /** A whole trace of NixOS has some ten thousand characters. */
    private static final int MESSAGE_LIMIT_CHARS = 64 * 1024;

    private static final int WARNING_LIMIT_CHARS = 1000;
    /** Steps of one trace, from the error on. */
    private static final int TRACE_LIMIT = 200;

    private static final int TEXT_LIMIT_CHARS = 300;
    /** Of how many derivations the end of the log is kept; a failed one is told of soon after its last line. */
    private static final int BUILD_LOGS_LIMIT = 64;

    private static final int BUILD_LOG_LINES = 25;
    /** More often nobody can read it. */
    private static final Duration TELL_EVERY = Duration.ofMillis(100);

    private static final class Activity {
        final int type;
        final String text;
        final String subject;
        final String from;
        String phase = "";
        NixProgress.Count count = NixProgress.Count.NONE;
        long expectedDownloads;

        Activity(int type, String text, String subject, String from) {
            this.type = type;
            this.text = text;
            this.subject = subject;
            this.from = from;
        }
    }

    /** Does something after a while. */
    interface Later {
        void run(Runnable what, Duration pause);
    }

    private final Consumer<NixProgress> progress;
    private final LongSupplier nanos;
    private final Later later;
    /** What is told is told in its order; held while it is. */
    private final ReentrantLock telling = new ReentrantLock();

    private final Map<Long, Activity> activities = new LinkedHashMap<>();
    private final Map<String, Deque<String>> buildLogs = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Deque<String>> eldest) {
            return size() > BUILD_LOGS_LIMIT;
        }
    };
    private final List<Message> errors = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();
    private final Deque<String> plain = new ArrayDeque<>();
    private NixProgress.Count builds = NixProgress.Count.NONE;
    private NixProgress.Count fetches = NixProgress.Count.NONE;
    private long endedDownloadsBytes;
    private long expectedDownloadsBytes;
    private long malformed;
    private NixProgress told = NixProgress.NONE;
    private long toldNanos;
    private boolean remains;

    NixLog(Consumer<NixProgress> progress) {
        this(
                progress,
                System::nanoTime,
                (what, pause) -> CompletableFuture.delayedExecutor(
                                pause.toNanos(),
                                TimeUnit.NANOSECONDS,
                                task -> Thread.ofVirtual().name("nix-progress").start(task))
                        .execute(what));
    }

    /**
     * @param progress told when something changed, not more often than one can read
     * @param later tells what then remains
     */
    NixLog(Consumer<NixProgress> progress, LongSupplier nanos, Later later) {
        this.later = later;
        this.progress = progress;
        this.nanos = nanos;
        this.toldNanos = nanos.getAsLong() - TELL_EVERY.toNanos();
    }

    // ---- what was read

    synchronized List<Message> errors() {
        return List.copyOf(errors);
    }

    synchronized List<String> warnings() {
        return List.copyOf(warnings);
    }

    /** Lines that are not of the log: what Nix writes before it can, or what does not come from Nix. The last ones. */
    synchronized List<String> plain() {
        return List.copyOf(plain);
    }

    /** The end of the log of this derivation, as far as it is still known. */
    synchronized List<String> buildLog(String derivation) {
        Deque<String> lines = buildLogs.get(derivation);
        return lines == null ? List.of() : List.copyOf(lines);
    }

    /** How many lines began as the log's and could not be read, or told of more than is kept. */
    synchronized long malformed() {
        return malformed;
    }

    synchronized NixProgress progress() {
        NixProgress.Count nowBuilds = builds;
        NixProgress.Count nowFetches = fetches;
        long downloaded = endedDownloadsBytes;
        long expected = 0;
        long transfers = endedDownloadsBytes;
        List<NixProgress.Building> building = new ArrayList<>();
        List<NixProgress.Fetching> fetching = new ArrayList<>();
        String doing = "";
        for (Activity a : activities.values()) {
            switch (a.type) {
                case BUILDS -> nowBuilds = nowBuilds.plus(a.count);
                case COPY_PATHS -> nowFetches = nowFetches.plus(a.count);
                case FILE_TRANSFER -> {
                    downloaded += a.count.done();
                    transfers += Math.max(a.count.done(), a.count.expected());
                }
                case BUILD -> {
                    if (building.size() < NixProgress.SHOWN) {
                        building.add(new NixProgress.Building(title(a.subject), a.phase, lastLine(a.subject)));
                    }
                }
                case COPY_PATH -> {
                    if (fetching.size() < NixProgress.SHOWN) {
                        fetching.add(
                                new NixProgress.Fetching(title(a.subject), a.from, a.count.done(), a.count.expected()));
                    }
                }
                default -> expected = Math.max(expected, a.expectedDownloads);
            }
            doing = a.text.isEmpty() ? doing : a.text;
        }
        return new NixProgress(
                nowBuilds,
                nowFetches,
                downloaded,
                Math.max(Math.max(expected, expectedDownloadsBytes), transfers),
                building,
                fetching,
                doing);
    }

    private String lastLine(String derivation) {
        Deque<String> lines = buildLogs.get(derivation);
        return lines == null || lines.isEmpty() ? "" : lines.getLast();
    }

    /** Hash and ending are of no interest to people. */
    private static String title(String path) {
        try {
            String title = StorePath.parse(path).title();
            return title.endsWith(".drv") ? title.substring(0, title.length() - ".drv".length()) : title;
        } catch (IllegalArgumentException e) {
            return path;
        }
    }

    // ---- reading

    /** One line of standard error. */
    void line(String line) {
        Duration early;
        synchronized (this) {
            take(line);
            early = Duration.ofNanos(toldNanos + TELL_EVERY.toNanos() - nanos.getAsLong());
            if (early.isPositive()) {
                if (remains) {
                    return;
                }
                remains = true;
            }
        }
        if (early.isPositive()) {
            later.run(this::tell, early); // perhaps nothing more is written for hours
        } else {
            tell();
        }
    }

    /** There will be no more: tells the last state. */
    void end() {
        tell();
    }

    private void tell() {
        telling.lock();
        try {
            NixProgress current;
            synchronized (this) {
                remains = false;
                current = progress();
                if (current.equals(told)) {
                    return;
                }
                toldNanos = nanos.getAsLong();
                told = current;
            }
            progress.accept(current);
        } finally {
            telling.unlock();
        }
    }

    private static final String RESULT = "\"action\":\"result\"";

    private void take(String line) {
        if (!line.startsWith(MARK)) {
            if (!line.isBlank()) {
                add(plain, Words.clean(line, TEXT_LIMIT_CHARS));
            }
            return;
        }
        try {
            JsonNode node = Json.MAPPER.readTree(line.substring(MARK.length()));
            boolean good = switch (node.path("action").asText()) {
                case "start" -> start(node);
                case "result" -> result(node);
                case "stop" -> stop(node);
                case "msg" -> message(node);
                default -> false;
            };
            malformed += good ? 0 : 1;
        } catch (JsonProcessingException e) {
            malformed++;
            if (!line.contains(RESULT)) { // of a builder's line that was too long, nothing is left that says something
                add(plain, Words.clean(line, TEXT_LIMIT_CHARS)); // of a message it may
            }
        }
    }

    private boolean start(JsonNode node) {
        OptionalLong id = number(node.path("id"));
        OptionalLong type = number(node.path("type"));
        if (id.isEmpty() || type.isEmpty() || activities.size() >= ACTIVITIES_LIMIT) {
            return false;
        }
        JsonNode fields = node.path("fields");
        activities.put(
                id.getAsLong(),
                new Activity(
                        (int) Math.clamp(type.getAsLong(), 0, Integer.MAX_VALUE),
                        Words.line(node.path("text").asText(""), TEXT_LIMIT_CHARS),
                        Words.line(fields.path(0).asText(""), TEXT_LIMIT_CHARS),
                        Words.line(fields.path(1).asText(""), TEXT_LIMIT_CHARS)));
        return true;
    }

    private boolean stop(JsonNode node) {
        OptionalLong id = number(node.path("id"));
        Activity ended = id.isEmpty() ? null : activities.remove(id.getAsLong());
        if (ended == null) {
            return false;
        }
        switch (ended.type) {
            case BUILDS -> builds = builds.plus(ended.count);
            case COPY_PATHS -> fetches = fetches.plus(ended.count);
            case FILE_TRANSFER -> endedDownloadsBytes += ended.count.done();
            default -> expectedDownloadsBytes = Math.max(expectedDownloadsBytes, ended.expectedDownloads);
        }
        return true;
    }

    private boolean result(JsonNode node) {
        OptionalLong id = number(node.path("id"));
        OptionalLong type = number(node.path("type"));
        Activity activity = id.isEmpty() ? null : activities.get(id.getAsLong());
        if (activity == null || type.isEmpty()) {
            return false;
        }
        JsonNode fields = node.path("fields");
        return switch ((int) Math.clamp(type.getAsLong(), 0, Integer.MAX_VALUE)) {
            case BUILD_LOG_LINE -> buildLine(activity, fields.path(0));
            case SET_PHASE -> {
                activity.phase = Words.line(fields.path(0).asText(""), TEXT_LIMIT_CHARS);
                yield true;
            }
            case PROGRESS -> count(activity, fields);
            case SET_EXPECTED -> expect(activity, fields);
            default -> true; // of no interest here, such as linked files
        };
    }

    private boolean buildLine(Activity activity, JsonNode line) {
        if (activity.type != BUILD || !line.isTextual()) {
            return line.isTextual(); // hooks write too
        }
        add(
                buildLogs.computeIfAbsent(activity.subject, derivation -> new ArrayDeque<>()),
                Words.line(line.asText(), TEXT_LIMIT_CHARS));
        return true;
    }

    private static void add(Deque<String> lines, String line) {
        if (lines.size() == BUILD_LOG_LINES) {
            lines.removeFirst();
        }
        lines.addLast(line);
    }

    private static boolean count(Activity activity, JsonNode fields) {
        OptionalLong done = number(fields.path(0));
        OptionalLong expected = number(fields.path(1));
        if (done.isEmpty() || expected.isEmpty()) {
            return false;
        }
        activity.count = new NixProgress.Count(
                done.getAsLong(),
                expected.getAsLong(),
                number(fields.path(2)).orElse(0),
                number(fields.path(3)).orElse(0));
        return true;
    }

    private static boolean expect(Activity activity, JsonNode fields) {
        OptionalLong type = number(fields.path(0));
        OptionalLong expected = number(fields.path(1));
        if (type.isEmpty() || expected.isEmpty()) {
            return false;
        }
        if (type.getAsLong() == FILE_TRANSFER) {
            activity.expectedDownloads = expected.getAsLong();
        }
        return true;
    }

    private boolean message(JsonNode node) {
        OptionalLong level = number(node.path("level"));
        JsonNode text = node.path("msg");
        if (level.isEmpty() || !text.isTextual()) {
            return false;
        }
        String plainText = Words.clean(text.asText(), Integer.MAX_VALUE);
        // what the daemon says is of the error's level all of it; only errors have the message apart from the trace
        if (level.getAsLong() == LEVEL_ERROR && (node.path("raw_msg").isTextual() || plainText.startsWith("error:"))) {
            add(
                    errors,
                    new Message(
                            end(plainText),
                            Words.clean(node.path("raw_msg").asText(""), MESSAGE_LIMIT_CHARS)
                                    .strip(),
                            position(node),
                            trace(node.path("trace"))));
        } else if (plainText.startsWith(WARNING)) {
            add(warnings, Words.line(plainText.substring(WARNING.length()), WARNING_LIMIT_CHARS));
        }
        return true;
    }

    private static <T> void add(List<T> messages, T message) {
        if (messages.size() < MESSAGES_LIMIT) {
            messages.add(message);
        }
    }

    /** What is nearest to the error stands last. */
    private static String end(String text) {
        return text.substring(Math.max(0, text.length() - MESSAGE_LIMIT_CHARS));
    }

    private static List<Step> trace(JsonNode steps) {
        List<Step> trace = new ArrayList<>();
        for (JsonNode step : steps) {
            if (trace.size() < TRACE_LIMIT) {
                trace.add(new Step(Words.line(step.path("raw_msg").asText(""), WARNING_LIMIT_CHARS), position(step)));
            }
        }
        return trace;
    }

    private static Optional<SourcePosition> position(JsonNode node) {
        OptionalLong line = number(node.path("line"));
        OptionalLong column = number(node.path("column"));
        String file = Words.line(node.path("file").asText(""), MESSAGE_LIMIT_CHARS);
        if (line.orElse(0) == 0
                || column.isEmpty()
                || file.isEmpty()
                || node.path("file").isNull()) {
            return Optional.empty();
        }
        // newer versions of Nix write the numbers here once more
        String numbers = ":" + line.getAsLong() + ":" + column.getAsLong();
        return Optional.of(new SourcePosition(
                file.endsWith(numbers) ? file.substring(0, file.length() - numbers.length()) : file,
                (int) Math.clamp(line.getAsLong(), 0, Integer.MAX_VALUE),
                (int) Math.clamp(column.getAsLong(), 0, Integer.MAX_VALUE)));
    }

    /** A whole number that is not negative; of any other size or kind none. */
    private static OptionalLong number(JsonNode node) {
        return node.isIntegralNumber() && node.canConvertToLong() && node.asLong() >= 0
                ? OptionalLong.of(node.asLong())
                : OptionalLong.empty();
    }
}
