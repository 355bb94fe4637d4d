package dev.homeostat.host.facts;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Files of a machine as one text: {@code === path}, then the content; {@code === path/} is a folder, {@code === path ->
 * target} a link. Paths as the kernel has them cannot lie in a source tree: links dangle, names hold colons.
 */
public final class RecordedTree {
    private static final String MARK = "=== ";

    private RecordedTree() {}

    /** Lays src/test/resources/facts/NAME.tree out below the folder. */
    public static void lay(String name, Path folder) throws IOException {
        layOut("/facts/" + name, folder);
    }

    /** The same with src/test/resources/hardware. */
    public static void layHardware(String name, Path folder) throws IOException {
        layOut("/hardware/" + name, folder);
    }

    /** The machine that was laid out there, as the daemon would see it. */
    public static MachineLook machine(Path root) {
        return new LiveMachine(root, "amd64", List.of(), null);
    }

    private static void layOut(String name, Path folder) throws IOException {
        try (var in = RecordedTree.class.getResourceAsStream(name + ".tree")) {
            if (in == null) {
                throw new IOException("there is no tree " + name);
            }
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            for (String part : text.substring(MARK.length()).split("\n" + MARK)) {
                String[] lines = part.split("\n", 2);
                lay(folder, lines[0].strip(), lines.length < 2 ? "" : lines[1].stripTrailing() + "\n");
            }
        }
    }

    private static void lay(Path folder, String head, String content) throws IOException {
        String[] link = head.split(" -> ", 2);
        Path path = folder.resolve(link[0]);
        if (head.endsWith("/")) {
            Files.createDirectories(path);
            return;
        }
        Files.createDirectories(path.getParent());
        if (link.length == 2) {
            Files.createSymbolicLink(path, Path.of(link[1]));
        } else {
            Files.writeString(path, content);
        }
    }
}
