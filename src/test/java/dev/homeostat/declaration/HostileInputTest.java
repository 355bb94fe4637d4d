package dev.homeostat.declaration;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.homeostat.declaration.Located.Fields;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Place;
import dev.homeostat.resource.Problem;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Whatever is in the files: it is a declaration, or problems with places, soon and within bounds. */
class HostileInputTest {
    private static final DeclarationReader READER = Readers.system();
    /** For one document of a few kilobytes on a busy machine; the usual is below 10 ms. */
    private static final Duration TIME_LIMIT = Duration.ofSeconds(2);

    private static final String VALID = """
            version: 1
            policy: {resync: 1m, backoff: {initial: 1s, limit: 5m}, paused: {file//etc/motd: {reason: busy, until: 2026-12-01T08:00:00Z}}}
            files:
              /etc/motd: {content: "hello\\n", mode: "0644", owner: root}
              /srv/data: {type: folder}
              /srv/link: {type: link, target: data}
              /srv/token: {content: &secret s3cr3t, sensitive: true}
            services:
              cron: {state: running, startup: enabled, restartOn: [/etc/motd]}
              hello.service:
                unit:
                  Unit: {Description: a 100% \\ test, After: cron.service}
                  Service: {ExecStart: /usr/bin/sleep 1, Nice: 5, CPUWeight: 1.50, Environment: {A: *secret}}
                  Install: {WantedBy: multi-user.target}
                dropIns: {limits.x: {Service: {MemoryMax: 1G}}}
            containers:
              web:
                image: localhost/web:1
                command: [httpd, "-f"]
                environment: {A: b}
                ports: ["127.0.0.1:8080:80/tcp"]
                mounts: [{volume: data, path: /data}, {host: /srv/data, path: /srv, readOnly: true}]
                networks: [local]
                health: {command: [true-ish], interval: 10s, retries: 3}
                resources: {memory: 512M, cpus: 1.5, pids: 200}
                labels: {a: b}
                requires: [volume/data, service/cron.service]
            volumes: {data: {}}
            networks: {local: {subnet: 10.90.0.0/24, internal: true}}
            users: {root: {files: {~/note: {content: x}}}}
            host: {name: bench, timeZone: Europe/Berlin, stateVersion: "25.11", profile: lab}
            user: {name: anna, shell: fish, git: {name: Anna, email: anna@example.org}, passwordHash: anna-password}
            build: {maxJobs: auto, cores: 4, substituters: ["https://cache.example.org"], remoteBuilders: [{hostName: builder}]}
            nixos: {channel: unstable, inputs: {agenix: github:a/b}, packages: [ripgrep], operation: boot}
            home: {packages: [fd], shell: {aliases: {ll: ls -l}}, dotfiles: {~/.toolrc: {content: "a\n"}}}
            devShells: {ts-dev: , mine: {packages: [hello], environment: {KEY: value}}}
            python: {interpreter: python313, packages: [requests], overrides: {torch: {skipTests: true}}}
            secrets: {format: sops, file: /var/lib/all.yaml, entries: {anna-password: , db: {service: postgresql, mode: "0440"}}}
            deployment:
              settle: 1m
              checks: {web: {http: "http://127.0.0.1:8080/", status: 204, timeout: 2s}, up: {command: [/bin/true]}, db: {tcp: "[::1]:5432"}}
            """;

    /** What is put into documents: the words of YAML, of systemd, of podman, and of those who mean harm. */
    private static final String[] PIECES = {
        "\0",
        "\t",
        "\r\n",
        "\n",
        " ",
        ": ",
        "- ",
        "? ",
        "{",
        "}",
        "[",
        "]",
        ",",
        "&a ",
        "*a",
        "*secret",
        "<<: ",
        "!!",
        "!x ",
        "%",
        "%n",
        "$",
        "\\",
        "\"",
        "'",
        "|",
        ">",
        "#",
        "---\n",
        "...\n",
        "~",
        "null",
        "true",
        "1e999999999",
        "-0",
        "0x1F",
        "0o7",
        ".nan",
        "-.inf",
        "99999999999999999999999",
        "2026-12-01",
        "../",
        "/",
        "//",
        "--",
        "-",
        "@",
        "\uFEFF",
        "\u2028",
        "\u202e",
        "\uD83D\uDE00",
        "\\uD800",
        "\u0085",
        "a".repeat(300),
        "files:",
        "users:",
        "version:",
        "content:",
        "é",
        "\u001b[2J"
    };

    @Property(tries = 1500)
    void a_mutated_document_is_read_or_refused(@ForAll long seed) {
        judged(mutated(new Random(seed)));
    }

    @Property(tries = 500)
    void random_bytes_are_read_or_refused(@ForAll byte[] bytes) {
        judged(bytes);
    }

    @Property(tries = 500)
    void text_made_of_its_words_is_read_or_refused(@ForAll("words") String text) {
        judged(text.getBytes(UTF_8));
    }

