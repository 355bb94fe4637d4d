package dev.homeostat.ai.model;

import dev.homeostat.resource.Durations;
import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One download, from whatever is there of it to its end. A server may break off, be silent, know no ranges, change what it
 * serves, or lie: nothing of that makes a file that is not what the hash, or else the length and the server's own word of one
 * version, say. With the JDK's older client, because that one has a limit for silence in the middle of an answer. For one
 * thread.
 */
final class Download {
    private static final int PIECE_BYTES = 64 * 1024;
    private static final int REDIRECTS = 5;
    /** Of a token; longer ones are none. */
    private static final int TOKEN_LIMIT_BYTES = 4096;

    private static final int TOO_MANY = 429;
    private static final int TOO_EARLY = 425;
    private static final int RANGE_REFUSED = 416;
    private static final int PERMANENT_REDIRECT = 308;
    private static final int TEMPORARY_REDIRECT = 307;
    private static final Pattern RANGE = Pattern.compile("bytes (\\d{1,18})-(\\d{1,18})/(\\d{1,18}|\\*)");
    private static final Pattern UNSATISFIED = Pattern.compile("bytes \\*/(\\d{1,18})");
    private static final Pattern ETAG = Pattern.compile("\"[\\x21\\x23-\\x7e]{1,500}\"");
    private static final Pattern SECONDS = Pattern.compile("\\d{1,9}");

    private final Order order;
    private final Limits limits;
    private final ModelFolder folder;
    private final Partial partial;
    private final Progress progress;
    private final Allowance allowance;
    private final URI url;
    private final String host;

    /** The server's word for the version that the part is of; empty if it gave none. */
    private Optional<String> validator = Optional.empty();
    /** More than one answer is in the part. */
    private boolean spliced;
    /** Ranges of this server are not to be had, or not to be trusted. */
    private boolean noRanges;
    /** What the next attempt waits for, if the server said so. */
    private Optional<Duration> asked = Optional.empty();

    Download(Order order, Limits limits, ModelFolder folder, Partial partial, Progress progress) {
        this.order = order;
        this.limits = limits;
        this.folder = folder;
        this.partial = partial;
        this.progress = progress;
        this.allowance = new Allowance(order.rateBytesPerSecond());
        this.url = URI.create(order.source().url());
        this.host = url.getHost();
    }

    void run() throws Trouble, IOException, InterruptedException {
        String token = token();
        validator = partial.resume(progress);
        spliced = partial.bytes() > 0;
        untilWhole(token);
        if (isWrong() && spliced) {
            progress.say("what was put together is not the whole: once more from the beginning");
            anew();
            noRanges = true;
            untilWhole(token);
        }
        if (isWrong()) {
            throw Fetch.wrong(order, partial, host + " served");
        }
        partial.place(order.source().origin());
    }

    private boolean isWrong() {
        return order.expected() != null && !order.expected().equals(partial.sha256Hex());
    }

    /** Attempts, with growing pauses, until it is whole or too many got no further. */
    private void untilWhole(String token) throws Trouble, IOException, InterruptedException {
        long furthest = 0;
        int fruitless = 0;
        while (true) {
            String failure;
            asked = Optional.empty();
            try {
                if (attempt(token)) {
                    return;
                }
                failure = host + " broke off at " + partial.bytes() + " bytes";
            } catch (Again e) {
                failure = e.getMessage();
            }
            if (partial.bytes() >= furthest + limits.progressBytes()) {
                furthest = partial.bytes();
                fruitless = 0;
            }
            fruitless++;
            if (fruitless >= limits.attempts()) {
                throw Trouble.passing(failure + ", as " + limits.attempts()
                        + " attempts in a row got no further; what is there of it is kept");
            }
            Duration pause = asked.orElse(limits.pauseAfter(fruitless));
            progress.say(failure + ", tried again in " + Durations.format(pause));
            pause(pause);
        }
    }

    /** One attempt came to nothing, and another may not. */
    private static final class Again extends Exception {
        Again(String message, Throwable cause) {
            super(message, cause, false, false);
        }

        Again(String message) {
            this(message, null);
        }
    }

