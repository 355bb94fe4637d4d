package dev.homeostat.control.console;

import dev.homeostat.cli.ExitCode;
import dev.homeostat.control.access.NotPermitted;
import dev.homeostat.control.console.text.PlanText;
import dev.homeostat.reconcile.Plan;
import dev.homeostat.reconcile.Refusal;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

@Command(
        name = "plan",
        description = "What would be done now, or for a FILE that is not in place. Changes nothing.",
        footer = {"", "Example: homeostat plan", "Example: homeostat plan new-machine.yaml"})
final class PlanCommand implements Callable<ExitCode> {
    @ParentCommand
    Root root;

    @Spec
    CommandSpec spec;

    @Parameters(
            arity = "0..1",
            paramLabel = "FILE",
            description = "A candidate for machine.yaml; - for standard input.")
    String file;

    @Override
    public ExitCode call() throws IOException, Refusal, NotPermitted {
        Plan plan;
        if (file == null) {
            plan = root.engine().plan();
        } else { // shows the content of any file it names, so it is for those who may change things
            byte[] yaml = root.file(file, spec);
            plan = root.change("plan", file, actor -> root.engine().plan(file, yaml));
        }
        root.print(plan, PlanText.of(plan, root.columns(), file == null));
        return plan.machineIsRight() ? ExitCode.OK : ExitCode.SOMETHING_TO_DO;
    }
}
