package dev.homeostat.kind.tool;

import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.FolderWatch;
import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.host.program.Owner;
import dev.homeostat.host.program.Programs;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Advance;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Kind;
import dev.homeostat.resource.LookAgain;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Sighting;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Applications of Flatpak, the system's and users' own. One that is there is left as it is, wherever it came from; one that
 * we installed is uninstalled when it is no longer declared, and its data stays.
 */
@ApplicationScoped
public class FlatpakKind implements Kind<FlatpakSpec, ToolSeen> {
    public static final String NAME = "flatpak";

    /** A whole profile, one after the other, over a slow line. */
    private static final Duration PATIENCE = Duration.ofHours(12);

    private final Tools<FlatpakSpec> tools;

    public FlatpakKind(
            Programs programs, Locations locations, SafeFiles files, FolderWatch folderWatch, InstantSource clock) {
        this.tools = new Tools<>(NAME, new Box(new Flatpak(programs, locations)), programs, files, folderWatch, clock);
    }

    /** One installation is a shelf. */
    private record Box(Flatpak flatpak) implements Toolbox<FlatpakSpec> {
        private static final int COLUMNS = 3;

        @Override
        public String noun() {
            return "Flatpak";
        }

        @Override
        public boolean sideBySide() {
            return true;
        }

        @Override
        public String shelf(Owner owner, FlatpakSpec spec) {
            return flatpak.shelf(owner);
        }

        @Override
        public Optional<String> missing(Owner owner, FlatpakSpec spec) {
            return flatpak.missing(owner);
        }

        /** Flatpak touches it after every change. */
        @Override
        public Optional<Path> marker(Owner owner, FlatpakSpec spec) {
            return Optional.of(flatpak.folder(owner).resolve(".changed"));
        }

        @Override
        public Map<String, ToolSeen> list(Owner owner, FlatpakSpec any, Set<String> names) throws Trouble {
            Map<String, List<ToolSeen.Copy>> copies = new HashMap<>();
            for (String[] row : flatpak.table(owner, "list", "--app", "--columns=application,branch,origin")) {
                if (row.length != COLUMNS) {
                    throw Trouble.passing("flatpak list tells in a way that cannot be read: " + String.join(" ", row));
                }
                copies.computeIfAbsent(row[0], id -> new ArrayList<>()).add(new ToolSeen.Copy(row[1], row[2]));
            }
            Map<String, ToolSeen> tools = new HashMap<>();
            copies.forEach((id, of) -> tools.put(id, new ToolSeen(of)));
            return tools;
        }

        @Override
        public void install(Owner owner, String name, FlatpakSpec spec, Consumer<String> lines) throws Trouble {
            boolean known = flatpak.table(owner, "remotes", "--columns=name").stream()
                    .anyMatch(row -> row[0].equals(spec.remote()));
            if (!known) {
                throw Trouble.invalid(
                        "Flatpak knows no remote \"" + spec.remote() + "\" for "
                                + owner.account().name(),
                        "declare it under flatpakRemotes, or add it: flatpak remote-add");
            }
            flatpak.change(
                    owner,
                    "installing " + name,
                    lines,
                    "install",
                    "--noninteractive",
                    "--assumeyes",
                    "--app",
                    spec.remote(),
                    reference(name, spec));
        }

        @Override
        public void remove(Owner owner, String name, FlatpakSpec spec, Consumer<String> lines) throws Trouble {
            flatpak.change(
                    owner,
                    "uninstalling " + name,
                    lines,
                    "uninstall",
                    "--noninteractive",
                    "--assumeyes",
                    "--app",
                    reference(name, spec));
        }

        private static String reference(String name, FlatpakSpec spec) {
            return spec.branch() == null ? name : name + "//" + spec.branch();
        }
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Class<FlatpakSpec> specType() {
        return FlatpakSpec.class;
    }

    @Override
    public Map<ResourceId, Sighting<ToolSeen>> observe(Collection<Desired<FlatpakSpec>> resources) {
        return tools.observe(resources);
    }

    @Override
    public Assessment assess(Desired<FlatpakSpec> desired, ToolSeen observed) {
        return tools.assess(desired, observed);
    }

    @Override
    public void perform(Desired<FlatpakSpec> desired, Action action) throws Trouble {
        perform(desired, action, advance -> {});
    }

    @Override
    public void perform(Desired<FlatpakSpec> desired, Action action, Consumer<Advance> advances) throws Trouble {
        tools.perform(desired, action, advances);
    }

    @Override
    public Optional<FlatpakSpec> whenUndeclared(Desired<FlatpakSpec> desired, ToolSeen before, boolean ours) {
        return desired.spec().retired() || !tools.isOurs(before, ours)
                ? Optional.empty()
                : Optional.of(desired.spec().retire());
    }

    @Override
    public void watch(Collection<Desired<FlatpakSpec>> resources, LookAgain lookAgain) {
        tools.watch(resources, lookAgain);
    }

    @Override
    public Duration patience(Desired<FlatpakSpec> desired) {
        return PATIENCE;
    }
}
