package dev.homeostat.control.console.text;

import dev.homeostat.reconcile.RunInfo;
import java.util.List;

/** What was done. */
public final class HistoryText {
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
        for (RunInfo.StepInfo step : run.steps()) {
            out.wrapped(
                    indent + "  ",
                    mark(step.outcome().orElse("running")) + " " + step.resource() + "  " + step.summary()
                            + step.took().map(took -> Style.DIM.of("  " + Times.span(took))).orElse("")
                            + (step.message().isEmpty() ? "" : ": " + Style.RED.of(step.message())));
        }
    }

    private static String colored(String outcome) {
        return switch (outcome) {
            case "succeeded", "done" -> Style.GREEN.of(outcome);
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
