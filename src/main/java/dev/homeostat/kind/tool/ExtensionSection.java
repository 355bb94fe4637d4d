package dev.homeostat.kind.tool;

import dev.homeostat.host.Locations;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Section;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Locale;
import java.util.Set;

/** {@code editorExtensions}: from an extension's id to its editor. */
@ApplicationScoped
public class ExtensionSection implements Section<ExtensionEntry> {
    private final Locations locations;

    public ExtensionSection(Locations locations) {
        this.locations = locations;
    }

    @Override
    public String key() {
        return "editorExtensions";
    }

    @Override
    public String about() {
        return "Extensions of VSCodium or Visual Studio Code by id. What is not listed is left alone.";
    }

    @Override
    public String namePattern() {
        return "^[A-Za-z0-9][A-Za-z0-9-]{0,100}\\.[A-Za-z0-9][A-Za-z0-9._-]{0,100}$";
    }

    @Override
    public String nameForm() {
        return "the id of an extension, such as jnoortheen.nix-ide";
    }

    @Override
    public Class<ExtensionEntry> entryType() {
        return ExtensionEntry.class;
    }

    @Override
    public void read(Entry<ExtensionEntry> entry, Resources out) {
        ExtensionEntry e = entry.value();
        if (entry.scope().isOwn() && !locations.unprivileged()) {
            out.problem(entry, "", "an editor belongs to a user: move it to users.NAME.editorExtensions");
            return;
        }
        out.add(new Desired<>(
                new ResourceId(ExtensionKind.NAME, entry.scope(), entry.name().toLowerCase(Locale.ROOT)),
                new ExtensionSpec(e.editor(), e.version(), e.from(), false),
                Set.of(),
                entry.place()));
    }
}
