package dev.homeostat.system;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.homeostat.resource.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The Nix files of templates/ with a machine.json and own files beside them, as they are generated. */
final class TemplateTree {
    static final Path TEMPLATES = Path.of("templates").toAbsolutePath();
    /** The small stand-in for nixpkgs. */
    static final Path STAND_IN = Path.of("src/test/resources/nix/stand-in").toAbsolutePath();

    private final Path folder;
    private final Nix nix;

    TemplateTree(Path folder, Nix nix) throws IOException {
        this.folder = folder;
        this.nix = nix;
        for (Path file : nixFiles(TEMPLATES)) {
            Path copy = folder.resolve(TEMPLATES.relativize(file));
            Files.createDirectories(copy.getParent());
            Files.copy(file, copy);
        }
    }

    static List<Path> nixFiles(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(".nix"))
                    .sorted()
                    .toList();
        }
    }

    Path folder() {
        return folder;
    }

    /** A file of the owner's, by its path on the machine. */
    void own(String path, String content) throws IOException {
        Path file = folder.resolve("own" + path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }

    void machine(byte[] json) throws IOException {
        Files.write(folder.resolve("machine.json"), json);
    }

    /** What the stand-in makes of it. */
    Nix.Answer evaluate() throws IOException, InterruptedException {
        return nix.run(
                "nix-instantiate",
                "--eval",
                "--strict",
                "--json",
                STAND_IN.resolve("evaluate.nix").toString(),
                "--arg",
                "tree",
                folder.toString());
    }

    /** A copy of a document with one value put in, or taken out if it is null. */
    static ObjectNode with(JsonNode document, String pointer, String value) throws IOException {
        ObjectNode copy = document.deepCopy();
        int end = pointer.lastIndexOf('/');
        String name = pointer.substring(end + 1).replace("~1", "/").replace("~0", "~");
        String parent = pointer.substring(0, end);
        ObjectNode node = (ObjectNode) copy.at(parent);
        if (value == null) {
            node.remove(name);
        } else {
            node.set(name, Json.MAPPER.readTree(value));
        }
        return copy;
    }
}
