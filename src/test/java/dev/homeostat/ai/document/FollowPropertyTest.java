package dev.homeostat.ai.document;

import static dev.homeostat.ai.document.Following.folder;
import static dev.homeostat.ai.document.Following.held;

import dev.homeostat.host.posix.TreeWatch;
import dev.homeostat.knowledge.LocalKnowledge;
import dev.homeostat.resource.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Whatever happens to files, follower and knowledge base: in the end the knowledge base has what the folder has. */
class FollowPropertyTest {
    private static final int NAMES = 4;
    private static final int PLACES = 3;
    private static final int DEEDS = 9;

    private static Path temporary;
    private static LocalKnowledge base;
    private static int runs;

    private Path root;
    private Following following;
    private String owner;

    @BeforeContainer
    static void start() throws Exception {
        temporary = Files.createTempDirectory("follow").toRealPath();
        base = LocalKnowledge.start(temporary.resolve("state"));
    }

    @AfterContainer
    static void stop() throws Exception {
        base.close();
        delete(temporary);
    }

    @Property(tries = 30)
    void the_knowledge_base_ends_with_what_the_folder_has(
            @ForAll @Size(min = 1, max = 40)
                    List<@IntRange(min = 0, max = DEEDS * NAMES * PLACES * PLACES - 1) Integer> deeds)
            throws Exception {
        runs++;
        owner = "run" + runs;
        root = Files.createDirectory(temporary.resolve(owner));
        Files.writeString(root.resolve(".keep"), "so that it is never empty, which may be a disk that is not mounted");
        base.again();
        follow();
        try {
            for (int i = 0; i < deeds.size(); i++) {
                act(deeds.get(i), i);
            }
            base.again();
            Map<String, String> expected = documents();
            following.await(
                    "exactly " + expected, () -> held(base.client(), owner).equals(expected));
        } finally {
            following.close();
        }
    }

    private void follow() {
        following =
                new Following(Following.settings(base.address(), owner, Map.of("notes", folder(root))), TreeWatch::new);
    }

    private void act(int code, int step) throws Exception {
        int deed = code % DEEDS;
        Path name = Path.of("n" + code / DEEDS % NAMES + ".md");
        Path from = place(code / DEEDS / NAMES % PLACES);
        Path to = place(code / DEEDS / NAMES / PLACES);
        switch (deed) {
            case 0, 1 -> {
                Files.createDirectories(from);
                write(from.resolve(name), "text of step " + step + " and of run " + runs);
            }
            case 2 -> Files.deleteIfExists(from.resolve(name));
            case 3 -> {
                if (Files.exists(from.resolve(name))) {
                    Files.createDirectories(to);
                    Files.move(from.resolve(name), to.resolve(name), StandardCopyOption.REPLACE_EXISTING);
                }
            }
            case 4 -> { // a whole folder moves
                Path target = root.resolve("moved" + step);
                if (!from.equals(root) && Files.exists(from)) {
                    Files.move(from, target);
                }
            }
            case 5 -> {
                if (!from.equals(root)) {
                    delete(from);
                }
            }
            case 6 -> {
                Files.createDirectories(from);
                Files.deleteIfExists(from.resolve(name));
                Files.createSymbolicLink(from.resolve(name), Path.of("/etc/hostname"));
            }
            case 7 -> {
                following.kill();
                follow();
            }
            default -> {
                base.stop();
                if (step % 2 == 0) {
                    base.again();
                }
            }
        }
    }

    private Path place(int number) {
        return switch (number) {
            case 0 -> root;
            case 1 -> root.resolve("sub");
            default -> root.resolve("sub/deep");
        };
    }

    private static void write(Path file, String text) throws IOException {
        if (Files.isSymbolicLink(file)) {
            Files.delete(file);
        }
        Files.writeString(file, text);
    }

    private Map<String, String> documents() throws IOException {
        Map<String, String> all = new TreeMap<>();
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(f -> Files.isRegularFile(f, LinkOption.NOFOLLOW_LINKS)
                            && f.toString().endsWith(".md"))
                    .toList()) {
                all.put(root.relativize(file).toString(), Sha256.hex(Files.readAllBytes(file)));
            }
        }
        return all;
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
