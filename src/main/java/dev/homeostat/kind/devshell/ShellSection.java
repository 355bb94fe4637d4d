package dev.homeostat.kind.devshell;

import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Durations;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Section;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.Set;

/** {@code keptShells}: from a name to the development shell of a flake that is kept built. */
@ApplicationScoped
public class ShellSection implements Section<ShellEntry> {
    private static final Duration LIMIT = Duration.ofHours(2);
    /** What is built from source for longer is built elsewhere. */
    private static final Duration LONGEST = Duration.ofHours(24);

    @Override
    public String key() {
        return "keptShells";
    }

    @Override
    public String about() {
        return "Development shells of flakes on this machine that are kept built, so that entering one waits for nothing.";
    }

    @Override
    public String namePattern() {
        return "^[A-Za-z_][A-Za-z0-9_-]{0,62}$";
    }

    @Override
    public String nameForm() {
        return "letters, digits and _ -, at most 63 characters, beginning with a letter or _";
    }

    @Override
    public Class<ShellEntry> entryType() {
        return ShellEntry.class;
    }

    @Override
    public void read(Entry<ShellEntry> entry, Resources out) {
        ShellEntry e = entry.value();
        Duration limit = e.limit() == null ? LIMIT : e.limit();
        if (limit.compareTo(Duration.ofSeconds(1)) < 0 || limit.compareTo(LONGEST) > 0) {
            out.problem(entry, "limit", "expected between 1s and 1d, found " + Durations.format(limit));
            return;
        }
        if (e.flake().contains("/../") || e.flake().endsWith("/..") || e.flake().contains("/./")) {
            out.problem(entry, "flake", "\"" + e.flake() + "\" is not written plainly: no . or ..");
            return;
        }
        out.add(new Desired<>(
                new ResourceId(ShellKind.NAME, entry.scope(), entry.name()),
                new ShellSpec(e.flake(), e.shell() == null ? entry.name() : e.shell(), limit, false),
                Set.of(),
                entry.place()));
    }
}
