package dev.homeostat.kind.tool;

import dev.homeostat.resource.Desired;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Section;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Set;

/** {@code npmTools}: from a package of npm to its version. */
@ApplicationScoped
public class NpmSection implements Section<NpmEntry> {
    @Override
    public String key() {
        return "npmTools";
    }

    @Override
    public String about() {
        return "Command-line tools of npm by package, in a prefix of their own. What is not listed is left alone.";
    }

    @Override
    public String namePattern() {
        return "^(@[a-z0-9][a-z0-9._-]{0,100}/)?[a-z0-9][a-z0-9._-]{0,100}$";
    }

    @Override
    public String nameForm() {
        return "the name of a package: lower-case letters, digits and . _ -, such as typescript or @angular/cli";
    }

    @Override
    public Class<NpmEntry> entryType() {
        return NpmEntry.class;
    }

    @Override
    public void read(Entry<NpmEntry> entry, Resources out) {
        NpmEntry e = entry.value();
        out.add(new Desired<>(
                new ResourceId(NpmKind.NAME, entry.scope(), entry.name()),
                new NpmSpec(e.version(), e.from(), Boolean.TRUE.equals(e.scripts()), false),
                Set.of(),
                entry.place()));
    }
}
