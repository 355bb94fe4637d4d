package dev.homeostat.knowledge;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.resource.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The real process is killed, and its files are damaged. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class KnowledgeCrashTest {
    private static final int ROUNDS = 4;
    private static final int SENDERS = 4;

    @TempDir
    Path folder;

    private Path state() {
        return folder.resolve("state");
    }

    @Test
    void a_killed_process_loses_no_document_that_it_acknowledged() throws Exception {
        Map<String, String> acknowledged = new ConcurrentHashMap<>();
        Set<String> removed = ConcurrentHashMap.newKeySet();
        Random random = new Random(8091);
        for (int round = 0; round < ROUNDS; round++) {
            KnowledgeProcess process = KnowledgeProcess.start(state());
            int goal = acknowledged.size() + 100 + random.nextInt(150);
            CountDownLatch enough = new CountDownLatch(1);
            Thread[] senders = new Thread[SENDERS];
            for (int sender = 0; sender < SENDERS; sender++) {
                String mark = "r" + round + "s" + sender;
                senders[sender] = Thread.ofVirtual()
                        .start(() -> send(process.client(), mark, acknowledged, removed, goal, enough));
            }
            assertThat(enough.await(60, TimeUnit.SECONDS)).isTrue();
            process.kill();
            for (Thread sender : senders) {
                sender.join();
            }
        }
        try (KnowledgeProcess process = KnowledgeProcess.start(state())) {
            for (var each : acknowledged.entrySet()) {
                JsonNode kept =
                        process.client().get("/documents/" + each.getKey()).json();
                assertThat(kept.path("sha256").asText()).as(each.getKey()).isEqualTo(each.getValue());
            }
            assertThat(removed).isNotEmpty();
            for (String id : removed) {
                assertThat(process.client().get("/documents/" + id).status())
                        .as(id)
                        .isEqualTo(404);
            }
            for (String id : new HashSet<>(acknowledged.keySet())) {
                assertThat(KnowledgeContract.ids(process.client().search("w" + id)))
                        .as(id)
                        .containsExactly(id);
            }
            for (String id : removed) {
                assertThat(KnowledgeContract.ids(process.client().search("w" + id)))
                        .as(id)
                        .isEmpty();
            }
        }
    }

    /** Until the process is gone. */
    private static void send(
            KnowledgeClient client,
            String mark,
            Map<String, String> acknowledged,
            Set<String> removed,
            int goal,
            CountDownLatch enough) {
        AtomicInteger number = new AtomicInteger();
        try {
            while (true) {
                String id = mark + "n" + number.incrementAndGet();
                String text = "w" + id + " stands alone in its text. ".repeat(40);
                assertThat(client.store(id, text).status()).isEqualTo(201);
                if (number.get() % 10 == 0) {
                    assertThat(client.delete("/documents/" + id).status()).isEqualTo(204);
                    removed.add(id);
                } else {
                    acknowledged.put(id, Sha256.hex(text));
                }
                if (acknowledged.size() >= goal) {
                    enough.countDown();
                }
            }
        } catch (IOException e) {
            assertThat(enough.getCount())
                    .as("only the kill breaks a connection: %s", e)
                    .isZero();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void a_damaged_index_is_set_aside_and_made_anew() throws Exception {
        try (KnowledgeProcess process = KnowledgeProcess.start(state())) {
            process.client().store("kept", "something to be found");
            assertThat(KnowledgeContract.ids(process.client().search("found"))).containsExactly("kept");
        }
        try (Stream<Path> files = Files.list(state().resolve("index"))) {
            Path largest = files.filter(file -> file.toString().matches(".*\\.(cfs|tim|doc)"))
                    .findFirst()
                    .orElseThrow();
            byte[] content = Files.readAllBytes(largest);
            content[content.length / 2] ^= 0x55;
            Files.write(largest, content);
        }
        try (KnowledgeProcess process = KnowledgeProcess.start(state())) {
            assertThat(KnowledgeContract.ids(process.client().search("found"))).containsExactly("kept");
        }
        assertThat(state().resolve("index.damaged")).isDirectory();
    }

    @Test
    void an_index_that_is_gone_is_made_anew() throws Exception {
        try (KnowledgeProcess process = KnowledgeProcess.start(state())) {
            process.client().store("kept", "something to be found");
        }
        Files.move(state().resolve("index"), folder.resolve("elsewhere"));
        try (KnowledgeProcess process = KnowledgeProcess.start(state())) {
            assertThat(KnowledgeContract.ids(process.client().search("found"))).containsExactly("kept");
        }
    }

    @Test
    void damaged_documents_are_set_aside_and_nothing_is_found_that_is_not_there() throws Exception {
        try (KnowledgeProcess process = KnowledgeProcess.start(state())) {
            process.client().store("lost", "something to be found");
        }
        Path documents = state().resolve("documents.db");
        Files.writeString(documents, "this is no database ".repeat(500));
        try (KnowledgeProcess process = KnowledgeProcess.start(state())) {
            assertThat(process.client().get("/readyz").json().get("documents").asInt())
                    .isZero();
            assertThat(KnowledgeContract.ids(process.client().search("found"))).isEmpty();
            assertThat(process.client().store("new", "found again").status()).isEqualTo(201);
            assertThat(KnowledgeContract.ids(process.client().search("found"))).containsExactly("new");
        }
        try (Stream<Path> files = Files.list(state())) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .anyMatch(name -> name.startsWith("documents.db.damaged-"));
        }
    }

    @Test
    void a_second_process_is_refused_and_told_who_was_first() throws Exception {
        try (KnowledgeProcess first = KnowledgeProcess.start(state())) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(state())))
                    .isEqualTo("rwx------");
            Process second =
                    KnowledgeProcess.command(state()).redirectErrorStream(true).start();
            String said = new String(second.getInputStream().readAllBytes());
            assertThat(second.waitFor()).isEqualTo(1);
            assertThat(said).contains("pid " + first.process().pid()).contains(state().toString());
        }
    }
}
