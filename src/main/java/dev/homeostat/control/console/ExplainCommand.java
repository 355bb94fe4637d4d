package dev.homeostat.control.console;

import dev.homeostat.cli.ExitCode;
import dev.homeostat.control.console.text.ExplanationText;
import dev.homeostat.reconcile.Explanation;
import dev.homeostat.reconcile.Refusal;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(
        name = "explain",
        description =
                "All that is known of one resource: declared, observed, since when, what was tried, what is next.",
        footer = {"", "Example: homeostat explain service/cron.service"})
final class ExplainCommand implements Callable<ExitCode> {
    @ParentCommand
    Root root;

    @Parameters(
            paramLabel = "ID",
            description = "Such as service/cron.service; or a kind of which there is one, such as ai.")
    String name;

    @Override
    public ExitCode call() throws IOException, Refusal {
        Explanation explanation = root.engine().explain(root.chosen(name));
        root.print(explanation, ExplanationText.of(explanation, root.columns(), root.now()));
        return ExitCode.OK;
    }
}
