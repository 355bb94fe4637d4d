package dev.homeostat.control.console.text;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.reconcile.Explanation;
import dev.homeostat.reconcile.Origin;
import dev.homeostat.reconcile.ResourceStatus;
import dev.homeostat.reconcile.RunInfo;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Difference;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Rival;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;

/** All that is known of one resource. */
public final class ExplanationText {
    private ExplanationText() {}

    public static List<String> of(Explanation explanation, int columns, Instant now) {
        Lines out = new Lines(columns);
        ResourceStatus status = explanation.status();
        out.add(Style.BOLD.of(status.id().toString()) + "  " + StatusText.condition(status) + " for "
                + Times.age(status.since(), now)
                + (status.looked() ? Style.DIM.of(", looked at " + Times.ago(status.seen(), now)) : ""));
        if (!status.reason().isEmpty()) {
            out.wrapped("  ", status.reason());
        }
        status.advance().ifPresent(advance -> out.wrapped("  ", Style.CYAN.of("now") + " " + advance));
        if (status.place().line() > 0) {
            out.add("  declared at " + status.place()
                    + explanation.from().map(from -> ", from " + from).orElse(""));
        }
        explanation.history().stream()
                .filter(run -> run.trigger().equals(Origin.DRIFT.label()))
                .findFirst()
                .ifPresent(run -> out.wrapped("  ", lastDrift(run)));
        if (!status.differences().isEmpty()) {
            out.blank()
                    .add(Style.BOLD.of("Differences")
                            + status.origin().map(o -> " (" + o.label() + ")").orElse(""));
            for (Difference difference : status.differences()) {
                DifferenceText.write(out, "  ", difference, Integer.MAX_VALUE);
            }
        }
        if (!status.pending().isEmpty()) {
            out.blank().add(Style.BOLD.of("What would be done"));
            for (Action action : status.pending()) {
                out.wrapped(
                        "  ",
                        action.summary()
                                + (action.undo().isEmpty() ? "" : Style.DIM.of(" (undone by: " + action.undo() + ")")));
            }
        }
        status.next()
                .ifPresent(next -> out.blank()
                        .add("Tried " + status.attempts() + (status.attempts() == 1 ? " time" : " times")
                                + " in vain; looked at again "
                                + (next.isAfter(now) ? "in " + Times.age(now, next) : "now") + "."));
        tree(out, "Declared", explanation.desired());
        explanation.observed().ifPresent(observed -> tree(out, "Observed", observed));
        ids(out, "Waits for", explanation.requires());
        ids(out, "Waited for by", explanation.requiredBy());
        if (!explanation.history().isEmpty()) {
            out.blank().add(Style.BOLD.of("History"));
            for (RunInfo run : explanation.history()) {
                HistoryText.write(out, "  ", run);
            }
        }
        return out.all();
    }

    /** What somebody did, and what was done about it: {@code stopped by ... at 12:03:04, in order again 14 ms later}. */
    private static String lastDrift(RunInfo run) {
        Instant begun = run.rival().flatMap(Rival::at).orElse(run.started());
        String what = run.rival()
                .map(HistoryText::by)
                .orElseGet(() -> run.cause() + " at " + Times.clock(run.started()) + ", by whom is not known");
        String end = run.ended()
                .map(ended -> switch (run.outcome().orElse("")) {
                    case "succeeded" -> ", put right " + Times.age(begun, ended) + " later";
                    case "returned" -> ", back without us " + Times.age(begun, ended) + " later";
                    default -> ", correcting it " + run.outcome().orElse("");
                })
                .orElse("");
        return "last drift: " + what + end;
    }

    private static void tree(Lines out, String title, JsonNode value) {
        out.blank().add(Style.BOLD.of(title));
        for (String line : Structured.YAML.lines(value)) {
            out.add("  " + line);
        }
    }

    private static void ids(Lines out, String title, List<ResourceId> ids) {
        if (!ids.isEmpty()) {
            out.blank()
                    .wrapped(
                            "",
                            Style.BOLD.of(title) + " "
                                    + ids.stream().map(ResourceId::toString).collect(Collectors.joining(", ")));
        }
    }
}
