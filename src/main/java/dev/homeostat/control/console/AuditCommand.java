package dev.homeostat.control.console;

import dev.homeostat.cli.ExitCode;
import dev.homeostat.control.console.text.Table;
import dev.homeostat.control.console.text.Times;
import dev.homeostat.reconcile.AuditEntry;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

@Command(
        name = "audit",
        description = "Who asked for what, newest first; also what was refused.",
        footer = {"", "Example: homeostat audit -n 5"})
final class AuditCommand implements Callable<ExitCode> {
    @ParentCommand
    Root root;

    @Option(
            names = {"-n", "--limit"},
            paramLabel = "N",
            converter = Root.CountConverter.class,
            description = "At most so many. Default: ${DEFAULT-VALUE}.")
    int limit = 20;

    @Override
    public ExitCode call() throws IOException {
        List<AuditEntry> entries = root.engine().audit(limit);
        Table table = new Table("WHEN", "WHO", "VERB", "WHAT", "OUTCOME");
        for (AuditEntry entry : entries) {
            table.row(Times.at(entry.at()), entry.actor().toString(), entry.verb(), entry.subject(), entry.outcome());
        }
        root.print(entries, table.isEmpty() ? List.of("Nobody asked for anything yet.") : table.render(root.columns()));
        return ExitCode.OK;
    }
}
