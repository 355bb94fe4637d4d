package dev.homeostat.kind.tool;

import dev.homeostat.resource.Desired;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Section;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Set;

/** {@code flatpaks}: from an application's id to where it comes from. */
@ApplicationScoped
public class FlatpakSection implements Section<FlatpakEntry> {
    /** As D-Bus names: at least two dots. */
    static final String ID = "^[A-Za-z_][A-Za-z0-9_-]{0,80}(\\.[A-Za-z_][A-Za-z0-9_-]{0,80}){2,8}$";

    static final String ID_FORM = "the id of an application, such as org.gimp.GIMP";

    @Override
    public String key() {
        return "flatpaks";
    }

    @Override
    public String about() {
        return "Flatpak applications by id. What is not listed is left alone, and what is there already is left as it is.";
    }

    @Override
    public String namePattern() {
        return ID;
    }

    @Override
    public String nameForm() {
        return ID_FORM;
    }

    @Override
    public Class<FlatpakEntry> entryType() {
        return FlatpakEntry.class;
    }

    @Override
    public void read(Entry<FlatpakEntry> entry, Resources out) {
        add(entry, entry.name(), entry.value().remote(), entry.value().branch(), out);
    }

    static void add(Entry<?> entry, String app, String remote, String branch, Resources out) {
        out.add(new Desired<>(
                new ResourceId(FlatpakKind.NAME, entry.scope(), app),
                new FlatpakSpec(remote, branch, false),
                Set.of(FlatpakRemoteSection.id(entry.scope(), remote)),
                entry.place()));
    }
}
