package dev.homeostat.control.console;

import dev.homeostat.cli.ExitCode;
import dev.homeostat.control.console.text.Lines;
import dev.homeostat.resource.Problem;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

@Command(
        name = "validate",
        description = "Says what is wrong with a FILE, without putting it in place. Needs no daemon.",
        footer = {"", "Example: homeostat validate machine.yaml"})
final class ValidateCommand implements Callable<ExitCode> {
    @ParentCommand
    Root root;

    @Spec
    CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "A candidate for machine.yaml; - for standard input.")
    String file;

    @Override
    public ExitCode call() throws IOException {
        List<Problem> problems = root.pureEngine().validate(file, root.file(file, spec));
        Lines lines = new Lines(root.columns());
        if (problems.isEmpty()) {
            lines.add(file + " is valid.");
        } else {
            for (Problem problem : problems) {
                lines.add(problem.toString());
            }
            lines.add(problems.size() == 1 ? "1 problem." : problems.size() + " problems.");
        }
        root.print(problems, lines.all());
        return problems.isEmpty() ? ExitCode.OK : ExitCode.ERROR;
    }
}
