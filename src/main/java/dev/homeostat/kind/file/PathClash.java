package dev.homeostat.kind.file;

import dev.homeostat.resource.CrossCheck;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Problem;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** No path is declared twice (by the system and by its user), and nothing below what is no folder. */
@ApplicationScoped
public class PathClash implements CrossCheck {
    @Override
    public List<Problem> check(Collection<Desired<?>> all) {
        List<Problem> problems = new ArrayList<>();
        Map<Path, Desired<?>> byPath = new HashMap<>();
        for (Desired<?> d : all) {
            if (d.spec() instanceof FileSpec file) {
                Desired<?> other = byPath.putIfAbsent(file.path(), d);
                if (other != null) {
                    problems.add(problem(d, "is declared at " + other.place() + " too: keep one of the two"));
                }
            }
        }
        byPath.forEach((path, d) -> {
            for (Path at = path.getParent(); at != null; at = at.getParent()) {
                Desired<?> above = byPath.get(at);
                if (above != null && above.spec() instanceof FileSpec s && s.type() != FileType.FOLDER) {
                    problems.add(
                            problem(d, "cannot be there: " + at + " is declared as no folder at " + above.place()));
                }
            }
        });
        return problems;
    }

    private static Problem problem(Desired<?> d, String message) {
        return new Problem(d.place(), d.id().toString(), message);
    }
}
