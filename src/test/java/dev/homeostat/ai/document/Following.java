package dev.homeostat.ai.document;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.host.posix.Inotify;
import dev.homeostat.host.posix.PosixFiles;
import dev.homeostat.host.posix.TreeWatch;
import dev.homeostat.knowledge.KnowledgeClient;
import dev.homeostat.resource.StandardLog;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Function;

/** A follower in this process, with what it says. */
final class Following implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final Duration LOOK_EVERY = Duration.ofMillis(10);
    private static final String OWNER = "anna";

    static final FollowLoop.Rhythm QUICK = new FollowLoop.Rhythm(
            Duration.ofMillis(10),
            Duration.ofMillis(200),
            Duration.ofMinutes(10),
            Duration.ofMillis(200),
            Duration.ofMillis(20),
            Duration.ofMillis(100));

    private final Inotify inotify = new Inotify();
    private final ByteArrayOutputStream said = new ByteArrayOutputStream();
    private final FollowLoop loop;
    private final Thread thread;
    private volatile String status = "";

    Following(URI base, Map<String, FollowSettings.Folder> folders) {
        this(settings(base, OWNER, folders), TreeWatch::new);
    }

    Following(FollowSettings settings, Function<TreeWatch.Listener, TreeWatch> watching) {
        loop = new FollowLoop(
                new PosixFiles(),
                inotify,
                watching,
                InstantSource.system(),
                Path.of("/nowhere/control.sock"),
                QUICK,
                new Told(new StandardLog(new PrintStream(said, true, StandardCharsets.UTF_8), "documents", false)),
                line -> status = line);
        loop.settings(settings);
        thread = Thread.ofPlatform().name("follow").start(() -> {
            try {
                loop.run();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    static FollowSettings settings(URI base, String owner, Map<String, FollowSettings.Folder> folders) {
        return new FollowSettings(base, owner, false, folders);
    }

    static FollowSettings.Folder folder(Path path) {
        return new FollowSettings.Folder(
                path, "notes", List.of("mine"), FollowSettings.USUAL, List.of("drafts/**"), 10_000, false);
    }

    void settings(URI base, Map<String, FollowSettings.Folder> folders) {
        loop.settings(settings(base, OWNER, folders));
    }

    String said() {
        return said.toString(StandardCharsets.UTF_8);
    }

    String status() {
        return status;
    }

    void awaitFollowing() throws Exception {
        await("it follows", () -> status.startsWith("follows"));
    }

    /** Source to text of what the knowledge base has. */
    static Map<String, String> held(KnowledgeClient client, String owner) throws Exception {
        Map<String, String> all = new TreeMap<>();
        String after = "";
        do {
            JsonNode page = client.get("/documents?limit=500&tag=followed:" + owner + "&after=" + after)
                    .json();
            for (JsonNode document : page.get("documents")) {
                all.put(document.get("source").asText(), document.get("sha256").asText());
            }
            after = page.get("next").asText("");
        } while (!after.isEmpty() && !after.equals("null"));
        return all;
    }

    static Map<String, String> held(KnowledgeClient client) throws Exception {
        return held(client, OWNER);
    }

    void await(String what, Callable<Boolean> holds) throws Exception {
        long end = System.nanoTime() + LIMIT.toNanos();
        while (!holds.call()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("not so after " + LIMIT.toSeconds() + " s: " + what + "\nstatus: " + status
                        + "\nsaid:\n" + said());
            }
            Thread.sleep(LOOK_EVERY);
        }
    }

    @Override
    public void close() throws InterruptedException {
        loop.end();
        thread.join();
        inotify.close();
    }

    /** Wherever it is: as a kill, it leaves what it was about to do. */
    void kill() throws InterruptedException {
        thread.interrupt();
        thread.join();
        inotify.close();
    }
}