    private static void pause(Duration pause) throws InterruptedException {
        long end = System.nanoTime() + pause.toNanos();
        for (long left = pause.toNanos(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
        }
    }

    // ---- one attempt

    /** @return whether it is whole now */
    private boolean attempt(String token) throws Trouble, IOException, Again, InterruptedException {
        if (partial.bytes() > 0 && (noRanges || validator.isEmpty() && order.expected() == null)) {
            anew();
        }
        HttpURLConnection connection = answered(token);
        try {
            int status = status(connection);
            return switch (status) {
                case HttpURLConnection.HTTP_OK -> {
                    if (partial.bytes() > 0) { // it knows no ranges, or has another version by now
                        anew();
                    }
                    yield body(connection, connection.getContentLengthLong());
                }
                case HttpURLConnection.HTTP_PARTIAL -> body(connection, totalOfPart(connection));
                case RANGE_REFUSED -> refused(connection);
                default -> throw unexpected(connection, status);
            };
        } finally {
            connection.disconnect();
        }
    }

    private void anew() throws Trouble {
        partial.restart();
        validator = Optional.empty();
        spliced = false;
    }

    /** Asks, and follows redirects. */
    private HttpURLConnection answered(String token) throws Trouble, Again {
        URI at = url;
        for (int i = 0; i <= REDIRECTS; i++) {
            HttpURLConnection connection = ask(at, Hop.isSameServer(url, at) ? token : null);
            int status = status(connection);
            switch (status) {
                case HttpURLConnection.HTTP_MOVED_PERM,
                        HttpURLConnection.HTTP_MOVED_TEMP,
                        HttpURLConnection.HTTP_SEE_OTHER,
                        TEMPORARY_REDIRECT,
                        PERMANENT_REDIRECT -> {
                    Optional<String> location = Optional.ofNullable(connection.getHeaderField("Location"));
                    connection.disconnect();
                    at = Hop.next(at, location, order.expected() != null);
                }
                default -> {
                    return connection;
                }
            }
        }
        throw Trouble.passing(host + " redirects more than " + REDIRECTS + " times");
    }

    private HttpURLConnection ask(URI at, String token) throws Trouble, Again {
        try {
            URLConnection opened = at.toURL().openConnection();
            if (!(opened instanceof HttpURLConnection connection)) {
                throw Trouble.invalid("not an address of HTTP: " + Hop.told(at), "");
            }
            connection.setInstanceFollowRedirects(false);
            connection.setUseCaches(false);
            connection.setConnectTimeout(Math.toIntExact(limits.connect().toMillis()));
            connection.setReadTimeout(Math.toIntExact(limits.silence().toMillis()));
            connection.setRequestProperty("User-Agent", "homeostat");
            connection.setRequestProperty("Accept", "*/*");
            connection.setRequestProperty("Accept-Encoding", "identity");
            connection.setRequestProperty("Connection", "close");
            if (token != null) {
                connection.setRequestProperty("Authorization", "Bearer " + token);
            }
            if (partial.bytes() > 0) {
                connection.setRequestProperty("Range", "bytes=" + partial.bytes() + "-");
                validator.ifPresent(v -> connection.setRequestProperty("If-Range", v));
            }
            connection.connect();
            return connection;
        } catch (IOException | IllegalArgumentException e) {
            throw new Again(host + " cannot be reached: " + e.getMessage(), e);
        }
    }

    private int status(HttpURLConnection connection) throws Again {
        try {
            return connection.getResponseCode();
        } catch (IOException e) {
            throw new Again(host + " does not answer: " + e.getMessage(), e);
        }
    }

    /** Of a part: how long the whole is. What does not begin where we are is of no use. */
    private long totalOfPart(HttpURLConnection connection) throws Again {
        Matcher range = RANGE.matcher(String.valueOf(connection.getHeaderField("Content-Range")));
        if (!range.matches() || Long.parseLong(range.group(1)) != partial.bytes()) {
            noRanges = true;
            throw new Again(host + " sends another part than was asked for");
        }
        Optional<String> now = version(connection);
        if (validator.isPresent() && now.isPresent() && !now.equals(validator)) {
            noRanges = true;
            throw new Again(host + " sends a part of another version");
        }
        return range.group(3).equals("*") ? -1 : Long.parseLong(range.group(3));
    }

    /** There is nothing beyond what we have: that is all of it, or we have something else. */
    private boolean refused(HttpURLConnection connection) throws Again {
        Matcher whole = UNSATISFIED.matcher(String.valueOf(connection.getHeaderField("Content-Range")));
        boolean all = whole.matches() && Long.parseLong(whole.group(1)) == partial.bytes();
        Long declared = order.source().bytes();
        if (all && (declared == null || declared == partial.bytes())) {
            return true;
        }
        if (noRanges) {
            throw new Again(host + " refuses to send it from the beginning");
        }
        noRanges = true;
        throw new Again(host + " has less than what is there already");
    }

    private Trouble unexpected(HttpURLConnection connection, int status) throws Again {
        switch (status) {
            case TOO_MANY,
                    TOO_EARLY,
                    HttpURLConnection.HTTP_CLIENT_TIMEOUT,
                    HttpURLConnection.HTTP_INTERNAL_ERROR,
                    HttpURLConnection.HTTP_BAD_GATEWAY,
                    HttpURLConnection.HTTP_UNAVAILABLE,
                    HttpURLConnection.HTTP_GATEWAY_TIMEOUT -> {
                asked = retryAfter(connection);
                if (asked.isPresent() && asked.get().compareTo(limits.retryAfter()) > 0) {
                    return Trouble.passing(host + " answers " + status + " and asks to come back in "
                            + Durations.format(asked.get()) + "; what is there of it is kept");
                }
                throw new Again(host + " answers " + status);
            }
            case HttpURLConnection.HTTP_UNAUTHORIZED, HttpURLConnection.HTTP_FORBIDDEN -> {
                return Trouble.invalid(
                        host + " does not let us have it: status " + status,
                        order.source().tokenFile() == null
                                ? "if it wants a token: own: {...: {tokenFile: FILE}}"
                                : "see whether the token in " + order.source().tokenFile() + " is still good");
            }
            default -> {
                return Trouble.invalid(
                        host + " does not have " + url.getPath() + ": status " + status, "correct the address");
            }
        }
    }

    private static Optional<Duration> retryAfter(HttpURLConnection connection) {
        String value = connection.getHeaderField("Retry-After");
        if (value == null) {
            return Optional.empty();
        }
        if (SECONDS.matcher(value.strip()).matches()) {
            return Optional.of(Duration.ofSeconds(Long.parseLong(value.strip())));
        }
        try {
            Instant then = ZonedDateTime.parse(value.strip(), DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
            Duration left = Duration.between(Instant.now(), then);
            return Optional.of(
                    left.isNegative() ? Duration.ZERO : left.truncatedTo(java.time.temporal.ChronoUnit.SECONDS));
        } catch (DateTimeParseException e) { // as if it had said nothing
            return Optional.empty();
        }
    }

    // ---- what comes

    /**
     * @param said length of the whole by this answer; negative if it does not say
     * @return whether it is whole now
     */
    private boolean body(HttpURLConnection connection, long said)
            throws Trouble, IOException, Again, InterruptedException {
        String encoding = connection.getHeaderField("Content-Encoding");
        if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            throw Trouble.passing(host + " sends it encoded as " + encoding + ", which nobody asked for");
        }
        Long declared = order.source().bytes();
        if (said >= 0 && declared != null && said != declared) {
            throw otherLength(version(connection), said, declared);
        }
        if (said == 0) {
            throw Trouble.passing(host + " has an empty file");
        }
        boolean chunked = "chunked".equalsIgnoreCase(connection.getHeaderField("Transfer-Encoding"));
        if (said < 0 && !chunked && declared == null && order.expected() == null) {
            throw Trouble.invalid(
                    host + " does not say how long it is, so that nobody could tell when it is whole",
                    "declare its sha256 or its bytes");
        }
        long whole = said >= 0 ? said : declared != null ? declared : 0;
        folder.needs(Math.max(0, whole - partial.bytes()), whole);
        spliced |= partial.bytes() > 0;
        validator = version(connection);
        partial.belongsTo(validator.orElse(null));
        boolean ended = read(connection, whole);
        if (whole > 0) {
            if (said < 0 && ended && chunked && partial.bytes() < whole) { // it said where it ends, after all
                throw otherLength(validator, partial.bytes(), whole);
            }
            return partial.bytes() == whole;
        }
        return ended && (chunked || !isWrong()); // else nobody but the hash can tell the end from a line that broke
    }

    /** @return whether the answer ended as answers do; that says nothing if it has no length and no chunks */
    private boolean read(HttpURLConnection connection, long whole)
            throws Trouble, IOException, Again, InterruptedException {
        byte[] piece = new byte[PIECE_BYTES];
        long windowNanos = System.nanoTime();
        long windowBytes = 0;
        long looked = partial.bytes();
        try (InputStream in = connection.getInputStream()) {
            while (true) {
                int read = next(in, piece);
                if (read < 0) {
                    return true;
                }
                if (whole > 0 && partial.bytes() + read > whole) {
                    partial.add(piece, Math.toIntExact(whole - partial.bytes()));
                    throw tooMuch(whole);
                }
                partial.add(piece, read);
                progress.tell("downloaded", partial.bytes(), whole);
                if (partial.bytes() - looked >= Progress.STEP_BYTES) {
                    looked = partial.bytes();
                    folder.needs(0, whole);
                }
                allowance.take(read);
                windowBytes += read;
                if (System.nanoTime() - windowNanos >= limits.pace().toNanos()) {
                    if (windowBytes < limits.paceBytes()) {
                        throw new Again(host + " sent " + windowBytes + " bytes in " + Durations.format(limits.pace()));
                    }
                    windowNanos = System.nanoTime();
                    windowBytes = 0;
                }
            }
        }
    }

    private int next(InputStream in, byte[] piece) throws Again {
        try {
            return in.read(piece);
        } catch (IOException e) {
            throw new Again(
                    host + " broke off at " + partial.bytes() + " bytes ("
                            + (e instanceof java.net.SocketTimeoutException
                                    ? "silent for " + Durations.format(limits.silence())
                                    : e.getMessage())
                            + ")",
                    e);
        }
    }

    private Trouble tooMuch(long whole) throws Trouble {
        String aside = partial.setAside(order.source().origin());
        return Trouble.conflict(
                host + " sends more than the " + whole + " bytes that it has to have; what came is set aside as "
                        + aside,
                Remedies.WRONG);
    }

    /** What is there of it is kept: it is gone on with if the declaration was wrong. */
    private Trouble otherLength(Optional<String> version, long served, long declared) throws Trouble, IOException {
        partial.hasOtherLength(version.orElse(null), served, declared);
        return Remedies.otherLength(host, served, declared);
    }

    private static Optional<String> version(HttpURLConnection connection) {
        String etag = connection.getHeaderField("ETag");
        if (etag != null && ETAG.matcher(etag).matches()) {
            return Optional.of(etag);
        }
        return Optional.ofNullable(connection.getHeaderField("Last-Modified"))
                .filter(date -> date.length() < 60 && date.chars().allMatch(c -> c >= ' ' && c < 127));
    }

    // ---- who may have it

    /** @return null if none is declared */
    private String token() throws Trouble {
        String file = order.source().tokenFile();
        if (file == null) {
            return null;
        }
        if (!Hop.isEncrypted(url) && !Hop.isLoopback(url)) {
            throw Trouble.invalid("a token is not sent without encryption", "use https");
        }
        Path path = Path.of(file);
        try {
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS);
            if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)
                    || !Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS)
                            .equals(ModelFolder.ownUid())
                    || permissions.stream().anyMatch(p -> !p.name().startsWith("OWNER"))
                    || Files.size(path) > TOKEN_LIMIT_BYTES) {
                throw Trouble.invalid(
                        file + " is no small file of " + System.getProperty("user.name")
                                + "'s that nobody else may read",
                        "chown it, and chmod 600");
            }
            String token = Files.readString(path, StandardCharsets.US_ASCII).strip();
            if (token.isEmpty() || !token.chars().allMatch(c -> c > ' ' && c < 127)) {
                throw Trouble.invalid(file + " does not hold one token", "write it there, alone");
            }
            return token;
        } catch (IOException e) {
            throw Trouble.invalid(file + " cannot be read: " + e.getMessage(), "put the token there");
        }
    }
}
