package dev.homeostat.ai.document;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.homeostat.ai.Contribution;
import dev.homeostat.ai.Part;
import dev.homeostat.ai.Stack;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.ResourceId;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * {@code ai.documents}: the file that says what follows into the knowledge base, and the process that follows. It runs also
 * where no folder is declared: the documents of a folder that was are removed by it.
 */
@ApplicationScoped
public class DocumentsPart implements Part {
    static final String UNIT = "homeostat-documents.service";
    private static final Pattern NOT_OF_A_PROJECT = Pattern.compile("[^A-Za-z0-9._-]");

    @Override
    public void read(Stack stack, Contribution out) {
        Map<String, DocumentsEntry> written =
                stack.entry().documents() == null ? Map.of() : stack.entry().documents();
        KnowledgeEntry knowledge = KnowledgeEntry.of(stack.entry().knowledge());
        if (!knowledge.wanted()) {
            if (!written.isEmpty()) {
                out.problem("documents", "there is no knowledge base for them: knowledge.enabled is false");
            }
            return;
        }
        SortedMap<String, FollowSettings.Folder> folders = new TreeMap<>();
        written.forEach(
                (name, entry) -> folder(stack, name, entry, out).ifPresent(folder -> folders.put(name, folder)));
        if (folders.size() < written.size()) {
            return; // told; what is followed so far goes on
        }
        FollowSettings settings =
                new FollowSettings(knowledge.address(), stack.account().name(), true, folders);
        ResourceId ownFolders = stack.id("ai", "stack");
        ObjectNode file = Json.MAPPER.createObjectNode();
        file.put("content", Json.write(settings) + "\n").put("mode", "0600");
        Path path = stack.folders().config().resolve(FollowSettings.FILE);
        Set<ResourceId> first =
                new HashSet<>(out.hand(stack.scope(), "files", path.toString(), file, "documents", Set.of(ownFolders)));
        first.add(ownFolders);
        ObjectNode service = Json.MAPPER.createObjectNode().put("state", "running");
        out.hand(stack.scope(), "services", UNIT, service, "documents", first);
    }

    private static Optional<FollowSettings.Folder> folder(
            Stack stack, String name, DocumentsEntry entry, Contribution out) {
        String at = "documents." + name;
        Path path;
        try {
            path = entry.folder().startsWith("~/")
                    ? stack.account().home().resolve(entry.folder().substring(2))
                    : Path.of(entry.folder());
        } catch (InvalidPathException e) {
            out.problem(at + ".folder", "is not a path: " + e.getReason());
            return Optional.empty();
        }
        if (!path.isAbsolute() || !path.equals(path.normalize()) || path.getParent() == null) {
            out.problem(at + ".folder", "\"" + entry.folder() + "\" is not the plain path of a folder");
            return Optional.empty();
        }
        List<String> include = entry.include() == null ? FollowSettings.USUAL : entry.include();
        List<String> exclude = entry.exclude() == null ? List.of() : entry.exclude();
        if (!patterns(at + ".include", include, out) | !patterns(at + ".exclude", exclude, out)) {
            return Optional.empty();
        }
        return Optional.of(new FollowSettings.Folder(
                path,
                entry.project() == null ? project(path) : entry.project(),
                entry.tags() == null ? List.of() : entry.tags(),
                include,
                exclude,
                entry.limit() == null ? DocumentsEntry.USUAL_LIMIT : entry.limit(),
                false));
    }

    private static boolean patterns(String at, List<String> patterns, Contribution out) {
        boolean fine = true;
        for (int i = 0; i < patterns.size(); i++) {
            try {
                new Patterns(List.of(patterns.get(i)), List.of());
            } catch (IllegalArgumentException e) {
                out.problem(at + "." + i, "\"" + patterns.get(i) + "\" is not a pattern: " + e.getMessage());
                fine = false;
            }
        }
        return fine;
    }

    /** The name of the folder, as far as the name of a project may have its characters. */
    static String project(Path folder) {
        String name = NOT_OF_A_PROJECT
                .matcher(folder.getFileName().toString())
                .replaceAll("-")
                .replaceFirst("^[.-]+", "");
        return name.isEmpty() ? "documents" : name.substring(0, Math.min(name.length(), 100));
    }
}
