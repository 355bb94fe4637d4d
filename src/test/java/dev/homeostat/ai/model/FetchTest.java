package dev.homeostat.ai.model;

import static dev.homeostat.ai.model.Unreliable.breaking;
import static dev.homeostat.ai.model.Unreliable.good;
import static dev.homeostat.ai.model.Unreliable.plain;
import static dev.homeostat.ai.model.Unreliable.status;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.resource.Sha256;
import dev.homeostat.resource.Trouble;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The program that fetches, against servers as they are. */
@Timeout(60)
class FetchTest {
    private static final String NAME = "small.gguf";
    private static final String ETAG = "\"one\"";
    /** Waits for nobody longer than a test may. */
    private static final Limits LIMITS = new Limits(
            Duration.ofSeconds(5),
            Duration.ofMillis(300),
            Duration.ofSeconds(5),
            1,
            4,
            1,
            Duration.ofMillis(5),
            Duration.ofMillis(20),
            Duration.ofSeconds(30));

    private static final byte[] CONTENT = content(1, 300_000);
    private static final String SHA = Sha256.hex(CONTENT);

    @TempDir
    private Path home;

    private Path folder;

    @BeforeEach
    void begin() {
        folder = home.resolve("models");
    }

    private static byte[] content(long seed, int length) {
        byte[] content = new byte[length];
        new Random(seed).nextBytes(content);
        return content;
    }

    /** How one run of the program ended. */
    private record Ended(int status, String output) {
        Trouble trouble() {
            return output.lines()
                    .flatMap(line -> Outcome.trouble(line).stream())
                    .reduce((a, b) -> b)
                    .orElseThrow(() -> new AssertionError("no trouble: " + output));
        }

        Ended good() {
            assertThat(status).as(output).isZero();
            return this;
        }
    }

    private Ended run(Limits limits, String... arguments) {
        List<String> all = new ArrayList<>(List.of("fetch", "--folder", folder.toString(), "--name", NAME));
        all.addAll(List.of(arguments));
        return program(limits, all);
    }

    private static Ended program(Limits limits, List<String> arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int status = Fetch.run(limits, new PrintStream(out, true, UTF_8), arguments.toArray(String[]::new));
        return new Ended(status, out.toString(UTF_8));
    }

    private Ended fetch(Unreliable server) {
        return run(LIMITS, "--url", server.url("/m"), "--sha256", SHA, "--bytes", "" + CONTENT.length);
    }

    /** Nobody says what it should be. */
    private Ended trusting(Unreliable server) {
        return run(LIMITS, "--url", server.url("/m"));
    }

    private void isThere(byte[] content) throws IOException {
        Path file = folder.resolve(NAME);
        assertThat(file).hasBinaryContent(content);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
                .isEqualTo("rwx------");
        Receipt receipt =
                Receipt.parse(Files.readString(folder.resolve(NAME + ".json"))).orElseThrow();
        assertThat(receipt.sha256()).isEqualTo(Sha256.hex(content));
        assertThat(receipt.bytes()).isEqualTo(content.length);
        assertThat(names()).contains(NAME, NAME + ".json").doesNotContain(NAME + ".part", NAME + ".part.json");
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }

