package dev.homeostat.ai.model;

import dev.homeostat.host.posix.FileFacts;
import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Examination;
import dev.homeostat.resource.Finding;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** What lies in folders of models and is declared by nobody: told, and never removed. Thread-safe. */
@ApplicationScoped
public class UnusedModels implements Examination {
    private static final String GROUP = "models";
    /** In one sentence; of more only the number is told. */
    private static final int NAMED_LIMIT = 10;

    private final SafeFiles files;

    public UnusedModels(SafeFiles files) {
        this.files = files;
    }

    @Override
    public List<Finding> look(Collection<Desired<?>> declared) {
        SortedMap<Path, Set<String>> used = new TreeMap<>();
        for (Desired<?> d : declared) {
            if (d.spec() instanceof ModelSpec spec) {
                String part = spec.file() + Models.PART;
                used.computeIfAbsent(spec.folder(), f -> new HashSet<>())
                        .addAll(List.of(spec.file(), Receipt.besides(spec.file()), part, Receipt.besides(part)));
            }
        }
        return used.entrySet().stream().map(e -> look(e.getKey(), e.getValue())).toList();
    }

    private Finding look(Path folder, Set<String> used) {
        try {
            List<String> unused = new ArrayList<>();
            long bytes = 0;
            for (String name : files.list(folder)) {
                Optional<FileFacts> facts = used.contains(name) || name.endsWith(".json")
                        ? Optional.empty()
                        : files.look(folder.resolve(name));
                if (facts.isPresent()) {
                    unused.add(name + " (" + Sizes.told(facts.get().sizeBytes()) + ")");
                    bytes += facts.get().sizeBytes();
                }
            }
            if (unused.isEmpty()) {
                return Finding.passed(GROUP, folder.toString(), "nothing is there that is not declared");
            }
            int more = unused.size() - NAMED_LIMIT;
            return Finding.passed(
                    GROUP,
                    folder.toString(),
                    Sizes.told(bytes) + " that nothing declares, and nobody removes but you: "
                            + String.join(", ", unused.subList(0, Math.min(unused.size(), NAMED_LIMIT)))
                            + (more > 0 ? " and " + more + " more" : ""));
        } catch (Trouble t) {
            return Finding.failed(GROUP, folder.toString(), t);
        }
    }
}
