package dev.homeostat.control.console;

import dev.homeostat.cli.ExitCode;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

@Command(
        name = "schema",
        description = "The JSON Schema of machine.yaml, for editors. Needs no daemon.",
        footer = {"", "Example: homeostat schema > machine.schema.json"})
final class SchemaCommand implements Callable<ExitCode> {
    @ParentCommand
    Root root;

    @Override
    public ExitCode call() throws IOException {
        root.print((Object) root.pureEngine().schema());
        return ExitCode.OK;
    }
}
