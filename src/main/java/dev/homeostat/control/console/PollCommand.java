package dev.homeostat.control.console;

import dev.homeostat.cli.ExitCode;
import dev.homeostat.control.access.NotPermitted;
import dev.homeostat.reconcile.Refusal;
import dev.homeostat.resource.SystemOrders;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

@Command(
        name = "poll",
        description = "Asks the repository that the system comes from for news, now.",
        footer = {"", "Example: homeostat poll"})
final class PollCommand implements Callable<ExitCode> {
    @ParentCommand
    Root root;

    @Override
    public ExitCode call() throws IOException, Refusal, NotPermitted {
        SystemOrders.Polled polled = root.change(
                "poll",
                root.orders().resource().toString(),
                actor -> Refusal.forTrouble(() -> root.orders().poll()));
        root.print(
                polled,
                List.of(
                        polled.news()
                                ? polled.source() + " is at " + polled.commit()
                                        + " now; homeostat watch shows how it goes."
                                : polled.source() + " is still at " + polled.commit() + "."));
        return ExitCode.OK;
    }
}
