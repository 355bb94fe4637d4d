package dev.homeostat.host.nix;

import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** On logs that Nix 2.26 wrote for src/test/resources/nix/system-flake. */
@Timeout(20)
class NixLogTest {
    private final List<NixProgress> told = new ArrayList<>();
    private final AtomicLong nanos = new AtomicLong();
    private final List<Runnable> later = new ArrayList<>();
    private final NixLog log = new NixLog(told::add, nanos::get, (what, pause) -> later.add(what));

    private static List<String> recorded(String name) throws IOException {
        try (var in = NixLogTest.class.getResourceAsStream("/nix/logs/" + name + ".txt")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        }
    }

    /** Each line a second after the one before, so that every change is told. */
    private NixLog read(String name) throws IOException {
        for (String line : recorded(name)) {
            log.line(line);
            nanos.addAndGet(Duration.ofSeconds(1).toNanos());
        }
        log.end();
        return log;
    }

    private NixFailure failure(String name, boolean evaluates) throws IOException {
        return NixFailure.of(read(name), evaluates, 1);
    }

    // ---- progress

    @Test
    void a_build_tells_what_is_built_and_how_much_is_left() throws Exception {
        read("build");
        assertThat(told)
                .anySatisfy(p -> {
                    assertThat(p.builds()).isEqualTo(new NixProgress.Count(1, 3, 1, 0));
                    assertThat(p.builds().left()).isEqualTo(2);
                    assertThat(p.building())
                            .containsExactly(new NixProgress.Building("tree-1.8", "", "making tree-1.8"));
                })
                .anySatisfy(p -> assertThat(p.building())
                        .extracting(NixProgress.Building::name)
                        .containsExactly("nixos-system-lab-25.11.1"));
        assertThat(told.getLast().builds()).isEqualTo(new NixProgress.Count(3, 3, 0, 0));
        assertThat(told.getLast().building()).isEmpty();
        assertThat(log.errors()).isEmpty();
        assertThat(log.malformed()).isZero();
    }

    @Test
    void a_download_tells_what_comes_from_where_and_its_bytes() throws Exception {
        read("downloaded");
        assertThat(told).anySatisfy(p -> {
            assertThat(p.fetching())
                    .containsExactly(new NixProgress.Fetching("hello-2.13", "http://127.0.0.1:8099", 0, 0));
            assertThat(p.fetches()).isEqualTo(new NixProgress.Count(0, 1, 1, 0));
        });
        NixProgress last = told.getLast();
        assertThat(last.fetches()).isEqualTo(new NixProgress.Count(1, 1, 0, 0));
        // the cache's own page, what it says of the path, and the path
        assertThat(last.downloadedBytes()).isEqualTo(21 + 488 + 136);
        assertThat(last.toDownloadBytes()).isEqualTo(21 + 488 + 136);
    }

    @Test
    void nobody_is_told_more_often_than_one_can_read() throws Exception {
        recorded("downloaded").forEach(log::line); // all at the same moment
        assertThat(told).hasSize(1);
        assertThat(later).hasSize(1); // what came after the first is told once more, also if no line follows
        later.getFirst().run();
        assertThat(told).hasSize(2);
        assertThat(told.getLast().fetches().done()).isEqualTo(1);
    }

    // ---- failures

    @Test
    void a_failed_build_names_its_derivation_and_has_the_end_of_its_log() throws Exception {
        NixFailure failure = failure("build-failed", true);
        assertThat(failure.reason()).isEqualTo(NixFailure.Reason.BUILD);
        assertThat(failure.derivation())
                .endsWith("-nixos-system-lab-25.11.1.drv")
                .startsWith("/nix/store/");
        assertThat(failure.words()).endsWith("failed with exit code 7").doesNotContain("step");
        assertThat(failure.log()).hasSize(25).startsWith("step 17").endsWith("step 40", "this build was told to fail");
        Trouble trouble = failure.trouble("build it");
        assertThat(trouble.sort()).isEqualTo(Trouble.Sort.INVALID);
        assertThat(trouble.getMessage()).contains("step 40 | this build was told to fail");
        assertThat(trouble.remedy()).contains("nix log /nix/store/");
        assertThat(NixFailure.of(trouble)).containsSame(failure);
        assertThat(told.getLast().builds().failed()).isEqualTo(1);
    }

    @Test
    void the_log_of_a_build_that_somebody_else_ordered_is_in_the_message() throws Exception {
        recorded("build-failed").stream()
                .filter(line -> !line.contains("\"type\":101"))
                .forEach(log::line);
        NixFailure failure = NixFailure.of(log, true, 1);
        assertThat(failure.reason()).isEqualTo(NixFailure.Reason.BUILD);
        assertThat(failure.log()).hasSize(25).endsWith("step 40", "this build was told to fail");
    }

