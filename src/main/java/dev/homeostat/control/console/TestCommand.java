package dev.homeostat.control.console;

import dev.homeostat.cli.ExitCode;
import dev.homeostat.control.access.NotPermitted;
import dev.homeostat.control.console.text.FindingsText;
import dev.homeostat.control.console.text.JUnitText;
import dev.homeostat.control.console.text.TapText;
import dev.homeostat.reconcile.Examined;
import dev.homeostat.reconcile.Refusal;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

@Command(
        name = "test",
        description = {
            "Checks the machine as \"doctor --machine\" does, and tries what is declared as a check (deployment.checks).",
            "Exit code 0 if nothing has failed, else 1."
        },
        footer = {"", "Example: homeostat test", "         homeostat test --junit report.xml"})
final class TestCommand implements Callable<ExitCode> {
    @ParentCommand
    Root root;

    @ArgGroup
    Form form = new Form();

    /** For those who read results of tests. */
    static final class Form {
        @Option(names = "--junit", paramLabel = "FILE", description = "Write JUnit's XML to that file; - prints it.")
        String junit;

        @Option(names = "--tap", description = "Print in the form of the Test Anything Protocol.")
        boolean tap;
    }

    @Override
    public ExitCode call() throws IOException, Refusal, NotPermitted {
        Examined examined =
                root.change("test", "the machine", actor -> root.examiner().test());
        if (form.junit != null) {
            root.print(JUnitText.of(examined)); // the client puts it where it is to be
        } else if (form.tap) {
            root.print(TapText.of(examined));
        } else {
            root.print(examined, FindingsText.of(examined, root.columns()));
        }
        return examined.passed() ? ExitCode.OK : ExitCode.ERROR;
    }
}
