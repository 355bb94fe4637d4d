package dev.homeostat.control.console.text;

import dev.homeostat.reconcile.RunInfo;
import dev.homeostat.resource.Rival;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** What was done. */
public final class HistoryText {
    /** A run over a whole machine has hundreds of steps; a screen has few lines. */
    private static final int STEPS_SHOWN = 12;

    private static final Optional<String> DONE = Optional.of("done");

    private HistoryText() {}

    public static List<String> of(List<RunInfo> runs, int columns) {
        Lines out = new Lines(columns);
        if (runs.isEmpty()) {
            return out.add("Nothing was done yet.").all();
        }
        for (RunInfo run : runs) {
            write(out, "", run);
        }
        return out.all();
    }

    static void write(Lines out, String indent, RunInfo run) {
        String outcome = run.outcome().orElse("running");
        out.wrapped(
                indent,
                Times.at(run.started()) + "  " + Style.BOLD.of(run.trigger()) + "  " + colored(outcome)
                        + (run.cause().isEmpty() ? "" : "  " + run.cause()));
        run.rival().ifPresent(rival -> out.wrapped(indent + "  ", by(rival)));
        for (RunInfo.StepInfo step : shown(run.steps())) {
            out.wrapped(
                    indent + "  ",
                    mark(step.outcome().orElse("running")) + " " + step.resource() + "  " + step.summary()
                            + step.took()
                                    .map(took -> Style.DIM.of("  " + Times.span(took)))
                                    .orElse("")
                            + (step.message().isEmpty() ? "" : ": " + Style.RED.of(step.message())));
        }
        if (run.steps().size() > STEPS_SHOWN) {
            out.add(indent + "  "
                    + Style.DIM.of("… " + (run.steps().size() - STEPS_SHOWN) + " more steps; -o json has all"));
        }
    }

    /** {@code stopped by app (uid 1000) with systemctl (pid 812) at 12:03:04}. */
    static String by(Rival rival) {
        return rival + rival.at().map(at -> " at " + Times.clock(at)).orElse("");
    }

    /** All if they fit; else those that did not go well, then the first ones. */
    private static List<RunInfo.StepInfo> shown(List<RunInfo.StepInfo> steps) {
        return steps.size() <= STEPS_SHOWN
                ? steps
                : steps.stream()
                        .sorted(Comparator.comparing(step -> step.outcome().equals(DONE)))
                        .limit(STEPS_SHOWN)
                        .toList();
    }

    private static String colored(String outcome) {
        return switch (outcome) {
            case "succeeded", "returned", "done" -> Style.GREEN.of(outcome);
            case "failed" -> Style.RED.of(outcome);
            default -> Style.YELLOW.of(outcome);
        };
    }

    private static String mark(String outcome) {
        return switch (outcome) {
            case "done" -> Style.GREEN.of("✓");
            case "failed" -> Style.RED.of("✗");
            default -> Style.YELLOW.of("·");
        };
    }
}
