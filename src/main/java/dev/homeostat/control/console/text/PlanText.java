package dev.homeostat.control.console.text;

import dev.homeostat.reconcile.Origin;
import dev.homeostat.reconcile.Plan;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Difference;
import dev.homeostat.resource.Impact;
import dev.homeostat.resource.Layer;
import dev.homeostat.resource.Phase;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** A plan, grouped by phase. */
public final class PlanText {
    private static final Set<String> NOTHING = Set.of("", "absent", "missing", "none", "nothing");

    private PlanText() {}

    /** @param inPlace whether it can be applied, that is: it is not the plan of a candidate */
    public static List<String> of(Plan plan, int columns, boolean inPlace) {
        Lines out = new Lines(columns);
        Map<Phase, List<Plan.Item>> phases = new EnumMap<>(Phase.class);
        for (Plan.Item item : plan.items(Layer.MACHINE)) {
            phases.computeIfAbsent(phase(item), p -> new ArrayList<>()).add(item);
        }
        for (Map.Entry<Phase, List<Plan.Item>> phase : phases.entrySet()) {
            out.blank()
                    .add(Style.BOLD.of("Phase " + phase.getKey().number() + ", "
                            + phase.getKey().name().toLowerCase(Locale.ROOT)));
            items(out, phase.getValue());
        }
        troubles(out, "Cannot be planned", plan.troubles(Layer.MACHINE));
        if (!plan.items(Layer.STACK).isEmpty()) {
            out.blank().add(Style.BOLD.of("AI stack") + ": the machine is kept without it");
            items(out, plan.items(Layer.STACK));
        }
        troubles(out, "Of the AI stack cannot be planned", plan.troubles(Layer.STACK));
        out.blank();
        if (plan.machineIsRight()) {
            out.add("Nothing to do: the machine is as declared"
                    + (plan.troubles(Layer.MACHINE).isEmpty() ? "." : ", as far as it can be looked at."));
        } else {
            out.add("Plan: " + counted(plan.items(Layer.MACHINE)));
        }
        if (!plan.items(Layer.STACK).isEmpty()) {
            out.add("AI stack: " + counted(plan.items(Layer.STACK)));
        }
        if (plan.nothingToDo()) {
            return out.all();
        }
        if (inPlace) {
            out.add("Apply exactly this: " + Style.BOLD.of("homeostat apply --plan " + plan.hash()));
        } else {
            out.add("This file is not in place: to have it so, write it to machine.yaml.");
        }
        return out.all();
    }

    private static void items(Lines out, List<Plan.Item> items) {
        items.forEach(item -> item(out, item, sign(item), DifferenceText.SHORT_LINES));
    }

    private static void troubles(Lines out, String heading, List<Plan.Unplanned> troubles) {
        if (!troubles.isEmpty()) {
            out.blank().add(Style.BOLD.of(heading));
            for (Plan.Unplanned trouble : troubles) {
                out.wrapped("  ", Style.YELLOW.of("!") + " " + trouble.id() + ": " + trouble.reason());
            }
        }
    }

    private static String counted(List<Plan.Item> items) {
        int[] counts = new int[Sign.values().length];
        items.forEach(item -> counts[sign(item).ordinal()]++);
        long held = items.stream().filter(item -> item.held().isPresent()).count();
        return counts[Sign.MAKE.ordinal()] + " to make, " + counts[Sign.CHANGE.ordinal()] + " to change, "
                + counts[Sign.REMOVE.ordinal()] + " to remove" + (held == 0 ? "." : "; " + held + " of them held.");
    }

    /** Only the differences, in full. */
    public static List<String> differences(List<Plan.Item> items, int columns) {
        Lines out = new Lines(columns);
        for (Plan.Item item : items) {
            out.blank().add(heading(item, sign(item)));
            for (Difference difference : item.differences()) {
                DifferenceText.write(out, "    ", difference, Integer.MAX_VALUE);
            }
        }
        return out.all();
    }

    private static void item(Lines out, Plan.Item item, Sign sign, int most) {
        out.add(heading(item, sign));
        for (Difference difference : item.differences()) {
            DifferenceText.write(out, "      ", difference, most);
        }
        for (Action action : item.actions()) {
            out.wrapped("      ", Style.DIM.of("do") + " " + action.summary() + impact(action.impact()));
        }
        item.held().ifPresent(reason -> out.wrapped("      ", Style.YELLOW.of("held") + " " + reason));
    }

    private static String heading(Plan.Item item, Sign sign) {
        String origin = switch (item.origin()) {
            case DRIFT -> "the machine moved";
            case CHANGE -> "the declaration moved";
            case REMOVAL -> "no longer declared";
        };
        return "  " + sign.style.of(sign.text + " " + item.id()) + Style.DIM.of("  " + origin);
    }

    private static String impact(Impact impact) {
        return switch (impact) {
            case NONE, PROMISED -> "";
            case DISRUPTIVE -> Style.YELLOW.of(" [interrupts]");
            case CONTESTED -> Style.YELLOW.of(" [undoes somebody else's change]");
            case DESTRUCTIVE -> Style.RED.of(" [loses data]");
        };
    }

    private static Phase phase(Plan.Item item) {
        return item.actions().isEmpty()
                ? Phase.DEPLOYMENT
                : item.actions().getFirst().phase();
    }

    private static Sign sign(Plan.Item item) {
        if (item.origin() == Origin.REMOVAL) {
            return Sign.REMOVE;
        }
        boolean nothingThere = !item.differences().isEmpty()
                && item.differences().stream()
                        .allMatch(d -> NOTHING.contains(d.observed()) && !NOTHING.contains(d.desired()));
        return nothingThere ? Sign.MAKE : Sign.CHANGE;
    }

    private enum Sign {
        MAKE("+", Style.GREEN),
        CHANGE("~", Style.YELLOW),
        REMOVE("-", Style.RED);

        private final String text;
        private final Style style;

        Sign(String text, Style style) {
            this.text = text;
            this.style = style;
        }
    }
}
