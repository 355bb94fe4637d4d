package dev.homeostat.kind.file;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.Account;
import dev.homeostat.host.posix.Accounts;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Scope;
import dev.homeostat.resource.Section;
import dev.homeostat.resource.Sha256;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** {@code files}: from an absolute path to what should be there. */
@ApplicationScoped
public class FileSection implements Section<FileEntry> {
    /** The kernel's own and ours: nothing there is a file that could be kept. */
    private static final List<Path> FORBIDDEN = List.of(Path.of("/proc"), Path.of("/sys"), Path.of("/dev"));
    /** PATH_MAX of linux/limits.h. */
    private static final int PATH_LIMIT_BYTES = 4095;
    /** NAME_MAX of linux/limits.h. */
    private static final int NAME_LIMIT_BYTES = 255;

    private final Locations locations;
    private final Accounts accounts;

    public FileSection(Locations locations, Accounts accounts) {
        this.locations = locations;
        this.accounts = accounts;
    }

    @Override
    public String key() {
        return "files";
    }

    @Override
    public String about() {
        return "Files, folders and symbolic links by absolute path (a user's own may begin with ~/). What is not listed is left alone.";
    }

    @Override
    public String namePattern() {
        return "^(/|~/)[\\s\\S]+$"; // control characters are refused below, by name
    }

    @Override
    public String nameForm() {
        return "an absolute path such as /etc/motd (a user's own may begin with ~/)";
    }

    @Override
    public Class<FileEntry> entryType() {
        return FileEntry.class;
    }

    @Override
    public JsonNode withoutSecrets(JsonNode entry) {
        if (!entry.path("sensitive").asBoolean() || !entry.path("content").isTextual()) {
            return entry;
        }
        ObjectNode shown = entry.deepCopy();
        String sha256 = Sha256.hex(shown.remove("content").asText().getBytes(UTF_8));
        return shown.put("contentSha256", sha256);
    }

    @Override
    public void read(Entry<FileEntry> entry, Resources out) {
        FileEntry e = entry.value();
        Account home = home(entry, out);
        if (home == null) {
            return;
        }
        Path path = path(entry, "", entry.name(), home, out);
        if (path == null) {
            return;
        }
        if (!entry.scope().isOwn() && !path.startsWith(home.home())) {
            out.problem(
                    entry,
                    "",
                    path + " is not below " + home.home()
                            + ": move it to the top-level files section, which is the system's");
            return;
        }
        Path source = e.source() == null ? null : path(entry, "source", e.source(), home, out);
        if (e.source() != null && source == null) {
            return;
        }
        FileType type = e.type() != null ? e.type() : e.target() != null ? FileType.LINK : FileType.FILE;
        if (!fits(entry, type, out)) {
            return;
        }
        String text = e.content();
        if (text != null && text.indexOf(0) >= 0) {
            out.problem(entry, "content", "has a NUL character: take binary content from a source");
            return;
        }
        boolean sensitive = Boolean.TRUE.equals(e.sensitive());
        String owner = e.owner() != null || entry.scope().isOwn()
                ? e.owner()
                : entry.scope().user();
        FileSpec spec = new FileSpec(
                path,
                type,
                text,
                text == null ? e.contentSha256() : Sha256.hex(text.getBytes(UTF_8)),
                source,
                e.target(),
                e.mode() == null ? null : Mode.parse(e.mode()),
                owner,
                e.group(),
                sensitive,
                false);
        ResourceId id = new ResourceId(FileKind.NAME, entry.scope(), path.toString());
        out.add(new Desired<>(id, spec, requires(entry.scope(), path, source), entry.place()));
    }

    /** The account whose home {@code ~} is. */
    private Account home(Entry<FileEntry> entry, Resources out) {
        if (!entry.scope().isOwn()) {
            var account = accounts.user(entry.scope().user());
            if (account.isEmpty()) {
                out.problem(entry, "", "there is no user \"" + entry.scope().user() + "\" on this machine");
            }
            return account.orElse(null);
        }
        return new Account(
                "", -1, -1, locations.unprivileged() ? Path.of(System.getProperty("user.home")) : Path.of("/root"));
    }

