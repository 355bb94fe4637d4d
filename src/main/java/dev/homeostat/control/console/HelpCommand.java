package dev.homeostat.control.console;

import dev.homeostat.cli.ExitCode;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

@Command(
        name = "help",
        description = "Explains a command, or names them all.",
        footer = {"", "Example: homeostat help plan"})
final class HelpCommand implements Callable<ExitCode> {
    /** What is no command of the daemon's console but a process of its own. */
    private static final Map<String, String> PROCESSES = Map.of(
            "daemon", """
                    Usage: homeostat daemon
                    The daemon itself; systemd starts it as homeostat.service. It takes no options: its environment is in the
                    reference (docs/reference/cli.md#daemon).
                    """,
            "knowledge", """
                    Usage: homeostat knowledge serve [--listen ADDRESS:PORT] [--state FOLDER] [--embeddings URL --model NAME]
                           homeostat knowledge follow [--config FILE] [--documentation FOLDER]
                    The knowledge base; systemd starts it as homeostat-knowledge.service. What it offers is in the reference
                    (docs/reference/knowledge-api.md). follow keeps it alike with folders: the user's unit
                    homeostat-documents.service starts it (docs/guide/documents.md).
                    """,
            "mcp", """
                    Usage: homeostat mcp [--http ADDRESS:PORT]
                           homeostat mcp new NAME --lang ts|python [--into FOLDER]
                           homeostat mcp run NAME
                    A server of the Model Context Protocol: agents look at this machine through it, and propose edits that a
                    person approves. new begins a server of your own from a template. run starts a declared one with its secrets.
                    """,
            "model", """
                    Usage: homeostat model fetch|check OPTIONS
                    Brings the file of a model to its place. The daemon starts it (docs/guide/models.md).
                    """,
            "suggest", """
                    Usage: homeostat suggest [--timeout TIME] [--socket PATH] WHAT...
                    Asks the model of the AI stack for an edit of machine.yaml, and shows it with its plan as a proposal. Changes
                    nothing: homeostat approve puts it in place, homeostat decline drops it.

                    Example: homeostat suggest "a Postgres for project X"
                    """);

    @ParentCommand
    Root root;

    @Spec
    CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "COMMAND", description = "Such as plan.")
    String command;

    @Override
    public ExitCode call() throws IOException {
        String process = PROCESSES.get(command == null ? "" : command);
        if (process != null) {
            for (String line : process.lines().toList()) {
                root.out.line(line);
            }
            return ExitCode.OK;
        }
        CommandLine meant = command == null
                ? root.spec.commandLine()
                : root.spec.subcommands().get(command);
        if (meant == null) {
            throw new ParameterException(spec.commandLine(), "there is no command \"" + command + "\"");
        }
        for (String line : meant.getUsageMessage().stripTrailing().lines().toList()) {
            root.out.line(line);
        }
        return ExitCode.OK;
    }
}
