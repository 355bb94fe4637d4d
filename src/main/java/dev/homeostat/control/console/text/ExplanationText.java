package dev.homeostat.control.console.text;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.reconcile.Explanation;
import dev.homeostat.reconcile.ResourceStatus;
import dev.homeostat.reconcile.RunInfo;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Difference;
import dev.homeostat.resource.ResourceId;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;

/** All that is known of one resource. */
public final class ExplanationText {
    private ExplanationText() {}

    public static List<String> of(Explanation explanation, int columns, Instant now) {
        Lines out = new Lines(columns);
        ResourceStatus status = explanation.status();
        out.add(Style.BOLD.of(status.id().toString()) + "  " + StatusText.condition(status.condition()) + " for "
                + Times.age(status.since(), now) + Style.DIM.of(", looked at " + Times.ago(status.seen(), now)));
        if (!status.reason().isEmpty()) {
            out.wrapped("  ", status.reason());
        }
        if (status.place().line() > 0) {
            out.add("  declared at " + status.place());
        }
        if (!status.differences().isEmpty()) {
            out.blank().add(Style.BOLD.of("Differences"));
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
                                + " in vain; again "
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
