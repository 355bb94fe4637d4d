package dev.homeostat.control.console;

import dev.homeostat.cli.ExitCode;
import dev.homeostat.control.access.NotPermitted;
import dev.homeostat.reconcile.Refusal;
import dev.homeostat.resource.SystemOrders;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

@Command(
        name = "deploy",
        description =
                "Puts a system that was built elsewhere in force, instead of what is declared until that changes.",
        footer = {
            "",
            "Example: homeostat deploy /nix/store/4m0f6ni9pysmd3vgx5yc8vhy1ylf4l0a-nixos-system-workshop --operation test",
            "Example: homeostat deploy --declared"
        })
final class DeployCommand implements Callable<ExitCode> {
    @ParentCommand
    Root root;

    @Spec
    CommandSpec spec;

    @Parameters(paramLabel = "PATH", arity = "0..1", description = "Of a system in the Nix store.")
    String path;

    @Option(
            names = "--operation",
            paramLabel = "HOW",
            description = "switch, boot or test. Default: as nixos.operation says.")
    String operation;

    @Option(names = "--declared", description = "End such an order: what is declared is put in force again.")
    boolean declared;

    @Override
    public ExitCode call() throws IOException, Refusal, NotPermitted {
        if (declared == (path != null) || declared && operation != null) {
            throw new ParameterException(spec.commandLine(), "say the path of a system, or --declared");
        }
        if (operation != null && !SystemOrders.OPERATIONS.contains(operation)) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--operation is " + String.join(", ", SystemOrders.OPERATIONS) + ", not " + operation);
        }
        return declared ? end() : begin();
    }

    private ExitCode begin() throws IOException, Refusal, NotPermitted {
        SystemOrders.Order order = root.change("deploy", path, actor -> {
            SystemOrders.Order given = Refusal.forTrouble(
                    () -> root.orders().deploy(path, Optional.ofNullable(operation), actor.toString()));
            root.engine().retry(root.orders().resource(), actor);
            return given;
        });
        root.print(
                order,
                List.of(
                        order.path() + " is wanted instead of what is declared (" + order.operation() + ").",
                        "homeostat watch shows how it goes; homeostat deploy --declared goes back."));
        return ExitCode.OK;
    }

    private ExitCode end() throws IOException, Refusal, NotPermitted {
        Optional<SystemOrders.Order> ended = root.change(
                "deploy",
                "what is declared",
                actor -> Refusal.forTrouble(() -> root.orders().declared()));
        root.print(
                Map.of("ended", ended),
                List.of(ended.map(o -> "The order of " + o.path() + " is ended: what is declared is put in force.")
                        .orElse("There was no order: what is declared is in force, or on its way.")));
        return ExitCode.OK;
    }
}