    @Test
    void every_beginning_of_a_document_is_read_or_refused() {
        byte[] whole = VALID.getBytes(UTF_8);
        for (int length = 0; length < whole.length; length += 3) {
            judged(Arrays.copyOf(whole, length));
        }
    }

    @Test
    void the_document_that_is_mutated_is_valid() throws InvalidDeclaration {
        assertThat(read(VALID.getBytes(UTF_8)).resources()).hasSize(12);
    }

    @Test
    void mutations_hit_both_sides() {
        long valid = LongStream.range(0, 400)
                .mapToObj(seed -> outcome(mutated(new Random(seed))))
                .filter(String.class::isInstance)
                .count();
        assertThat(valid).as("of 400 mutations that are still valid").isBetween(20L, 300L);
    }

    @Property(tries = 200)
    void reading_is_deterministic(@ForAll long seed) {
        byte[] document = mutated(new Random(seed));
        assertThat(outcome(document)).isEqualTo(outcome(document));
    }

    @Property(tries = 200)
    void merging_is_associative_and_finds_conflicts_in_every_order(@ForAll long seed) {
        Random random = new Random(seed);
        Fields a = fields("a", random);
        Fields b = fields("b", random);
        Fields c = fields("c", random);
        List<Problem> left = new ArrayList<>();
        List<Problem> right = new ArrayList<>();
        List<Problem> back = new ArrayList<>();
        Fields first = Merge.merge(List.of(Merge.merge(List.of(a, b), left), c), left);
        Fields second = Merge.merge(List.of(a, Merge.merge(List.of(b, c), right)), right);
        Fields third = Merge.merge(List.of(c, b, a), back);
        assertThat(left.isEmpty()).isEqualTo(right.isEmpty()).isEqualTo(back.isEmpty());
        if (left.isEmpty()) {
            assertThat(values(second)).isEqualTo(values(first));
            assertThat(values(third)).isEqualTo(values(first));
        }
    }

    @Property(tries = 200)
    void a_file_merged_with_itself_is_itself(@ForAll long seed) {
        Fields a = fields("a", new Random(seed));
        List<Problem> problems = new ArrayList<>();
        assertThat(values(Merge.merge(List.of(a, a), problems))).isEqualTo(values(a));
        assertThat(problems).isEmpty();
    }

    /** What {@code homeostat revisions ID -o yaml} shows can be put in place again (secrets apart, which it does not show). */
    @Property(tries = 300)
    void a_revision_that_is_shown_and_read_again_is_the_same(@ForAll long seed) throws Exception {
        byte[] document = mutated(new Random(seed));
        Declaration declaration;
        try {
            declaration = read(document);
        } catch (InvalidDeclaration e) {
            return; // judged elsewhere
        }
        byte[] shown = new YAMLMapper().writeValueAsBytes(declaration.content());
        Declaration again = read(shown);
        assertThat(again.content()).isEqualTo(declaration.content());
        assertThat(again.resources().keySet()).isEqualTo(declaration.resources().keySet());
        // and as it is kept
        JsonNode kept = Json.MAPPER.readTree(Json.write(declaration.content()));
        Declaration restored = READER.restore(kept, declaration.revision(), declaration.files());
        assertThat(Json.write(restored.content())).isEqualTo(Json.write(declaration.content()));
        assertThat(restored.resources().values().stream()
                        .map(d -> Json.write(d.spec()))
                        .toList())
                .isEqualTo(declaration.resources().values().stream()
                        .map(d -> Json.write(d.spec()))
                        .toList());
    }

    @Property(tries = 20)
    void many_files_are_bounded_together(@ForAll @IntRange(min = 1, max = 40) int megabytes) {
        LinkedHashMap<String, byte[]> files = new LinkedHashMap<>();
        byte[] comment = ("#".repeat(1024 * 1024 - 1) + "\n").getBytes(UTF_8);
        files.put("machine.yaml", "version: 1\n".getBytes(UTF_8));
        for (int i = 0; i < megabytes; i++) {
            files.put("machine.d/" + i + ".yaml", comment);
        }
        try {
            READER.read(files);
            throw new AssertionError("a file of nothing but a comment was accepted");
        } catch (InvalidDeclaration e) {
            assertThat(e.problems()).isNotEmpty();
            assertThat(e.problems().getFirst().message())
                    .contains(megabytes > 3 ? "has more than is left of the 4194304 bytes" : "is empty");
        }
    }

    @Provide
    Arbitrary<String> words() {
        return Arbitraries.of(PIECES).list().ofMaxSize(60).map(list -> String.join("", list));
    }

    // ---- the rule

    private static void judged(byte[] document) {
        long start = System.nanoTime();
        Object outcome = outcome(document);
        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .as(() -> new String(document, UTF_8))
                .isLessThan(TIME_LIMIT);
        assertThat(outcome).isNotNull();
    }