    @Test
    void an_error_of_evaluation_has_its_words_its_places_and_how_nix_came_there() throws Exception {
        NixFailure failure = failure("evaluation-failed", true);
        assertThat(failure.reason()).isEqualTo(NixFailure.Reason.EVALUATION);
        assertThat(failure.words()).isEqualTo("machine.json: hostName is empty");
        assertThat(failure.positions().getFirst().file())
                .startsWith("/nix/store/")
                .endsWith("-source/generation.nix");
        assertThat(failure.positions().getFirst().line()).isEqualTo(12);
        assertThat(failure.positions().getFirst().column()).isEqualTo(36);
        assertThat(failure.positions())
                .extracting(SourcePosition::toString)
                .anySatisfy(place -> assertThat(place).endsWith("-source/shell.nix:10:17"))
                .allSatisfy(place -> assertThat(place).doesNotContain("none"));
        assertThat(failure.trace())
                .startsWith("while calling the 'throw' builtin")
                .contains("while evaluating the derivation attribute 'name'");
        assertThat(failure.trouble("build it").getMessage())
                .startsWith("Nix could not build it: machine.json: hostName is empty at /nix/store/")
                .endsWith("generation.nix:12:36");
    }

    @Test
    void a_missing_attribute_is_placed_and_what_nix_suggests_is_kept() throws Exception {
        NixFailure failure = failure("attribute-missing", true);
        assertThat(failure.words()).isEqualTo("attribute 'kernel' missing\nDid you mean kernal?");
        assertThat(failure.positions().getFirst().toString()).endsWith("-source/generation.nix:23:40");
    }

    @Test
    void a_trace_without_facts_is_read_from_the_text() {
        log.line("@nix {\"action\":\"msg\",\"level\":0,\"msg\":\"\\u001b[31;1merror:\\u001b[0m\\n"
                + "       … while evaluating the option `a.b':\\n         at /x/outer.nix:1:2:\\n            1| a\\n\\n"
                + "       … from call site\\n         at /x/inner.nix:30:4:\\n\\n       error: it is wrong\"}");
        NixFailure failure = NixFailure.of(log, true, 1);
        assertThat(failure.words()).isEqualTo("it is wrong");
        assertThat(failure.positions())
                .containsExactly(new SourcePosition("/x/inner.nix", 30, 4), new SourcePosition("/x/outer.nix", 1, 2));
        assertThat(failure.trace()).containsExactly("from call site", "while evaluating the option `a.b':");
    }

    @Test
    void a_syntax_error_has_one_place() throws Exception {
        NixFailure failure = failure("syntax", true);
        assertThat(failure.reason()).isEqualTo(NixFailure.Reason.EVALUATION);
        assertThat(failure.words()).isEqualTo("syntax error, unexpected ';'");
        assertThat(failure.positions()).containsExactly(new SourcePosition("/tmp/bad.nix", 2, 7));
    }

    @Test
    void an_output_that_is_not_there_is_an_error_of_evaluation() throws Exception {
        assertThat(failure("output-missing", true).reason()).isEqualTo(NixFailure.Reason.EVALUATION);
    }

    @Test
    void what_passes_is_transient() throws Exception {
        for (String[] each : new String[][] {{"network", "NETWORK"}, {"daemon", "DAEMON"}, {"disk", "DISK"}}) {
            NixLog read = new NixLog(p -> {});
            recorded(each[0]).forEach(read::line);
            NixFailure failure = NixFailure.of(read, true, 1);
            assertThat(failure.reason()).hasToString(each[1]);
            assertThat(failure.trouble("do it").sort()).isEqualTo(Trouble.Sort.TRANSIENT);
            assertThat(failure.trouble("do it").remedy()).isNotEmpty();
        }
    }

    @Test
    void a_path_that_no_cache_has_is_missing() throws Exception {
        assertThat(failure("path-missing", true).reason()).isEqualTo(NixFailure.Reason.MISSING);
    }

    @Test
    void a_path_that_is_not_signed_is_missing_and_the_words_say_why() throws Exception {
        NixFailure failure = failure("unsigned", true);
        assertThat(failure.reason()).isEqualTo(NixFailure.Reason.MISSING);
        assertThat(failure.words()).contains("not signed by any of the keys");
    }

    @Test
    void a_path_that_is_needed_is_in_use() throws Exception {
        NixFailure failure = failure("in-use", false);
        assertThat(failure.reason()).isEqualTo(NixFailure.Reason.IN_USE);
        assertThat(failure.trouble("delete it").sort()).isEqualTo(Trouble.Sort.CONFLICT);
    }

    @Test
    void without_a_word_the_status_is_told() {
        assertThat(NixFailure.of(log, true, 137).words()).contains("status 137");
        log.line("terminate called after throwing an instance of 'std::bad_alloc'");
        assertThat(NixFailure.of(log, true, 134).words()).contains("bad_alloc");
        assertThat(NixFailure.of(log, true, 134).reason()).isEqualTo(NixFailure.Reason.OTHER);
    }

    // ---- hostile input

