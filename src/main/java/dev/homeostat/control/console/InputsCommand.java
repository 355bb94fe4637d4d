package dev.homeostat.control.console;

import dev.homeostat.cli.ExitCode;
import dev.homeostat.control.access.NotPermitted;
import dev.homeostat.control.console.text.InputsText;
import dev.homeostat.reconcile.Refusal;
import dev.homeostat.resource.SystemOrders;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(
        name = "inputs",
        description = "What the generated system is locked to: nixpkgs and the like.",
        footer = {"", "Example: homeostat inputs", "Example: homeostat inputs update nixpkgs"})
final class InputsCommand implements Callable<ExitCode> {
    @ParentCommand
    Root root;

    @Override
    public ExitCode call() throws IOException, Refusal {
        SystemOrders.Inputs inputs = Refusal.forTrouble(() -> root.orders().inputs());
        root.print(inputs, InputsText.of(inputs, root.columns(), root.now()));
        return inputs.none().isEmpty() ? ExitCode.OK : ExitCode.ERROR;
    }

    @Command(
            name = "update",
            description =
                    "Locks them to what is newest, and keeps those before. The system is then deployed with them.",
            footer = {"", "Example: homeostat inputs update nixpkgs"})
    ExitCode update(
            @Parameters(paramLabel = "NAME", arity = "0..*", description = "Such as nixpkgs. Default: all.")
                    List<String> names)
            throws IOException, Refusal, NotPermitted {
        List<String> wanted = names == null ? List.of() : List.copyOf(names);
        AtomicReference<IOException> gone = new AtomicReference<>();
        SystemOrders.InputsChange change = root.change(
                "update inputs",
                wanted.isEmpty() ? "all" : String.join(", ", wanted),
                actor -> Refusal.forTrouble(() -> root.orders().updateInputs(wanted, line -> tell(line, gone))));
        root.print(change, InputsText.of(change, root.columns()));
        return ExitCode.OK;
    }

    /** The client may leave meanwhile; what it asked for is carried out all the same. */
    private void tell(String line, AtomicReference<IOException> gone) {
        if (gone.get() == null) {
            try {
                root.out.error(line);
                root.out.flush();
            } catch (IOException e) {
                gone.set(e);
            }
        }
    }

    @Command(
            name = "restore",
            description = "Goes back to those before the last update; those of now are kept instead.",
            footer = {"", "Example: homeostat inputs restore"})
    ExitCode restore() throws IOException, Refusal, NotPermitted {
        SystemOrders.InputsChange change = root.change(
                "restore inputs",
                "those before",
                actor -> Refusal.forTrouble(() -> root.orders().restoreInputs()));
        root.print(change, InputsText.of(change, root.columns()));
        return ExitCode.OK;
    }
}
