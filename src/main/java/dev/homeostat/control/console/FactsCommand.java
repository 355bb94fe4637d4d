package dev.homeostat.control.console;

import dev.homeostat.cli.ExitCode;
import dev.homeostat.control.console.text.FactsText;
import dev.homeostat.host.facts.Facts;
import dev.homeostat.reconcile.Refusal;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

@Command(
        name = "facts",
        description = "What this machine is, looked at now. Works without a daemon, too.",
        footer = {"", "Example: homeostat facts -o json"})
final class FactsCommand implements Callable<ExitCode> {
    @ParentCommand
    Root root;

    @Override
    public ExitCode call() throws IOException, Refusal {
        Facts facts = root.facts();
        root.print(facts, FactsText.of(facts, root.columns()));
        return ExitCode.OK;
    }
}
