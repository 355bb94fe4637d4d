package dev.homeostat.control.console;

import dev.homeostat.cli.ExitCode;
import java.io.IOException;
import java.util.Optional;
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
        Optional<Apart> process = Apart.of(command);
        if (process.isPresent()) {
            for (String line : process.get().usage) {
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