    private void makeFolder() throws IOException {
        Files.createDirectory(
                folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }

    private void isNotThere() {
        assertThat(folder.resolve(NAME)).doesNotExist();
    }

    // ---- as it should be

    @Test
    void a_file_is_fetched_noted_and_then_left() throws Exception {
        try (Unreliable server = new Unreliable(good(CONTENT, ETAG))) {
            fetch(server).good();
            isThere(CONTENT);
            fetch(server).good();
            assertThat(server.asked()).hasSize(1);
            assertThat(names()).containsExactly(NAME, NAME + ".json");
        }
    }

    @Test
    void without_a_declared_hash_what_came_first_counts() throws Exception {
        try (Unreliable server = new Unreliable(good(CONTENT, ETAG))) {
            trusting(server).good();
            isThere(CONTENT);
        }
    }

    @Test
    void without_a_length_the_end_of_the_chunks_counts() throws Exception {
        try (Unreliable server = new Unreliable(Unreliable.chunked(CONTENT, true))) {
            trusting(server).good();
            isThere(CONTENT);
        }
    }

    // ---- breaking off

    @Test
    void what_broke_off_is_gone_on_with() throws Exception {
        try (Unreliable server = new Unreliable(breaking(CONTENT, ETAG, 100_000), good(CONTENT, ETAG))) {
            fetch(server).good();
            isThere(CONTENT);
            assertThat(server.asked().get(1).header("range")).isEqualTo("bytes=100000-");
            assertThat(server.asked().get(1).header("if-range")).isEqualTo(ETAG);
        }
    }

    @Test
    void another_process_goes_on_with_what_one_left() throws Exception {
        Unreliable.Manner once = breaking(CONTENT, ETAG, 100_000);
        try (Unreliable server = new Unreliable(once, status("404 Not Found"), good(CONTENT, ETAG))) {
            assertThat(fetch(server).trouble().getMessage()).contains("404");
            isNotThere();
            assertThat(folder.resolve(NAME + ".part")).hasSize(100_000);
            fetch(server).good();
            isThere(CONTENT);
            assertThat(server.asked().get(2).from()).isEqualTo(100_000);
        }
    }

    @Test
    void a_server_without_ranges_is_asked_for_all_again() throws Exception {
        try (Unreliable server =
                new Unreliable(plain(CONTENT, 100_000), plain(CONTENT, 200_000), plain(CONTENT, 300_000))) {
            fetch(server).good();
            isThere(CONTENT);
        }
    }

    @Test
    void a_server_that_always_breaks_off_at_the_same_place_is_given_up_for_now() throws Exception {
        try (Unreliable server = new Unreliable(plain(CONTENT, 100_000))) {
            Trouble trouble = fetch(server).trouble();
            assertThat(trouble.sort()).isEqualTo(Trouble.Sort.TRANSIENT);
            assertThat(trouble.getMessage()).contains("127.0.0.1 broke off").contains("4 attempts in a row");
            isNotThere();
        }
    }

    @Test
    void a_server_that_is_silent_in_the_middle_is_left_and_asked_again() throws Exception {
        Unreliable[] it = new Unreliable[1];
        try (Unreliable server = new Unreliable(
                (asked, out) -> it[0].stalling(CONTENT, ETAG, 50_000).answer(asked, out), good(CONTENT, ETAG))) {
            it[0] = server;
            assertThat(fetch(server).good().output()).contains("silent for 300ms");
            isThere(CONTENT);
            assertThat(server.asked().get(1).from()).isEqualTo(50_000);
        }
    }

    @Test
    void a_trickle_counts_as_silence() throws Exception {
        Limits strict = new Limits(
                LIMITS.connect(),
                LIMITS.silence(),
                Duration.ofMillis(100),
                10_000,
                2,
                1 << 20,
                LIMITS.pause(),
                LIMITS.longestPause(),
                LIMITS.retryAfter());
        try (Unreliable server = new Unreliable(Unreliable.slow(CONTENT, ETAG, 10, 20))) {
            Trouble trouble =
                    run(strict, "--url", server.url("/m"), "--sha256", SHA).trouble();
            assertThat(trouble.getMessage()).contains("bytes in 100ms");
        }
    }

    /** Whatever the lengths after which it breaks off, and whether or not it says which version it has. */
    @Property(tries = 60)
    void any_sequence_of_break_offs_gives_the_same_file(
            @ForAll @Size(max = 6) List<@IntRange(max = 4000) Integer> breaks,
            @ForAll boolean tagged,
            @ForAll boolean ranges,
            @ForAll @IntRange(min = 1, max = 9000) int length,
            @ForAll long seed)
            throws Exception {
        byte[] content = content(seed, length);
        Path own = Files.createTempDirectory("models");
        folder = own.resolve("models");
        String etag = tagged ? ETAG : null;
        List<Unreliable.Manner> manners = new ArrayList<>();
        for (int after : breaks) {
            manners.add(ranges ? breaking(content, etag, after) : plain(content, after));
        }
        manners.add(ranges ? good(content, etag) : plain(content, length));
        try (Unreliable server = new Unreliable(manners.toArray(Unreliable.Manner[]::new))) {
            Ended ended = null;
            for (int i = 0; i < 8 && (ended == null || ended.status() != 0); i++) {
                ended = run(LIMITS, "--url", server.url("/m"), "--sha256", Sha256.hex(content));
                assertThat(ended.output()).doesNotContain("CONFLICT");
            }
            ended.good();
            isThere(content);
        } finally {
            try (Stream<Path> all = Files.walk(own)) {
                for (Path each : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
                    Files.delete(each);
                }
            }
        }
    }

    // ---- another version

    @Test
    void a_file_that_changed_at_the_server_is_fetched_from_the_beginning() throws Exception {
        byte[] other = content(2, 300_000);
        try (Unreliable server = new Unreliable(breaking(other, "\"zero\"", 100_000), good(CONTENT, ETAG))) {
            fetch(server).good();
            isThere(CONTENT);
        }
    }

    @Test
    void parts_of_two_versions_are_not_put_together_even_if_the_server_does_so() throws Exception {
        byte[] other = content(2, 300_000);
        Unreliable.Manner careless = (asked, out) -> { // ignores If-Range, and tells no version
            int from = asked.from();
            Unreliable.head(
                    out,
                    from > 0 ? "206 Partial Content" : "200 OK",
                    "Content-Length: " + (CONTENT.length - from),
                    "Content-Range: bytes " + from + "-" + (CONTENT.length - 1) + "/" + CONTENT.length);
            out.write(CONTENT, from, CONTENT.length - from);
        };
        try (Unreliable server = new Unreliable(breaking(other, null, 100_000), careless)) {
            assertThat(fetch(server).good().output()).contains("once more from the beginning");
            isThere(CONTENT);
        }
    }

    @Test
    void without_a_hash_nothing_is_gone_on_with_that_the_server_does_not_vouch_for() throws Exception {
        byte[] other = content(2, 300_000);
        try (Unreliable server = new Unreliable(breaking(other, null, 100_000), good(CONTENT, null))) {
            trusting(server).good();
            isThere(CONTENT);
            assertThat(server.asked().get(1).header("range")).isNull();
        }
        folder = home.resolve("again");
        try (Unreliable server = new Unreliable(breaking(other, "\"zero\"", 100_000), good(CONTENT, ETAG))) {
            trusting(server).good();
            isThere(CONTENT);
        }
    }

    @Test
    void a_part_that_is_longer_than_what_the_server_has_is_dropped() throws Exception {
        byte[] longer = content(2, 400_000);
        try (Unreliable server = new Unreliable(breaking(longer, ETAG, 350_000), good(CONTENT, ETAG))) {
            run(LIMITS, "--url", server.url("/m"), "--sha256", SHA).good();
            isThere(CONTENT);
        }
    }

    @Test
    void a_part_that_is_all_of_it_takes_its_place() throws Exception {
        makeFolder();
        Files.write(folder.resolve(NAME + ".part"), CONTENT);
        try (Unreliable server = new Unreliable(good(CONTENT, ETAG))) {
            Files.writeString(folder.resolve(NAME + ".part.json"), "{\"url\": \"" + server.url("/m") + "\"}");
            fetch(server).good();
            assertThat(folder.resolve(NAME)).hasBinaryContent(CONTENT);
        }
    }

    @Test
    void a_part_with_a_torn_end_is_found_out() throws Exception {
        makeFolder();
        byte[] torn = Arrays.copyOf(CONTENT, 100_000);
        Arrays.fill(torn, 90_000, 100_000, (byte) 0); // as a power failure leaves it
        Files.write(folder.resolve(NAME + ".part"), torn);
        try (Unreliable server = new Unreliable(good(CONTENT, ETAG))) {
            Files.writeString(folder.resolve(NAME + ".part.json"), "{\"url\": \"" + server.url("/m") + "\"}");
            fetch(server).good();
            assertThat(folder.resolve(NAME)).hasBinaryContent(CONTENT);
            assertThat(server.asked()).hasSize(2);
        }
    }

    // ---- lies

    @Test
    void wrong_bytes_are_set_aside_and_named() throws Exception {
        byte[] other = content(2, 300_000);
        try (Unreliable server = new Unreliable(good(other, ETAG))) {
            Trouble trouble = fetch(server).trouble();
            String aside = NAME + ".wrong-" + Sha256.hex(other).substring(0, 12);
            assertThat(trouble.sort()).isEqualTo(Trouble.Sort.CONFLICT);
            assertThat(trouble.sentence())
                    .contains("127.0.0.1 served sha256 " + Sha256.hex(other) + " (300000 bytes) instead of " + SHA)
                    .contains("set aside as " + aside);
            isNotThere();
            assertThat(names()).containsExactly(aside, aside + ".json");
            assertThat(folder.resolve(aside)).hasBinaryContent(other);
        }
    }

    @Test
    void a_length_that_is_not_the_declared_one_is_refused_before_anything_comes() throws Exception {
        for (long said : new long[] {CONTENT.length - 1, CONTENT.length + 1}) {
            try (Unreliable server = new Unreliable(Unreliable.lying(CONTENT, said))) {
                assertThat(fetch(server).trouble().sentence())
                        .contains("127.0.0.1 has " + said + " bytes, declared are 300000");
                isNotThere();
                assertThat(names()).as("of use to the next one").containsExactly(NAME + ".part.json");
            }
        }
    }

    @Test
    void nothing_empty_stays_of_what_could_not_be_had() throws Exception {
        for (Unreliable.Manner none :
                List.of(status("404 Not Found"), status("403 Forbidden"), status("200 OK"), plain(CONTENT, 0))) {
            try (Unreliable server = new Unreliable(none)) {
                fetch(server).trouble();
                trusting(server).trouble();
                assertThat(names()).isEmpty();
            }
        }
        makeEmptyPart();
        copy(home.resolve("none")).trouble();
        assertThat(names()).isEmpty();
    }

    /** As a program leaves it that is killed before anything has come. */
    private void makeEmptyPart() throws IOException {
        Files.createFile(folder.resolve(NAME + ".part"));
    }

    @Test
    void less_in_chunks_than_is_declared_is_told_and_gone_on_with_when_that_is_corrected() throws Exception {
        Unreliable.Manner unsatisfied = status("416 Range Not Satisfiable", "Content-Range: bytes */" + CONTENT.length);
        try (Unreliable server = new Unreliable(Unreliable.chunked(CONTENT, true), unsatisfied)) {
            Trouble trouble = run(LIMITS, "--url", server.url("/m"), "--sha256", SHA, "--bytes", "300001")
                    .trouble();
            assertThat(trouble.sort()).isEqualTo(Trouble.Sort.CONFLICT);
            assertThat(trouble.getMessage()).contains("127.0.0.1 has 300000 bytes, declared are 300001");
            assertThat(server.asked()).hasSize(1);
            fetch(server).good();
            assertThat(server.asked()).hasSize(2);
            assertThat(folder.resolve(NAME)).hasBinaryContent(CONTENT);
        }
    }

    @Test
    void less_than_was_said_is_a_break_and_more_is_not_taken() throws Exception {
        try (Unreliable server = new Unreliable(Unreliable.lying(CONTENT, CONTENT.length + 10))) {
            assertThat(trusting(server).trouble().getMessage()).contains("broke off");
            isNotThere();
        }
        folder = home.resolve("more");
        try (Unreliable server = new Unreliable(Unreliable.lying(CONTENT, CONTENT.length - 10))) {
            assertThat(trusting(server).trouble().getMessage()).contains("sends more than the 299990 bytes");
            isNotThere();
        }
    }

    @Test
    void more_than_is_declared_is_not_taken() throws Exception {
        try (Unreliable server = new Unreliable(Unreliable.chunked(CONTENT, true))) {
            Trouble trouble = run(LIMITS, "--url", server.url("/m"), "--sha256", SHA, "--bytes", "1000")
                    .trouble();
            assertThat(trouble.getMessage()).contains("sends more than the 1000 bytes");
            isNotThere();
            assertThat(names()).hasSize(2).allMatch(name -> name.contains(".wrong-"));
        }
    }

    @Test
    void chunks_without_their_end_are_not_whole() throws Exception {
        try (Unreliable server =
                new Unreliable(Unreliable.chunked(CONTENT, false), Unreliable.chunked(CONTENT, true))) {
            trusting(server).good();
            isThere(CONTENT);
            assertThat(server.asked()).hasSize(2);
        }
    }

    @Test
    void an_end_by_closing_is_believed_only_if_the_hash_is_right() throws Exception {
        try (Unreliable server = new Unreliable(Unreliable.endless(CONTENT, CONTENT.length))) {
            assertThat(trusting(server).trouble().getMessage()).contains("does not say how long it is");
        }
        try (Unreliable server =
                new Unreliable(Unreliable.endless(CONTENT, 1000), Unreliable.endless(CONTENT, CONTENT.length))) {
            run(LIMITS, "--url", server.url("/m"), "--sha256", SHA).good();
            isThere(CONTENT);
        }
    }

    @Test
    void an_empty_file_is_none() throws Exception {
        try (Unreliable server = new Unreliable(status("200 OK"))) {
            assertThat(trusting(server).trouble().getMessage()).contains("has an empty file");
            isNotThere();
        }
    }

    // ---- refusals

    @Test
    void a_busy_server_is_asked_again_when_it_says() throws Exception {
        for (String busy : List.of("429 Too Many Requests", "503 Service Unavailable", "500 Internal Server Error")) {
            folder = home.resolve(busy.substring(0, 3));
            try (Unreliable server = new Unreliable(status(busy, "Retry-After: 1"), good(CONTENT, ETAG))) {
                long start = System.nanoTime();
                assertThat(fetch(server).good().output()).contains("tried again in 1s");
                assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
                isThere(CONTENT);
            }
        }
    }

    @Test
    void a_server_that_wants_to_be_left_alone_for_an_hour_is() throws Exception {
        try (Unreliable server = new Unreliable(status("503 Service Unavailable", "Retry-After: 3600"))) {
            assertThat(fetch(server).trouble().getMessage()).contains("asks to come back in 1h");
            assertThat(server.asked()).hasSize(1);
        }
    }

    @Test
    void what_is_not_there_or_not_for_us_is_not_asked_for_again() throws Exception {
        for (String status : List.of("404 Not Found", "403 Forbidden", "401 Unauthorized", "410 Gone")) {
            try (Unreliable server = new Unreliable(status(status))) {
                Trouble trouble = fetch(server).trouble();
                assertThat(trouble.sort()).isEqualTo(Trouble.Sort.INVALID);
                assertThat(trouble.getMessage()).contains("status " + status.substring(0, 3));
                assertThat(server.asked()).hasSize(1);
            }
        }
    }

    // ---- redirects and tokens

    private Path token() throws IOException {
        Path file = home.resolve("token");
        Files.writeString(file, "hf_secret\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        return file;
    }

    @Test
    void a_redirect_is_followed_and_the_token_stays_with_the_declared_server() throws Exception {
        try (Unreliable storage = new Unreliable(good(CONTENT, ETAG));
                Unreliable server = new Unreliable(
                        status("302 Found", "Location: /other"),
                        status("307 Temporary Redirect", "Location: " + storage.url("/signed?key=1")))) {
            Ended ended = run(LIMITS, "--url", server.url("/m"), "--sha256", SHA, "--token-file", token().toString());
            ended.good();
            isThere(CONTENT);
            assertThat(server.asked())
                    .allSatisfy(a -> assertThat(a.header("authorization")).isEqualTo("Bearer hf_secret"));
            assertThat(server.asked()).extracting(Unreliable.Asked::path).containsExactly("/m", "/other");
            assertThat(storage.asked())
                    .hasSize(1)
                    .allSatisfy(a -> assertThat(a.header("authorization")).isNull());
            assertThat(ended.output()).doesNotContain("hf_secret");
        }
    }

    @Test
    void a_token_that_others_may_read_is_not_used() throws Exception {
        Path file = token();
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        try (Unreliable server = new Unreliable(good(CONTENT, ETAG))) {
            Trouble trouble = run(LIMITS, "--url", server.url("/m"), "--token-file", file.toString())
                    .trouble();
            assertThat(trouble.sentence()).contains("nobody else may read").doesNotContain("hf_secret");
            assertThat(server.asked()).isEmpty();
        }
    }

    @Test
    void redirects_in_circles_and_to_other_protocols_are_refused() throws Exception {
        try (Unreliable server = new Unreliable(status("302 Found", "Location: /m"))) {
            assertThat(fetch(server).trouble().getMessage()).contains("redirects more than 5 times");
        }
        for (String to : List.of("file:///etc/passwd", "ftp://127.0.0.1/x", "http://user:pw@127.0.0.1/x")) {
            try (Unreliable server = new Unreliable(status("302 Found", "Location: " + to))) {
                assertThat(fetch(server).trouble().getMessage())
                        .contains("redirects to")
                        .doesNotContain("pw");
            }
        }
        try (Unreliable server = new Unreliable(status("302 Found", "Location: http://198.51.100.1/x"))) {
            assertThat(trusting(server).trouble().getMessage()).contains("can be changed by whoever is in between");
        }
    }

    // ---- how fast

    @Test
    void no_more_comes_in_a_second_than_is_declared() throws Exception {
        try (Unreliable server = new Unreliable(good(CONTENT, ETAG))) {
            long start = System.nanoTime();
            run(LIMITS, "--url", server.url("/m"), "--rate", "200000").good();
            // 300 kB, of which a quarter of a second's worth may come at once
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(1100));
            isThere(CONTENT);
        }
    }

    @Test
    void progress_is_told() throws Exception {
        try (Unreliable server = new Unreliable(Unreliable.slow(CONTENT, ETAG, 50_000, 150))) {
            List<String> lines = fetch(server).good().output().lines().toList();
            assertThat(lines)
                    .filteredOn(line -> line.startsWith("progress downloaded"))
                    .hasSizeGreaterThanOrEqualTo(2)
                    .allMatch(line -> line.endsWith(" 300000"));
            assertThat(Outcome.advance("progress downloaded 1048576 3145728"))
                    .hasValueSatisfying(a -> assertThat(a).hasToString("1 of 3 MiB downloaded"));
        }
    }

    // ---- files that are there

    @Test
    void a_right_file_that_somebody_put_there_is_kept() throws Exception {
        makeFolder();
        Files.write(folder.resolve(NAME), CONTENT);
        try (Unreliable server = new Unreliable(good(CONTENT, ETAG))) {
            fetch(server).good();
            assertThat(server.asked()).isEmpty();
            assertThat(names()).containsExactly(NAME, NAME + ".json");
        }
    }

    @Test
    void a_wrong_file_that_somebody_put_there_is_set_aside() throws Exception {
        makeFolder();
        Files.writeString(folder.resolve(NAME), "mine");
        try (Unreliable server = new Unreliable(good(CONTENT, ETAG))) {
            assertThat(fetch(server).trouble().getMessage()).contains("is set aside as " + NAME + ".wrong-");
            fetch(server).good();
            isThere(CONTENT);
            assertThat(folder.resolve(NAME + ".wrong-" + Sha256.hex("mine").substring(0, 12)))
                    .hasContent("mine");
        }
    }

    @Test
    void what_is_fetched_from_elsewhere_takes_the_place_of_what_is_there() throws Exception {
        byte[] other = content(2, 1000);
        try (Unreliable server = new Unreliable(good(CONTENT, ETAG), good(other, "\"two\""))) {
            trusting(server).good();
            run(LIMITS, "--url", server.url("/other")).good();
            isThere(other);
            assertThat(folder.resolve(NAME + ".wrong-" + SHA.substring(0, 12))).hasBinaryContent(CONTENT);
        }
    }

    @Test
    void links_are_not_followed() throws Exception {
        Path victim = home.resolve("victim");
        Files.writeString(victim, "mine");
        makeFolder();
        try (Unreliable server = new Unreliable(good(CONTENT, ETAG))) {
            for (String name : List.of(NAME, NAME + ".part")) {
                Files.createSymbolicLink(folder.resolve(name), victim);
                assertThat(fetch(server).trouble().getMessage()).contains("is no regular file");
                Files.delete(folder.resolve(name));
            }
            assertThat(victim).hasContent("mine");
            Files.delete(folder);
            Files.createSymbolicLink(folder, home);
            assertThat(fetch(server).trouble().getMessage()).contains("or a link to one");
        }
    }

    // ---- copies

    private Ended copy(Path from, String... more) {
        List<String> arguments = new ArrayList<>(List.of("--file", from.toString()));
        arguments.addAll(List.of(more));
        return run(LIMITS, arguments.toArray(String[]::new));
    }

    @Test
    void a_local_file_is_copied_and_checked() throws Exception {
        Path from = home.resolve("mine.gguf");
        Files.write(from, CONTENT);
        copy(from, "--sha256", SHA).good();
        isThere(CONTENT);
        assertThat(from).hasBinaryContent(CONTENT);
    }

    @Test
    void a_wrong_or_missing_local_file_is_told() throws Exception {
        Path from = home.resolve("mine.gguf");
        assertThat(copy(from).trouble().sentence()).contains("there is no file " + from);
        Files.writeString(from, "mine");
        assertThat(copy(from, "--bytes", "5").trouble().getMessage()).contains("has 4 bytes, declared are 5");
        assertThat(copy(from, "--sha256", SHA).trouble().getMessage())
                .contains(from + " has sha256 " + Sha256.hex("mine"))
                .contains("set aside as");
        isNotThere();
    }

    // ---- orders

    @Test
    void what_is_no_order_is_refused() {
        for (String[] wrong : new String[][] {
            {},
            {"frob"},
            {"fetch", "--folder", "relative", "--name", NAME, "--url", "https://h/x"},
            {"fetch", "--folder", "/x", "--name", "../up", "--url", "https://h/x"},
            {"fetch", "--folder", "/x", "--name", "a.part", "--url", "https://h/x"},
            {"fetch", "--folder", "/x", "--name", NAME},
            {"fetch", "--folder", "/x", "--name", NAME, "--url", "https://h/x", "--file", "/y"},
            {"fetch", "--folder", "/x", "--name", NAME, "--url", "http://198.51.100.1/x"},
            {"fetch", "--folder", "/x", "--name", NAME, "--url", "https://h/x", "--sha256", "abc"},
            {"fetch", "--folder", "/x", "--name", NAME, "--url", "https://h/x", "--rate"}
        }) {
            assertThat(program(LIMITS, List.of(wrong)).status())
                    .as(Arrays.toString(wrong))
                    .isEqualTo(64);
        }
    }

    @Test
    void an_order_survives_its_way_through_a_command_line() throws Exception {
        Order order = new Order(folder, NAME, new ModelSource("https://h/x", null, SHA, 7L, "/t"), SHA, 100_000, false);
        assertThat(Order.parse(order.arguments().toArray(String[]::new))).isEqualTo(order);
    }
}
