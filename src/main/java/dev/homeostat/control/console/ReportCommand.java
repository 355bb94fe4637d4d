package dev.homeostat.control.console;

import dev.homeostat.cli.ExitCode;
import dev.homeostat.control.console.text.DeploymentText;
import dev.homeostat.reconcile.Refusal;
import dev.homeostat.resource.Deployed;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

@Command(
        name = "report",
        description = "What the last deployment came to: what changed, how long it took, whether a reboot is needed.",
        footer = {"", "Example: homeostat report -o json"})
final class ReportCommand implements Callable<ExitCode> {
    @ParentCommand
    Root root;

    @Override
    public ExitCode call() throws IOException, Refusal {
        List<Deployed> last = root.engine().deployments(1);
        if (last.isEmpty()) {
            throw new Refusal(Refusal.Sort.NOT_FOUND, "nothing was deployed yet");
        }
        root.print(last.getFirst(), DeploymentText.report(last.getFirst(), root.columns()));
        return ExitCode.OK;
    }
}
