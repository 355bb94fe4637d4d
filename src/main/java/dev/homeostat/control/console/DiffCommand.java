package dev.homeostat.control.console;

import dev.homeostat.cli.ExitCode;
import dev.homeostat.control.console.text.PlanText;
import dev.homeostat.reconcile.Plan;
import dev.homeostat.reconcile.Refusal;
import dev.homeostat.resource.ResourceId;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(
        name = "diff",
        description = "What is not as declared, in full: all of it, or of one resource.",
        footer = {"", "Example: homeostat diff file//etc/motd"})
final class DiffCommand implements Callable<ExitCode> {
    @ParentCommand
    Root root;

    @Parameters(
            arity = "0..1",
            paramLabel = "ID",
            converter = Root.IdConverter.class,
            description = "Such as file//etc/motd.")
    ResourceId id;

    @Override
    public ExitCode call() throws IOException, Refusal {
        Plan plan = root.engine().plan();
        List<Plan.Item> items = plan.items().stream()
                .filter(item -> id == null || item.id().equals(id))
                .toList();
        if (id != null && items.isEmpty()) {
            Plan.Unplanned unplanned = plan.troubles().stream()
                    .filter(trouble -> trouble.id().equals(id))
                    .findFirst()
                    .orElse(null);
            if (unplanned != null) {
                root.out.error(id + ": " + unplanned.reason());
                return ExitCode.ERROR;
            }
            root.engine().explain(id);
        }
        root.print(items, PlanText.differences(items, root.columns()));
        boolean right = id == null ? plan.machineIsRight() : items.isEmpty();
        return right ? ExitCode.OK : ExitCode.SOMETHING_TO_DO;
    }
}
