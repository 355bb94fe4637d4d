package dev.homeostat.control.console;

import dev.homeostat.cli.ExitCode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(
        name = "completion",
        description = "A completion script for bash, zsh or fish. Needs no daemon.",
        footer = {"", "Example: homeostat completion bash > /usr/share/bash-completion/completions/homeostat"})
final class CompletionCommand implements Callable<ExitCode> {
    /** What the first free word of a command is; completed live by the daemon. */
    private static final Map<String, String> LIVE = Map.of(
            "diff", "resources",
            "explain", "resources",
            "history", "resources",
            "pause", "resources",
            "resume", "resources",
            "retry", "resources",
            "rollback", "revisions",
            "approve", "approvals",
            "decline", "approvals");

    private static final Map<String, List<String>> FIXED = Map.of("completion", List.of("bash", "zsh", "fish"));

    private static final Set<String> FILES = Set.of("plan", "validate", "init", "import");

    @ParentCommand
    Root root;

    @Parameters(paramLabel = "SHELL", description = "bash, zsh or fish.")
    Shell shell;

    enum Shell {
        bash,
        zsh,
        fish
    }

    /** @param valued whether it wants a value */
    private record Named(String name, boolean valued) {}

    /**
     * A command as a shell completes it.
     *
     * @param words that may follow
     * @param live what else may follow, as the daemon is asked for it; empty if nothing
     * @param files whether names of files may follow
     */
    private record Entry(
            String name, String about, List<Named> options, List<String> words, String live, boolean files) {
        /** Options and words as one line. */
        String all() {
            return Stream.concat(options.stream().map(Named::name), words.stream())
                    .collect(Collectors.joining(" "));
        }
    }

    @Override
    public ExitCode call() throws IOException {
        List<Entry> entries = entries();
        root.print(
                switch (shell) {
                    case bash -> bash(entries);
                    case zsh -> zsh(entries);
                    case fish -> fish(entries);
                });
        return ExitCode.OK;
    }

    /** All there are: those of the console, and the processes apart. */
    private List<Entry> entries() {
        List<Entry> entries = new ArrayList<>();
        root.spec.subcommands().forEach((name, command) -> {
            if (!command.getCommandSpec().usageMessage().hidden()) {
                List<String> words = new ArrayList<>(command.getSubcommands().keySet());
                words.addAll(FIXED.getOrDefault(name, List.of()));
                entries.add(new Entry(
                        name,
                        String.join(" ", command.getCommandSpec().usageMessage().description()),
                        options(command),
                        words,
                        LIVE.getOrDefault(name, ""),
                        FILES.contains(name)));
            }
        });
        for (Apart apart : Apart.values()) {
            List<Named> options = apart.words.values().stream()
                    .flatMap(List::stream)
                    .distinct()
                    .map(option -> new Named(option.replace("=", ""), option.endsWith("=")))
                    .toList();
            List<String> words = apart.words.keySet().stream()
                    .filter(word -> !word.isEmpty())
                    .toList();
            entries.add(new Entry(apart.command(), apart.about, options, words, "", false));
        }
        List<String> names = entries.stream().map(Entry::name).toList();
        entries.replaceAll(entry -> entry.name().equals("help")
                ? new Entry(entry.name(), entry.about(), entry.options(), names, "", false)
                : entry);
        return entries;
    }

    private static List<Named> options(CommandLine command) {
        return command.getCommandSpec().options().stream()
                .filter(option -> !option.hidden())
                .map(option -> new Named(option.longestName(), option.arity().max() > 0))
                .distinct()
                .toList();
    }

    /** What the first word may be. */
    private String first(List<Entry> entries) {
        return Stream.concat(
                        entries.stream().map(Entry::name),
                        options(root.spec.commandLine()).stream().map(Named::name))
                .collect(Collectors.joining(" "));
    }

    private List<String> bash(List<Entry> entries) {
        List<String> out = new ArrayList<>(List.of(
                "# bash completion for homeostat; written by: homeostat completion bash",
                "_homeostat() {",
                "    local current=${COMP_WORDS[COMP_CWORD]} command= i",
                "    COMPREPLY=()",
                "    for ((i = 1; i < COMP_CWORD; i++)); do",
                "        [[ ${COMP_WORDS[i]} != -* ]] && { command=${COMP_WORDS[i]}; break; }",
                "    done",
                "    if [[ -z $command ]]; then",
                "        mapfile -t COMPREPLY < <(compgen -W '" + first(entries) + "' -- \"$current\")",
                "        return",
                "    fi",
                "    case $command in"));
        for (Entry entry : entries) {
            String live = entry.live().isEmpty() ? "" : " $(homeostat complete " + entry.live() + " 2>/dev/null)";
            out.add("        " + entry.name() + ") mapfile -t COMPREPLY < <(compgen" + (entry.files() ? " -f" : "")
                    + " -W \"" + entry.all() + live + "\" -- \"$current\") ;;");
        }
        out.addAll(List.of("    esac", "}", "complete -F _homeostat homeostat"));
        return out;
    }

    private List<String> zsh(List<Entry> entries) {
        List<String> out = new ArrayList<>(List.of(
                "#compdef homeostat",
                "# zsh completion for homeostat; written by: homeostat completion zsh",
                "_homeostat() {",
                "    local command= word",
                "    for word in ${words[2,CURRENT-1]}; do",
                "        [[ $word != -* ]] && { command=$word; break; }",
                "    done",
                "    if [[ -z $command ]]; then",
                "        compadd -- " + first(entries),
                "        return",
                "    fi",
                "    case $command in"));
        for (Entry entry : entries) {
            String live =
                    entry.live().isEmpty() ? "" : " ${(f)\"$(homeostat complete " + entry.live() + " 2>/dev/null)\"}";
            out.add("        " + entry.name() + ") compadd -- " + entry.all() + live + (entry.files() ? "; _files" : "")
                    + " ;;");
        }
        out.addAll(List.of(
                "    esac",
                "}",
                "if [[ $funcstack[1] == _homeostat ]]; then _homeostat; else compdef _homeostat homeostat; fi"));
        return out;
    }

    private static List<String> fish(List<Entry> entries) {
        List<String> out = new ArrayList<>(List.of(
                "# fish completion for homeostat; written by: homeostat completion fish", "complete -c homeostat -f"));
        for (Entry entry : entries) {
            String seen = "complete -c homeostat -n '__fish_seen_subcommand_from " + entry.name() + "'";
            out.add("complete -c homeostat -n __fish_use_subcommand -a " + entry.name() + " -d '"
                    + entry.about().replace("'", "") + "'");
            for (Named option : entry.options()) {
                out.add(seen + " -l " + option.name().substring(2) + (option.valued() ? " -x" : ""));
            }
            if (!entry.words().isEmpty()) {
                out.add(seen + " -a '" + String.join(" ", entry.words()) + "'");
            }
            if (!entry.live().isEmpty()) {
                out.add(seen + " -a '(homeostat complete " + entry.live() + " 2>/dev/null)'");
            }
            if (entry.files()) {
                out.add(seen + " -F");
            }
        }
        return out;
    }
}
