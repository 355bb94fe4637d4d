package dev.homeostat.control.console;

import dev.homeostat.cli.ExitCode;
import dev.homeostat.control.access.Chosen;
import dev.homeostat.control.console.text.ExplanationText;
import dev.homeostat.control.console.text.Lines;
import dev.homeostat.reconcile.Explanation;
import dev.homeostat.reconcile.Refusal;
import dev.homeostat.resource.Layer;
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
    /** What programs get where there is nothing to explain. */
    record Missing(boolean declared, String reason) {}

    @ParentCommand
    Root root;

    @Parameters(
            paramLabel = "ID",
            description = "Such as service/cron.service; or a kind of which there is one, such as ai.")
    String name;

    @Override
    public ExitCode call() throws IOException, Refusal {
        if (Chosen.isMissingStack(root.engine(), name)) { // asked for what may well not be there: no mistake
            String reason = Layer.noStack(root.engine().status().declaration().state());
            Lines lines = new Lines(root.columns());
            lines.wrapped("", "Nothing to explain: " + reason);
            root.print(new Missing(false, reason), lines.all());
            return ExitCode.OK;
        }
        Explanation explanation = root.engine().explain(root.chosen(name));
        root.print(explanation, ExplanationText.of(explanation, root.columns(), root.now()));
        return ExitCode.OK;
    }
}
