package dev.homeostat.kind;

import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.Accounts;
import dev.homeostat.kind.command.CommandSection;
import dev.homeostat.kind.devshell.ShellSection;
import dev.homeostat.kind.repository.RepositorySection;
import dev.homeostat.kind.tool.ExtensionSection;
import dev.homeostat.kind.tool.FlatpakProfileSection;
import dev.homeostat.kind.tool.FlatpakRemoteSection;
import dev.homeostat.kind.tool.FlatpakSection;
import dev.homeostat.kind.tool.NpmSection;
import dev.homeostat.resource.Section;
import java.util.ArrayList;
import java.util.List;

/** The sections of the tooling phase. */
public final class Tooling {
    private Tooling() {}

    public static List<Section<?>> sections(Locations locations, Accounts accounts) {
        return List.of(
                new FlatpakRemoteSection(),
                new FlatpakProfileSection(),
                new FlatpakSection(),
                new NpmSection(),
                new ExtensionSection(locations),
                new ShellSection(),
                new RepositorySection(locations, accounts),
                new CommandSection());
    }

    /** And these. */
    public static List<Section<?>> and(List<Section<?>> others, Locations locations, Accounts accounts) {
        List<Section<?>> all = new ArrayList<>(others);
        all.addAll(sections(locations, accounts));
        return List.copyOf(all);
    }
}
