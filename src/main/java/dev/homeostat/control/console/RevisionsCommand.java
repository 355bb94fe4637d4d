package dev.homeostat.control.console;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.cli.ExitCode;
import dev.homeostat.control.console.text.Structured;
import dev.homeostat.control.console.text.Style;
import dev.homeostat.control.console.text.Table;
import dev.homeostat.control.console.text.Times;
import dev.homeostat.reconcile.Refusal;
import dev.homeostat.reconcile.RevisionInfo;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(
        name = "revisions",
        description = "The accepted declarations, newest first.",
        footer = {"", "Example: homeostat revisions", "Example: homeostat revisions show 3f2a9c1d"})
final class RevisionsCommand implements Callable<ExitCode> {
    @ParentCommand
    Root root;

    @Override
    public ExitCode call() throws IOException {
        List<RevisionInfo> revisions = root.engine().revisions();
        Table table = new Table("REVISION", "ACCEPTED", "RESOURCES", "FROM");
        for (RevisionInfo revision : revisions) {
            String id = revision.inForce() ? Style.GREEN.of(revision.shortId() + " *") : revision.shortId();
            table.row(
                    id,
                    Times.at(revision.accepted()),
                    Integer.toString(revision.resources()),
                    String.join(", ", revision.files()));
        }
        root.print(
                revisions,
                table.isEmpty() ? List.of("No declaration was accepted yet.") : table.render(root.columns()));
        return ExitCode.OK;
    }

    @Command(
            name = "show",
            description = "The canonical content of a revision, without what is sensitive.",
            footer = {"", "Example: homeostat revisions show 3f2a9c1d"})
    ExitCode show(
            @Parameters(paramLabel = "REVISION", description = "Its id, or a unique prefix of 8 digits or more.")
                    String id)
            throws IOException, Refusal {
        JsonNode content = root.engine().revision(id);
        root.print(content, Structured.YAML.lines(content));
        return ExitCode.OK;
    }
}