    private Path path(Entry<FileEntry> entry, String field, String text, Account home, Resources out) {
        if (text.chars().anyMatch(Character::isISOControl)) {
            out.problem(entry, field, "a path with control characters is not accepted");
            return null;
        }
        Path path = text.startsWith("~/") ? home.home().resolve(text.substring(2)) : Path.of(text);
        if (!path.isAbsolute()) {
            out.problem(entry, field, "\"" + text + "\" is not an absolute path");
            return null;
        }
        if (!path.equals(path.normalize()) || text.contains("//") || text.endsWith("/")) {
            out.problem(
                    entry,
                    field,
                    "\"" + text + "\" is not written plainly: expected \"" + path.normalize()
                            + "\" (no . or .., no double or trailing slash)");
            return null;
        }
        if (path.getParent() == null || FORBIDDEN.stream().anyMatch(path::startsWith)) {
            out.problem(entry, field, path + " cannot be managed: /, /proc, /sys and /dev are the kernel's");
            return null;
        }
        if (path.startsWith(locations.state())
                || path.startsWith(locations.config())
                || path.startsWith(locations.socket().getParent())) {
            out.problem(entry, field, path + " cannot be managed: it is Homeostat's own");
            return null;
        }
        for (Path part : path) {
            if (part.toString().getBytes(UTF_8).length > NAME_LIMIT_BYTES) {
                out.problem(entry, field, "a part of the path is longer than " + NAME_LIMIT_BYTES + " bytes");
                return null;
            }
        }
        if (path.toString().getBytes(UTF_8).length > PATH_LIMIT_BYTES) {
            out.problem(entry, field, "the path is longer than " + PATH_LIMIT_BYTES + " bytes");
            return null;
        }
        return path;
    }

    /** Says which fields do not go with the type, all at once. */
    private boolean fits(Entry<FileEntry> entry, FileType type, Resources out) {
        FileEntry e = entry.value();
        boolean fine = true;
        if (type != FileType.FILE) {
            fine &= absent(entry, "content", e.content(), type, out);
            fine &= absent(entry, "source", e.source(), type, out);
            fine &= absent(entry, "contentSha256", e.contentSha256(), type, out);
            fine &= absent(entry, "sensitive", e.sensitive(), type, out);
        }
        if (type != FileType.LINK) {
            fine &= absent(entry, "target", e.target(), type, out);
        }
        if (type == FileType.LINK || type == FileType.ABSENT) {
            fine &= absent(entry, "mode", e.mode(), type, out);
        }
        if (type == FileType.ABSENT) {
            fine &= absent(entry, "owner", e.owner(), type, out);
            fine &= absent(entry, "group", e.group(), type, out);
        }
        if (type == FileType.LINK && e.target() == null) {
            out.problem(entry, "", "a link needs a target");
            fine = false;
        }
        if (type == FileType.LINK && e.target() != null && e.target().chars().anyMatch(Character::isISOControl)) {
            out.problem(entry, "target", "a path with control characters is not accepted");
            fine = false;
        }
        if (e.content() != null && e.source() != null) {
            out.problem(entry, "source", "content and source exclude each other: give one of them");
            fine = false;
        }
        return fine;
    }

    private static boolean absent(Entry<FileEntry> entry, String field, Object value, FileType type, Resources out) {
        if (value == null) {
            return true;
        }
        out.problem(entry, field, "does not go with type: " + type.name().toLowerCase(java.util.Locale.ROOT));
        return false;
    }

    /** Whatever is declared on the way to it; what is not declared is looked through. */
    private static Set<ResourceId> requires(Scope scope, Path path, Path source) {
        Set<ResourceId> ids = new HashSet<>();
        for (Path at = path.getParent(); at.getParent() != null; at = at.getParent()) {
            ids.add(new ResourceId(FileKind.NAME, Scope.OWN, at.toString()));
            ids.add(new ResourceId(FileKind.NAME, scope, at.toString()));
        }
        if (source != null) {
            ids.add(new ResourceId(FileKind.NAME, Scope.OWN, source.toString()));
            ids.add(new ResourceId(FileKind.NAME, scope, source.toString()));
        }
        return ids;
    }
}
