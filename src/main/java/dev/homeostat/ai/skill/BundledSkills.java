package dev.homeostat.ai.skill;

import static java.nio.charset.StandardCharsets.UTF_8;

import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The skills that come with the program: a folder each, and there is no list of them. One that is wrong is a program that is
 * not whole. Read at first use. Thread-safe.
 */
@ApplicationScoped
public class BundledSkills {
    /** Lies beside them: a jar cannot be asked for a folder, only for a file. */
    private static final String ANCHOR = "skills/README.md";

    private static final String FILE_SCHEME = "file";

    private volatile SortedMap<String, SortedMap<String, String>> skills;

    /** Texts by their path below the folder, by the name of the skill. */
    SortedMap<String, SortedMap<String, String>> skills() {
        SortedMap<String, SortedMap<String, String>> known = skills;
        if (known == null) {
            known = ofProgram();
            skills = known;
        }
        return known;
    }

    private static SortedMap<String, SortedMap<String, String>> ofProgram() {
        URL anchor = BundledSkills.class.getResource(ANCHOR);
        if (anchor == null) {
            throw new IllegalStateException("the program was built without its skills");
        }
        try {
            URI uri = anchor.toURI();
            if (uri.getScheme().equals(FILE_SCHEME)) {
                return read(Path.of(uri).getParent());
            }
            try (FileSystem archive = FileSystems.newFileSystem(uri, Map.of())) {
                return read(archive.provider().getPath(uri).getParent());
            }
        } catch (IOException | URISyntaxException e) {
            throw new IllegalStateException("the skills cannot be read", e);
        }
    }

    private static SortedMap<String, SortedMap<String, String>> read(Path folder) throws IOException {
        SortedMap<String, SortedMap<String, String>> skills = new TreeMap<>();
        List<Path> folders;
        try (Stream<Path> all = Files.list(folder)) {
            folders = all.filter(Files::isDirectory).toList();
        }
        for (Path each : folders) {
            String name = each.getFileName().toString().replace("/", "");
            SortedMap<String, String> texts = new TreeMap<>();
            try (Stream<Path> all = Files.walk(each)) {
                for (Path file : all.filter(Files::isRegularFile).toList()) {
                    texts.put(each.relativize(file).toString(), Files.readString(file, UTF_8));
                }
            }
            List<String> problems = SkillFile.problems(name, texts.getOrDefault(SkillFile.FILE, ""));
            if (!problems.isEmpty()) {
                throw new IllegalStateException("the skill " + name + " is wrong: " + String.join("; ", problems));
            }
            skills.put(name, Collections.unmodifiableSortedMap(texts));
        }
        return Collections.unmodifiableSortedMap(skills);
    }
}