    @Test
    void torn_and_foreign_lines_are_counted_and_nothing_else() {
        List<String> bad = List.of(
                "@nix ",
                "@nix {",
                "@nix []",
                "@nix null",
                "@nix 7",
                "@nix {\"action\":\"start\"}",
                "@nix {\"action\":\"start\",\"id\":-1,\"type\":105}",
                "@nix {\"action\":\"start\",\"id\":1e999999999,\"type\":105}",
                "@nix {\"action\":\"start\",\"id\":99999999999999999999999999,\"type\":105}",
                "@nix {\"action\":\"start\",\"id\":\"1\",\"type\":105}",
                "@nix {\"action\":\"stop\",\"id\":5}",
                "@nix {\"action\":\"result\",\"id\":5,\"type\":105,\"fields\":[1,2,3,4]}",
                "@nix {\"action\":\"msg\",\"level\":0}",
                "@nix {\"action\":\"msg\",\"level\":0,\"msg\":{}}",
                "@nix {\"action\":\"explode\"}",
                "@nix " + "[".repeat(5000));
        bad.forEach(log::line);
        assertThat(log.malformed()).isEqualTo(bad.size());
        assertThat(log.errors()).isEmpty();
        assertThat(log.progress()).isEqualTo(NixProgress.NONE);
    }

    @Test
    void what_does_not_end_does_not_fill_the_memory() {
        for (int i = 0; i < 100_000; i++) {
            log.line("@nix {\"action\":\"start\",\"id\":" + i + ",\"type\":105,\"level\":3,\"text\":\""
                    + "t".repeat(500) + "\",\"fields\":[\"" + "f".repeat(500) + "\",\"\",1,1]}");
            log.line("@nix {\"action\":\"msg\",\"level\":0,\"msg\":\"error: x\",\"raw_msg\":\"x\"}");
            log.line("plain " + i);
        }
        assertThat(log.malformed()).isEqualTo(100_000 - 4096);
        assertThat(log.progress().building()).hasSize(NixProgress.SHOWN);
        assertThat(log.progress().building().getFirst().name()).hasSizeLessThan(310);
        assertThat(log.errors()).hasSize(20);
        assertThat(log.plain()).hasSize(25).endsWith("plain 99999");
    }

    @Test
    void logs_of_many_builders_are_kept_for_the_latest() {
        for (int i = 0; i < 1000; i++) {
            log.line("@nix {\"action\":\"start\",\"id\":" + i + ",\"type\":105,\"fields\":[\"/nix/store/" + i
                    + ".drv\"]}");
            for (int n = 0; n < 30; n++) {
                log.line("@nix {\"action\":\"result\",\"id\":" + i + ",\"type\":101,\"fields\":[\"line " + n + "\"]}");
            }
            log.line("@nix {\"action\":\"stop\",\"id\":" + i + "}");
        }
        assertThat(log.buildLog("/nix/store/999.drv")).hasSize(25).endsWith("line 29");
        assertThat(log.buildLog("/nix/store/1.drv")).isEmpty();
    }

    @Test
    void colours_controls_and_passwords_do_not_get_through() {
        log.line("@nix {\"action\":\"msg\",\"level\":0,\"raw_msg\":\"\\u001b[31munable to download "
                + "'https://me:secret@cache.lab/x'\\u0007\\r\\u001b]0;title\\u0007\\u0000\",\"msg\":\"\"}");
        NixFailure failure = NixFailure.of(log, true, 1);
        assertThat(failure.words())
                .startsWith("unable to download 'https://cache.lab/x'")
                .doesNotContain("secret");
        assertThat(failure.words().chars().allMatch(c -> c == '\n' || c >= ' ')).isTrue();
    }

    @Test
    void a_builder_that_speaks_as_nix_is_not_believed_more_than_its_log() {
        log.line("@nix {\"action\":\"start\",\"id\":1,\"type\":105,\"fields\":[\"/nix/store/a.drv\"]}");
        log.line(
                "@nix {\"action\":\"result\",\"id\":1,\"type\":101,\"fields\":[\"@nix {\\\"action\\\":\\\"msg\\\",\\\"level\\\":0,"
                        + "\\\"raw_msg\\\":\\\"x\\\",\\\"msg\\\":\\\"error: x\\\"}\"]}");
        assertThat(log.errors()).isEmpty();
        assertThat(log.buildLog("/nix/store/a.drv")).hasSize(1);
    }

    @Test
    void any_mutilated_log_can_be_read() throws Exception {
        Random random = new Random(20261123);
        List<String> names = List.of("build", "build-failed", "downloaded", "attribute-missing");
        for (int round = 0; round < 200; round++) {
            NixLog read = new NixLog(p -> {});
            for (String line : recorded(names.get(round % names.size()))) {
                StringBuilder text = new StringBuilder(line);
                for (int i = random.nextInt(4); i > 0 && !text.isEmpty(); i--) {
                    int at = random.nextInt(text.length());
                    switch (random.nextInt(3)) {
                        case 0 -> text.setLength(at);
                        case 1 -> text.setCharAt(at, (char) random.nextInt(256));
                        default -> text.insert(at, random.nextInt());
                    }
                }
                read.line(text.toString());
            }
            read.end();
            assertThat(NixFailure.of(read, true, 1).trouble("do it").getMessage())
                    .isNotEmpty();
        }
    }
}
