package dev.homeostat.control.console.text;

import dev.homeostat.resource.SystemOrders.Input;
import dev.homeostat.resource.SystemOrders.Inputs;
import dev.homeostat.resource.SystemOrders.InputsChange;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Locked inputs, one a row. */
public final class InputsText {
    private static final int REVISION_CHARS = 12;

    private InputsText() {}

    /** @param columns of the screen; 0 for none */
    public static List<String> of(Inputs inputs, int columns, Instant now) {
        if (inputs.none().isPresent()) {
            Lines out = new Lines(columns);
            out.wrapped("", "No inputs: " + inputs.none().get());
            return out.all();
        }
        Table table = new Table("INPUT", "FROM", "REVISION", "DATE");
        inputs.inputs().forEach(i -> table.row(i.name(), i.type(), revision(i), date(i)));
        List<String> lines = new ArrayList<>(table.render(columns));
        inputs.former()
                .ifPresent(at -> lines.add("Those before the change " + Times.ago(at, now)
                        + " are kept: homeostat inputs restore goes back to them."));
        return lines;
    }

    public static List<String> of(InputsChange change, int columns) {
        if (change.after().isEmpty()) {
            return List.of("Nothing moved: they are what is newest (" + Times.span(change.took()) + ").");
        }
        Map<String, Input> before = change.before().stream().collect(Collectors.toMap(Input::name, i -> i));
        Table table = new Table("INPUT", "BEFORE", "NOW");
        change.after()
                .forEach(i -> table.row(
                        i.name(), before.containsKey(i.name()) ? said(before.get(i.name())) : "none", said(i)));
        List<String> lines = new ArrayList<>(table.render(columns));
        lines.add("Locked in " + Times.span(change.took())
                + "; homeostat watch shows how the system is deployed with them.");
        return lines;
    }

    private static String said(Input input) {
        return revision(input) + " " + date(input);
    }

    private static String revision(Input input) {
        return input.revision()
                .map(r -> r.length() > REVISION_CHARS ? r.substring(0, REVISION_CHARS) : r)
                .orElse("-");
    }

    private static String date(Input input) {
        return input.modified()
                .map(at -> at.atZone(ZoneOffset.UTC).toLocalDate().toString())
                .orElse("-");
    }
}
