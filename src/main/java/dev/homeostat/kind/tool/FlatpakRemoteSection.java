package dev.homeostat.kind.tool;

import dev.homeostat.resource.Desired;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Scope;
import dev.homeostat.resource.Section;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Set;

/** {@code flatpakRemotes}: from a name to where Flatpak installs from. */
@ApplicationScoped
public class FlatpakRemoteSection implements Section<RemoteEntry> {
    static final String NAME_PATTERN = "^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$";

    @Override
    public String key() {
        return "flatpakRemotes";
    }

    @Override
    public String about() {
        return "Where Flatpak installs from, by name. Remotes that are not listed are left alone.";
    }

    @Override
    public String namePattern() {
        return NAME_PATTERN;
    }

    @Override
    public String nameForm() {
        return "letters, digits and _ . -, at most 128 characters, beginning with a letter or digit";
    }

    @Override
    public Class<RemoteEntry> entryType() {
        return RemoteEntry.class;
    }

    @Override
    public void read(Entry<RemoteEntry> entry, Resources out) {
        RemoteEntry e = entry.value();
        boolean unsigned = Boolean.TRUE.equals(e.unsigned());
        if (e.url() == null && e.from() == null) {
            out.problem(entry, "", "a remote needs a url, or a .flatpakrepo file to be made from");
        } else if (unsigned && (e.key() != null || e.from() != null)) {
            out.problem(entry, "unsigned", "a remote with a key is signed: leave out one of them");
        } else if (e.from() == null && e.key() == null && !unsigned) {
            out.problem(
                    entry,
                    "url",
                    "what is signed by nobody is not installed: give the key, or from with a .flatpakrepo file, or unsigned: true");
        } else {
            out.add(new Desired<>(
                    id(entry.scope(), entry.name()),
                    new RemoteSpec(e.url(), e.from(), e.key(), unsigned, false),
                    Set.of(),
                    entry.place()));
        }
    }

    static ResourceId id(Scope scope, String name) {
        return new ResourceId(FlatpakRemoteKind.NAME, scope, name);
    }
}
