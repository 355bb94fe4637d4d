package dev.homeostat.control.console;

import dev.homeostat.cli.ExitCode;
import java.io.IOException;
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
    @ParentCommand
    Root root;

    @Spec
    CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "COMMAND", description = "Such as plan.")
    String command;

    @Override
    public ExitCode call() throws IOException {
        if ("daemon".equals(command)) {
            root.out.line("Usage: homeostat daemon");
            root.out.line(
                    "The daemon itself; systemd starts it as homeostat.service. It takes no options: its environment is in the");
            root.out.line("reference (docs/reference/configuration.md).");
            return ExitCode.OK;
        }
        if ("knowledge".equals(command)) {
            root.out.line(
                    "Usage: homeostat knowledge serve [--listen ADDRESS:PORT] [--state FOLDER] [--embeddings URL --model NAME]");
            root.out.line("       homeostat knowledge follow [--config FILE] [--documentation FOLDER]");
            root.out.line(
                    "The knowledge base, a process of its own; systemd starts it as homeostat-knowledge.service. What it offers is in");
            root.out.line(
                    "the reference (docs/reference/knowledge-api.md). follow keeps it alike with folders: the user's unit");
            root.out.line("homeostat-documents.service starts it (docs/guide/documents.md).");
            return ExitCode.OK;
        }
        if ("mcp".equals(command)) {
            root.out.line("Usage: homeostat mcp [--http ADDRESS:PORT]");
            root.out.line("       homeostat mcp new NAME --lang ts|python [--into FOLDER]");
            root.out.line(
                    "A server of the Model Context Protocol, a process of its own: agents look at this machine through it, and propose");
            root.out.line("edits that a person approves. The second form begins a server of your own from a template.");
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
