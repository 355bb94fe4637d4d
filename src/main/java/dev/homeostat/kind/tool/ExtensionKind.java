package dev.homeostat.kind.tool;

import dev.homeostat.host.posix.FolderWatch;
import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.host.process.Processes;
import dev.homeostat.host.program.Job;
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
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Extensions of a user's editor. The editor itself is asked and told; it keeps them up to date. */
@ApplicationScoped
public class ExtensionKind implements Kind<ExtensionSpec, ToolSeen> {
    public static final String NAME = "editor-extension";

    private static final Duration PATIENCE = Duration.ofHours(6);

    private final Tools<ExtensionSpec> tools;

    public ExtensionKind(Programs programs, SafeFiles files, FolderWatch folderWatch, InstantSource clock) {
        this.tools = new Tools<>(NAME, new Box(programs), programs, files, folderWatch, clock);
    }

    /** One editor of one user is a shelf. */
    private record Box(Programs programs) implements Toolbox<ExtensionSpec> {
        /** It starts a browser engine to write a list. */
        private static final Duration LIST_LIMIT = Duration.ofMinutes(2);
        /** Some hundred megabytes over a slow line. */
        private static final Duration CHANGE_LIMIT = Duration.ofMinutes(30);

        private static final Pattern LISTED = Pattern.compile(
                "([A-Za-z0-9][A-Za-z0-9-]{0,100}\\.[A-Za-z0-9][A-Za-z0-9._-]{0,100})@([0-9A-Za-z.+-]{1,128})");

        @Override
        public String noun() {
            return "extension";
        }

        @Override
        public boolean sideBySide() {
            return false;
        }

        @Override
        public String shelf(Owner owner, ExtensionSpec spec) {
            return spec.editor().program() + "-" + owner.account().uid();
        }

        @Override
        public Optional<String> missing(Owner owner, ExtensionSpec spec) {
            String program = spec.editor().program();
            return programs.find(owner, program).isPresent()
                    ? Optional.empty()
                    : Optional.of(program + " is not installed for "
                            + owner.account().name() + ": install it (NixOS: the package "
                            + (spec.editor() == Editor.CODIUM ? "vscodium" : "vscode")
                            + "), or declare another editor");
        }

        @Override
        public Optional<Path> marker(Owner owner, ExtensionSpec spec) {
            return Optional.of(owner.home().resolve(spec.editor().list()));
        }

        @Override
        public Map<String, ToolSeen> list(Owner owner, ExtensionSpec any, Set<String> names) throws Trouble {
            String program = any.editor().program();
            Processes.Result result =
                    programs.run(owner, Job.look(owner, LIST_LIMIT, program, "--list-extensions", "--show-versions"));
            if (result.exitCode() != 0) {
                throw Programs.failed(
                        program + " --list-extensions",
                        new Programs.End(result.exitCode(), Programs.words(result.errors())));
            }
            Map<String, ToolSeen> tools = new HashMap<>();
            for (String line : result.output().lines().toList()) {
                Matcher listed = LISTED.matcher(line.strip());
                if (listed.matches()) { // else a notice for people
                    tools.put(
                            listed.group(1).toLowerCase(Locale.ROOT),
                            new ToolSeen(List.of(new ToolSeen.Copy(listed.group(2), ""))));
                }
            }
            return tools;
        }

        @Override
        public void install(Owner owner, String name, ExtensionSpec spec, Consumer<String> lines) throws Trouble {
            String what =
                    spec.from() != null ? spec.from() : spec.version() == null ? name : name + "@" + spec.version();
            change(owner, spec, "installing " + name, lines, "--install-extension", what, "--force");
        }

        @Override
        public void remove(Owner owner, String name, ExtensionSpec spec, Consumer<String> lines) throws Trouble {
            change(owner, spec, "uninstalling " + name, lines, "--uninstall-extension", name);
        }

        private void change(Owner owner, ExtensionSpec spec, String what, Consumer<String> lines, String... arguments)
                throws Trouble {
            List<String> command = new ArrayList<>(List.of(spec.editor().program()));
            command.addAll(List.of(arguments));
            programs.must(
                    owner, new Job(command, Map.of(), owner.home(), CHANGE_LIMIT, shelf(owner, spec)), what, lines);
        }
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Class<ExtensionSpec> specType() {
        return ExtensionSpec.class;
    }

    @Override
    public Map<ResourceId, Sighting<ToolSeen>> observe(Collection<Desired<ExtensionSpec>> resources) {
        return tools.observe(resources);
    }

    @Override
    public Assessment assess(Desired<ExtensionSpec> desired, ToolSeen observed) {
        return tools.assess(desired, observed);
    }

    @Override
    public void perform(Desired<ExtensionSpec> desired, Action action) throws Trouble {
        perform(desired, action, advance -> {});
    }

    @Override
    public void perform(Desired<ExtensionSpec> desired, Action action, Consumer<Advance> advances) throws Trouble {
        tools.perform(desired, action, advances);
    }

    @Override
    public Optional<ExtensionSpec> whenUndeclared(Desired<ExtensionSpec> desired, ToolSeen before, boolean ours) {
        return desired.spec().retired() || !tools.isOurs(before, ours)
                ? Optional.empty()
                : Optional.of(desired.spec().retire());
    }

    @Override
    public void watch(Collection<Desired<ExtensionSpec>> resources, LookAgain lookAgain) {
        tools.watch(resources, lookAgain);
    }

    @Override
    public Duration patience(Desired<ExtensionSpec> desired) {
        return PATIENCE;
    }
}
