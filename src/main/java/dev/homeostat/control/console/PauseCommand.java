package dev.homeostat.control.console;

import dev.homeostat.cli.ExitCode;
import dev.homeostat.control.access.NotPermitted;
import dev.homeostat.control.console.text.Table;
import dev.homeostat.control.console.text.Times;
import dev.homeostat.reconcile.Pause;
import dev.homeostat.reconcile.Refusal;
import dev.homeostat.resource.Durations;
import dev.homeostat.resource.ResourceId;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

@Command(
        name = "pause",
        description = "Leaves a resource alone for now; without a name lists what is left alone.",
        footer = {"", "Example: homeostat pause service/nginx.service --for 2h --reason \"trying things out\""})
final class PauseCommand implements Callable<ExitCode> {
    private static final String NO_REASON = "asked for on the command line";

    @ParentCommand
    Root root;

    @Parameters(
            arity = "0..1",
            paramLabel = "ID",
            converter = Root.IdConverter.class,
            description = "Such as service/nginx.service.")
    ResourceId id;

    @Option(names = "--reason", paramLabel = "TEXT", description = "Why; shown in status.")
    String reason;

    @Option(
            names = "--for",
            paramLabel = "TIME",
            converter = PauseTimeConverter.class,
            description = "For how long, such as 2h; until resumed if not given.")
    Duration howLong;

    @Spec
    CommandSpec spec;

    @Override
    public ExitCode call() throws IOException, Refusal, NotPermitted {
        if (id == null) {
            if (reason != null || howLong != null) {
                throw new ParameterException(spec.commandLine(), "say what is to be left alone");
            }
            List<Pause> pauses = root.engine().pauses();
            root.print(pauses, list(pauses));
            return ExitCode.OK;
        }
        if (reason != null && reason.length() > Pause.REASON_LIMIT_CHARS) {
            throw new ParameterException(
                    spec.commandLine(), "a reason has at most " + Pause.REASON_LIMIT_CHARS + " characters");
        }
        Pause pause = root.change(
                "pause",
                id.toString(),
                actor -> root.engine()
                        .pause(id, reason == null ? NO_REASON : reason, Optional.ofNullable(howLong), actor));
        root.print(pause, List.of(id + " is left alone " + until(pause) + "."));
        return ExitCode.OK;
    }

    /** Reads {@code 2h}: what the API takes, too. */
    static final class PauseTimeConverter implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String text) {
            Duration howLong = new Root.TimeConverter().convert(text);
            if (howLong.isZero() || howLong.compareTo(Pause.LONGEST) > 0) {
                throw new TypeConversionException("expected more than 0s and at most " + Durations.format(Pause.LONGEST)
                        + ", found " + text + " (leave it out to pause until resumed)");
            }
            return howLong;
        }
    }

    private List<String> list(List<Pause> pauses) {
        Table table = new Table("RESOURCE", "UNTIL", "BY", "WHY");
        for (Pause pause : pauses) {
            table.row(
                    pause.id().toString(),
                    pause.until().map(Times::at).orElse("resumed"),
                    pause.declared() ? "machine.yaml" : pause.by(),
                    pause.reason());
        }
        return table.isEmpty() ? List.of("Nothing is paused.") : table.render(root.columns());
    }

    private static String until(Pause pause) {
        return pause.until().map(at -> "until " + Times.at(at)).orElse("until homeostat resume " + pause.id());
    }
}
