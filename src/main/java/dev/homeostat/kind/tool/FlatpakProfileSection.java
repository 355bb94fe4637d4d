package dev.homeostat.kind.tool;

import dev.homeostat.resource.Section;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;

/** {@code flatpakProfiles}: ready-made lists of applications. */
@ApplicationScoped
public class FlatpakProfileSection implements Section<ProfileEntry> {
    @Override
    public String key() {
        return "flatpakProfiles";
    }

    @Override
    public String about() {
        return "Ready-made lists of Flatpak applications, each of which becomes a resource of its own.";
    }

    @Override
    public String namePattern() {
        return "^(" + String.join("|", FlatpakProfiles.names()) + ")$";
    }

    @Override
    public String nameForm() {
        return "one of " + String.join(", ", FlatpakProfiles.names());
    }

    @Override
    public Class<ProfileEntry> entryType() {
        return ProfileEntry.class;
    }

    @Override
    public void read(Entry<ProfileEntry> entry, Resources out) {
        List<String> applications = FlatpakProfiles.applications(entry.name());
        for (String app : entry.value().without()) {
            if (!applications.contains(app)) {
                out.problem(entry, "without", app + " is not in the profile " + entry.name() + ": take it out");
                return;
            }
        }
        for (String app : applications) {
            if (!entry.value().without().contains(app)) {
                FlatpakSection.add(entry, app, entry.value().remote(), null, out);
            }
        }
    }
}
