package dev.homeostat.declaration;

import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.Writers;
import dev.homeostat.resource.Place;
import dev.homeostat.resource.Problem;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import org.jboss.logging.Logger;

/** The declaration's files on disk. Who may write them rules the machine: so only root's (or one's own) are read. */
@ApplicationScoped
public class DeclarationFiles {
    /** What the names in machine.d end with; others (editors' backups) are not read. */
    private static final String SUFFIX = ".yaml";

    private static final int FILES_LIMIT = 1_000;

    private static final Logger LOG = Logger.getLogger(DeclarationFiles.class);

    private final Locations locations;

    public DeclarationFiles(Locations locations) {
        this.locations = locations;
    }

    /** The two things to watch: the file, and the folder with whatever is in it. */
    public Path file() {
        return locations.declaration();
    }

    public Path folder() {
        return locations.declarationFolder();
    }

    /**
     * Reads them as they are now.
     *
     * @return path to content, machine.yaml first; empty if there is no machine.yaml
     * @throws InvalidDeclaration if one cannot be read, or others than its owner may write it
     */
    public SequencedMap<String, byte[]> read() throws InvalidDeclaration {
        List<Problem> problems = new ArrayList<>();
        SequencedMap<String, byte[]> contents = new LinkedHashMap<>();
        if (Files.notExists(locations.declaration())) {
            return contents;
        }
        List<Path> paths = new ArrayList<>();
        paths.add(locations.declaration());
        try {
            paths.addAll(names());
        } catch (IOException e) {
            problems.add(problem(locations.declarationFolder(), "cannot be listed: " + e.getMessage()));
        }
        long bytes = 0;
        for (Path folder : List.of(locations.config(), locations.declarationFolder())) {
            try {
                checkWriters(folder, facts(folder.toRealPath()), problems);
            } catch (NoSuchFileException e) {
                // there need not be a machine.d
            } catch (IOException e) {
                problems.add(problem(folder, "cannot be looked at: " + e.getMessage()));
            }
        }
        for (Path path : paths) {
            try {
                Map<String, Object> before = check(path, problems);
                byte[] content = content(path);
                if (!before.equals(facts(path.toRealPath()))) {
                    // what was checked may not be what was read: whoever may write the folder could exchange it
                    throw new IOException("it changed while it was read");
                }
                contents.put(path.toString(), content);
                bytes += content.length;
                if (bytes > DeclarationReader.TOTAL_LIMIT_BYTES) {
                    break; // the reader says so; no more of it is taken into memory
                }
            } catch (NoSuchFileException e) {
                // gone since it was listed: an event follows
                contents.remove(path.toString());
            } catch (IOException e) {
                problems.add(problem(path, "cannot be read: " + e.getMessage()));
            }
        }
        if (!problems.isEmpty()) {
            throw new InvalidDeclaration(problems);
        }
        return contents;
    }

    /** Whether somebody has one of them open for writing at this moment, as far as that can be told. */
    public boolean areBeingWritten() {
        return paths().stream().anyMatch(Writers::isOpenForWriting);
    }

    /** What tells the files that are there from others of the same name, whatever is in them. */
    public Set<Object> identities() {
        Set<Object> identities = new HashSet<>();
        for (Path path : paths()) {
            try {
                identities.add(
                        Files.readAttributes(path, BasicFileAttributes.class).fileKey());
            } catch (IOException e) {
                LOG.debugf("%s: %s", path, e.getMessage()); // the reader says so
            }
        }
        return identities;
    }

    private List<Path> paths() {
        List<Path> paths = new ArrayList<>(List.of(locations.declaration()));
        try {
            paths.addAll(names());
        } catch (IOException e) {
            return paths; // the reader says so
        }
        return paths;
    }

    private List<Path> names() throws IOException {
        List<Path> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(locations.declarationFolder())) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                if (name.endsWith(SUFFIX) && !name.startsWith(".")) {
                    names.add(entry);
                }
                if (names.size() > FILES_LIMIT) {
                    throw new IOException("it has more than " + FILES_LIMIT + " files");
                }
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            return List.of(); // there need not be one
        }
        names.sort(null);
        return names;
    }

    private static byte[] content(Path path) throws IOException {
        try (var in = Files.newInputStream(path)) {
            return in.readNBytes(YamlReader.SIZE_LIMIT_BYTES + 1); // one more tells that it is too large
        }
    }

    /** Which file it is, whose, and since when it is as it is. */
    private static Map<String, Object> facts(Path real) throws IOException {
        return Files.readAttributes(real, "unix:dev,ino,ctime,uid,permissions,isRegularFile");
    }

    private static Map<String, Object> check(Path path, List<Problem> problems) throws IOException {
        Map<String, Object> facts = facts(path.toRealPath());
        if (!Boolean.TRUE.equals(facts.get("isRegularFile"))) {
            throw new IOException("it is not a regular file");
        }
        checkWriters(path, facts, problems);
        return facts;
    }

    private static void checkWriters(Path path, Map<String, Object> facts, List<Problem> problems) throws IOException {
        int own = (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        int uid = (int) facts.get("uid");
        if (uid != 0 && uid != own) {
            problems.add(problem(path, "belongs to uid " + uid + ", who would rule this machine: chown it to root"));
        }
        @SuppressWarnings("unchecked") // that is what the attribute is
        Set<PosixFilePermission> permissions = (Set<PosixFilePermission>) facts.get("permissions");
        if (permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
            problems.add(problem(path, "may be written by everyone: chmod o-w"));
        } else if (permissions.contains(PosixFilePermission.GROUP_WRITE) && own == 0) {
            problems.add(problem(path, "may be written by its group: chmod g-w"));
        }
    }

    private static Problem problem(Path path, String message) {
        return new Problem(new Place(path.toString(), 0, 0), "", message);
    }
}
