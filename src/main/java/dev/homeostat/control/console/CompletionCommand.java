package dev.homeostat.control.console;

import dev.homeostat.cli.ExitCode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.OptionSpec;
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

    private static final Map<String, String> FIXED =
            Map.of("completion", "bash zsh fish", "revisions", "show", "inputs", "update restore", "help", "");

    private static final List<String> FILES = List.of("plan", "validate", "init", "import");

    @ParentCommand
    Root root;

    @Parameters(paramLabel = "SHELL", description = "bash, zsh or fish.")
    Shell shell;

    enum Shell {
        bash,
        zsh,
        fish
    }

    @Override
    public ExitCode call() throws IOException {
        Map<String, CommandLine> commands = root.spec.subcommands();
        root.print(
                switch (shell) {
                    case bash -> bash(commands);
                    case zsh -> zsh(commands);
                    case fish -> fish(commands);
                });
        return ExitCode.OK;
    }

    private List<String> bash(Map<String, CommandLine> commands) {
        List<String> out = new ArrayList<>(List.of(
                "# bash completion for homeostat; written by: homeostat completion bash",
                "_homeostat() {",
                "    local current=${COMP_WORDS[COMP_CWORD]} command= i",
                "    COMPREPLY=()",
                "    for ((i = 1; i < COMP_CWORD; i++)); do",
                "        [[ ${COMP_WORDS[i]} != -* ]] && { command=${COMP_WORDS[i]}; break; }",
                "    done",
                "    if [[ -z $command ]]; then",
                "        mapfile -t COMPREPLY < <(compgen -W '" + names(commands) + " "
                        + options(root.spec.commandLine()) + "' -- \"$current\")",
                "        return",
                "    fi",
                "    case $command in"));
        commands.forEach((name, command) -> {
            if (command.getCommandSpec().usageMessage().hidden()) {
                return;
            }
            String words =
                    options(command) + " " + FIXED.getOrDefault(name, name.equals("help") ? names(commands) : "");
            String live = LIVE.containsKey(name) ? " $(homeostat complete " + LIVE.get(name) + " 2>/dev/null)" : "";
            String files = FILES.contains(name) ? " -f" : "";
            out.add("        " + name + ") mapfile -t COMPREPLY < <(compgen" + files + " -W \"" + words.strip() + live
                    + "\" -- \"$current\") ;;");
        });
        out.addAll(List.of("    esac", "}", "complete -F _homeostat homeostat"));
        return out;
    }

    private List<String> zsh(Map<String, CommandLine> commands) {
        List<String> out = new ArrayList<>(List.of(
                "#compdef homeostat",
                "# zsh completion for homeostat; written by: homeostat completion zsh",
                "_homeostat() {",
                "    local command= word",
                "    for word in ${words[2,CURRENT-1]}; do",
                "        [[ $word != -* ]] && { command=$word; break; }",
                "    done",
                "    if [[ -z $command ]]; then",
                "        compadd -- " + names(commands) + " " + options(root.spec.commandLine()),
                "        return",
                "    fi",
                "    case $command in"));
        commands.forEach((name, command) -> {
            if (command.getCommandSpec().usageMessage().hidden()) {
                return;
            }
            String live =
                    LIVE.containsKey(name) ? " ${(f)\"$(homeostat complete " + LIVE.get(name) + " 2>/dev/null)\"}" : "";
            String words = options(command) + " " + FIXED.getOrDefault(name, "");
            out.add("        " + name + ") compadd -- " + words.strip() + live
                    + (FILES.contains(name) ? "; _files" : "") + " ;;");
        });
        out.addAll(List.of(
                "    esac",
                "}",
                "if [[ $funcstack[1] == _homeostat ]]; then _homeostat; else compdef _homeostat homeostat; fi"));
        return out;
    }

    private List<String> fish(Map<String, CommandLine> commands) {
        List<String> out = new ArrayList<>(List.of(
                "# fish completion for homeostat; written by: homeostat completion fish", "complete -c homeostat -f"));
        commands.forEach((name, command) -> {
            if (command.getCommandSpec().usageMessage().hidden()) {
                return;
            }
            String seen = "__fish_seen_subcommand_from " + name;
            out.add("complete -c homeostat -n __fish_use_subcommand -a " + name + " -d '" + about(command) + "'");
            for (OptionSpec option : command.getCommandSpec().options()) {
                if (!option.hidden()) {
                    out.add("complete -c homeostat -n '" + seen + "' -l "
                            + option.longestName().substring(2)
                            + (option.arity().max() > 0 ? " -x" : ""));
                }
            }
            if (LIVE.containsKey(name)) {
                out.add("complete -c homeostat -n '" + seen + "' -a '(homeostat complete " + LIVE.get(name)
                        + " 2>/dev/null)'");
            } else if (FILES.contains(name)) {
                out.add("complete -c homeostat -n '" + seen + "' -F");
            } else if (!FIXED.getOrDefault(name, "").isEmpty()) {
                out.add("complete -c homeostat -n '" + seen + "' -a '" + FIXED.get(name) + "'");
            }
        });
        return out;
    }

    private static String about(CommandLine command) {
        return String.join(" ", command.getCommandSpec().usageMessage().description())
                .replace("'", "");
    }

    private static String names(Map<String, CommandLine> commands) {
        return commands.entrySet().stream()
                .filter(entry ->
                        !entry.getValue().getCommandSpec().usageMessage().hidden())
                .map(Map.Entry::getKey)
                .collect(Collectors.joining(" "));
    }

    private static String options(CommandLine command) {
        return command.getCommandSpec().options().stream()
                .filter(option -> !option.hidden())
                .map(OptionSpec::longestName)
                .distinct()
                .collect(Collectors.joining(" "));
    }
}
