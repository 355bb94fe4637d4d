package dev.homeostat.kind.tool;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.FolderWatch;
import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.host.program.Job;
import dev.homeostat.host.program.Owner;
import dev.homeostat.host.program.Programs;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Advance;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Kind;
import dev.homeostat.resource.LookAgain;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Sighting;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.charset.StandardCharsets;
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
 * Command-line tools of npm, in a prefix of our own, so that what somebody installed with {@code npm -g} is no business of
 * ours. Looked at without npm: by the package.json of each, and the commands that it promises.
 */
@ApplicationScoped
public class NpmKind implements Kind<NpmSpec, ToolSeen> {
    public static final String NAME = "npm-tool";

    /** Some hundred packages over a slow line. */
    private static final Duration INSTALL_LIMIT = Duration.ofMinutes(30);

    private static final Duration PATIENCE = Duration.ofHours(6);
    /** Of a package.json; those of real packages have some kilobytes. */
    private static final long MANIFEST_LIMIT_BYTES = 1L << 20;

    private static final Path SYSTEM_PREFIX = Path.of("/usr/local/lib/homeostat/npm");
    private static final String PREFIX = ".local/share/homeostat/npm";

    private final Tools<NpmSpec> tools;

    public NpmKind(
            Programs programs, Locations locations, SafeFiles files, FolderWatch folderWatch, InstantSource clock) {
        this.tools = new Tools<>(NAME, new Box(programs, locations, files), programs, files, folderWatch, clock);
    }

    /** One prefix is a shelf. */
    private record Box(Programs programs, Locations locations, SafeFiles files) implements Toolbox<NpmSpec> {
        @Override
        public String noun() {
            return "npm package";
        }

        @Override
        public boolean sideBySide() {
            return false;
        }

        @Override
        public String shelf(Owner owner, NpmSpec spec) {
            return "npm-" + owner.account().uid();
        }

        @Override
        public Optional<String> missing(Owner owner, NpmSpec spec) {
            return programs.find(owner, "npm").isPresent()
                    ? Optional.empty()
                    : Optional.of("npm is not installed for " + owner.account().name()
                            + ": install it (NixOS: the package nodejs)");
        }

        /** A look is a few small files: it need not be remembered, and this folder changes with what is installed. */
        @Override
        public Optional<Path> marker(Owner owner, NpmSpec spec) {
            return Optional.empty();
        }

        private Path prefix(Owner owner) {
            return owner.scope().isOwn() && !locations.unprivileged()
                    ? SYSTEM_PREFIX
                    : owner.home().resolve(PREFIX);
        }

        @Override
        public Set<Path> watched(Owner owner, String name, NpmSpec spec) {
            return Set.of(modules(owner).resolve(name).resolve("package.json"));
        }

        @Override
        public Set<Path> watchedFolders(Owner owner) {
            return Set.of(prefix(owner).resolve("bin"));
        }

        private Path modules(Owner owner) {
            return prefix(owner).resolve("lib").resolve("node_modules");
        }

        @Override
        public Map<String, ToolSeen> list(Owner owner, NpmSpec any, Set<String> names) throws Trouble {
            Map<String, ToolSeen> tools = new HashMap<>();
            for (String name : names) {
                installed(owner, name).ifPresent(copy -> tools.put(name, new ToolSeen(List.of(copy))));
            }
            return tools;
        }

        /** A package whose manifest cannot be read, or one of whose commands is missing, is not installed. */
        private Optional<ToolSeen.Copy> installed(Owner owner, String name) throws Trouble {
            Path manifest = modules(owner).resolve(name).resolve("package.json");
            if (files.look(manifest).isEmpty()) {
                return Optional.empty();
            }
            JsonNode json;
            try {
                json = Json.read(
                        new String(files.read(manifest, MANIFEST_LIMIT_BYTES), StandardCharsets.UTF_8), JsonNode.class);
            } catch (IllegalArgumentException e) {
                return Optional.empty(); // half written
            }
            for (String command : commands(name, json.path("bin"))) {
                if (!command.matches("[A-Za-z0-9._-]{1,100}")
                        || files.look(prefix(owner).resolve("bin").resolve(command))
                                .isEmpty()) {
                    return Optional.empty();
                }
            }
            return Optional.of(new ToolSeen.Copy(json.path("version").asText(), ""));
        }

        /** As npm reads it: a map, or one command that is called as the package. */
        private static List<String> commands(String name, JsonNode bin) {
            List<String> commands = new ArrayList<>();
            if (bin.isTextual()) {
                commands.add(name.substring(name.indexOf('/') + 1));
            }
            bin.fieldNames().forEachRemaining(commands::add);
            return commands;
        }

        @Override
        public void install(Owner owner, String name, NpmSpec spec, Consumer<String> lines) throws Trouble {
            String what =
                    spec.from() != null ? spec.from() : spec.version() == null ? name : name + "@" + spec.version();
            npm(
                    owner,
                    spec,
                    "installing " + name,
                    lines,
                    "install",
                    spec.scripts() ? "--no-ignore-scripts" : "--ignore-scripts",
                    "--force", // a command that is there without its package is a rest of an installation that was
                    // killed
                    "--",
                    what);
        }

        @Override
        public void remove(Owner owner, String name, NpmSpec spec, Consumer<String> lines) throws Trouble {
            npm(owner, spec, "uninstalling " + name, lines, "uninstall", "--ignore-scripts", "--", name);
        }

        private void npm(Owner owner, NpmSpec spec, String what, Consumer<String> lines, String... arguments)
                throws Trouble {
            List<String> command = new ArrayList<>(List.of(
                    "npm",
                    "--global",
                    "--prefix",
                    prefix(owner).toString(),
                    "--no-fund",
                    "--no-audit",
                    "--no-update-notifier",
                    "--no-progress"));
            command.addAll(List.of(arguments));
            programs.must(
                    owner, new Job(command, Map.of(), owner.home(), INSTALL_LIMIT, shelf(owner, spec)), what, lines);
        }
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Class<NpmSpec> specType() {
        return NpmSpec.class;
    }

    @Override
    public Map<ResourceId, Sighting<ToolSeen>> observe(Collection<Desired<NpmSpec>> resources) {
        return tools.observe(resources);
    }

    @Override
    public Assessment assess(Desired<NpmSpec> desired, ToolSeen observed) {
        return tools.assess(desired, observed);
    }

    @Override
    public void perform(Desired<NpmSpec> desired, Action action) throws Trouble {
        perform(desired, action, advance -> {});
    }

    @Override
    public void perform(Desired<NpmSpec> desired, Action action, Consumer<Advance> advances) throws Trouble {
        tools.perform(desired, action, advances);
    }

    @Override
    public Optional<NpmSpec> whenUndeclared(Desired<NpmSpec> desired, ToolSeen before, boolean ours) {
        return desired.spec().retired() || !tools.isOurs(before, ours)
                ? Optional.empty()
                : Optional.of(desired.spec().retire());
    }

    @Override
    public void watch(Collection<Desired<NpmSpec>> resources, LookAgain lookAgain) {
        tools.watch(resources, lookAgain);
    }

    @Override
    public Duration patience(Desired<NpmSpec> desired) {
        return PATIENCE;
    }
}