    /** The revision, or the problems; any other exception ends the test. */
    private static Object outcome(byte[] document) {
        try {
            return read(document).revision();
        } catch (InvalidDeclaration e) {
            assertThat(e.problems()).isNotEmpty();
            for (Problem problem : e.problems()) {
                assertThat(problem.place().file()).as(problem.toString()).isEqualTo("machine.yaml");
                boolean wholeFile = problem.message().startsWith("is empty")
                        || problem.message().startsWith("has more than");
                assertThat(problem.place().line() > 0 || wholeFile)
                        .as(problem.toString())
                        .isTrue();
                assertThat(problem.toString()).doesNotContainPattern("\\p{Cntrl}");
                assertThat(problem.message())
                        .isNotBlank()
                        .doesNotContain("Exception", "java.lang", "java.time", "java.util", "com.fasterxml");
            }
            return e.problems().stream().map(Problem::toString).toList();
        }
    }

    private static Declaration read(byte[] document) throws InvalidDeclaration {
        return READER.read(new LinkedHashMap<>(Map.of("machine.yaml", document)));
    }

    // ---- documents

    private static final List<byte[]> SEEDS = seeds();

    private static List<byte[]> seeds() {
        List<byte[]> seeds = new ArrayList<>();
        try (Stream<Path> files = Files.list(Path.of("src/test/resources/declarations"))) {
            for (Path file :
                    files.filter(f -> f.toString().endsWith(".yaml")).sorted().toList()) {
                byte[] content = Files.readAllBytes(file);
                if (content.length < 8192) {
                    seeds.add(content);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return seeds;
    }

    private static byte[] mutated(Random random) {
        // mostly from what is valid, and mostly one mutation: what is broken everywhere is refused early
        byte[] document = random.nextInt(3) > 0 ? VALID.getBytes(UTF_8) : SEEDS.get(random.nextInt(SEEDS.size()));
        for (int i = random.nextBoolean() ? 0 : random.nextInt(4); i >= 0; i--) {
            document = mutation(document, random);
        }
        return document;
    }

    private static byte[] mutation(byte[] document, Random random) {
        int from = random.nextInt(document.length + 1);
        int to = Math.min(document.length, from + random.nextInt(20));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(document, 0, from);
        switch (random.nextInt(8)) {
            case 0 -> out.writeBytes(PIECES[random.nextInt(PIECES.length)].getBytes(UTF_8)); // replaces
            case 1 -> {
                out.writeBytes(PIECES[random.nextInt(PIECES.length)].getBytes(UTF_8));
                to = from; // inserts
            }
            case 2 -> {
                // leaves out
            }
            case 3 -> {
                out.write(document, from, to - from);
                to = from; // doubles
            }
            case 4 -> {
                out.write(random.nextInt(256));
                to = Math.min(document.length, from + 1); // another byte
            }
            case 5, 6 -> {
                out.write('0' + random.nextInt(10));
                to = random.nextBoolean() ? from : Math.min(document.length, from + 1); // a digit more, or instead
            }
            default -> { // moves a piece of the document here
                int source = random.nextInt(document.length + 1);
                out.write(document, source, Math.min(40, document.length - source));
            }
        }
        out.write(document, to, document.length - to);
        return out.toByteArray();
    }

    /** A small tree over few keys and values, so that files meet. */
    private static Fields fields(String file, Random random) {
        return fields(file, random, 3);
    }

    private static Fields fields(String file, Random random, int depth) {
        Map<String, Located.Field> fields = new LinkedHashMap<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            Place place = new Place(file, i, depth);
            // maps and values under keys of their own: a real document has one shape a key
            int key = random.nextInt(6);
            Located value = key < 2 && depth > 0
                    ? fields(file, random, depth - 1)
                    : key < 3
                            ? new Located.Items(
                                    List.of(new Located.Scalar(
                                            Json.MAPPER.getNodeFactory().numberNode(random.nextInt(2)), place)),
                                    place)
                            : new Located.Scalar(
                                    random.nextInt(3) == 0
                                            ? Json.MAPPER.getNodeFactory().nullNode()
                                            : Json.MAPPER.getNodeFactory().numberNode(random.nextInt(8) == 0 ? 1 : 0),
                                    place);
            fields.put("k" + key, new Located.Field(place, value));
        }
        return new Fields(fields, new Place(file, 1, 1));
    }

    /** Without places, and without what says nothing. */
    private static Object values(Located value) {
        return switch (value) {
            case Located.Scalar s -> s.value();
            case Located.Items items ->
                items.items().stream().map(HostileInputTest::values).toList();
            case Fields fields -> {
                Map<String, Object> map = new TreeMap<>();
                fields.fields().forEach((key, field) -> map.put(key, values(field.value())));
                yield map;
            }
        };
    }
}
