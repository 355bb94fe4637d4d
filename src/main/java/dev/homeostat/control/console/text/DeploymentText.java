package dev.homeostat.control.console.text;

import dev.homeostat.resource.Deployed;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What became of deployments. */
public final class DeploymentText {
    /** A screen has few lines; -o json has all. */
    private static final int CHANGES_SHOWN = 20;

    private static final double BYTES_PER_MIB = 1 << 20;

    private DeploymentText() {}

    /** A line for each. */
    public static List<String> list(List<Deployed> deployments, int columns) {
        if (deployments.isEmpty()) {
            return List.of("Nothing was deployed yet.");
        }
        Table table = new Table("WHEN", "RESOURCE", "HOW IT ENDED", "GENERATION", "BEFORE", "SYSTEM");
        for (Deployed d : deployments) {
            table.row(
                    Times.at(d.began()),
                    d.resource().toString(),
                    outcome(d),
                    number(d.number()),
                    number(d.beforeNumber()),
                    d.target().orElse("-"));
        }
        return table.render(columns);
    }

    /** All of one. */
    public static List<String> report(Deployed d, int columns) {
        Lines out = new Lines(columns);
        out.wrapped(
                "",
                Style.BOLD.of(d.resource().toString()) + "  " + outcome(d) + Style.DIM.of("  " + Times.at(d.ended())));
        if (!d.reason().isEmpty()) {
            out.wrapped("  ", d.reason());
        }
        d.target()
                .ifPresent(target -> out.wrapped(
                        "  ",
                        d.operation() + " to " + target
                                + d.number().map(n -> ", generation " + n).orElse("")));
        d.before()
                .ifPresent(before -> out.wrapped(
                        "  ",
                        "before: " + before
                                + d.beforeNumber().map(n -> ", generation " + n).orElse("")));
        if (d.outcome() == Deployed.Outcome.IN_FORCE) {
            reboot(out, d);
            changes(out, d);
        }
        if (!d.took().isEmpty()) {
            out.blank().add(Style.BOLD.of("Time"));
            d.took()
                    .forEach((phase, took) -> out.add("  " + phase.number() + " "
                            + phase.name().toLowerCase(Locale.ROOT) + "  " + Times.span(took)));
        }
        if (!d.deleted().isEmpty()) {
            out.blank()
                    .wrapped(
                            "",
                            Style.BOLD.of("Old generations deleted") + " "
                                    + String.join(
                                            ", ",
                                            d.deleted().stream()
                                                    .map(String::valueOf)
                                                    .toList()));
        }
        return out.all();
    }

    private static void reboot(Lines out, Deployed d) {
        if (d.reboot().isEmpty()) {
            out.add("  no reboot is needed");
            return;
        }
        out.add("  " + Style.YELLOW.of("a reboot is needed"));
        d.reboot().forEach(reason -> out.wrapped("    ", reason));
    }

    private static void changes(Lines out, Deployed d) {
        if (d.before().isEmpty()) {
            return;
        }
        out.blank()
                .add(Style.BOLD.of("Packages") + " " + d.changed() + " differ, "
                        + size(d.sizeAfterBytes() - d.sizeBeforeBytes()));
        d.changes().stream().limit(CHANGES_SHOWN).forEach(c -> out.wrapped("  ", change(c)));
        if (d.changed() > CHANGES_SHOWN) {
            out.add("  " + Style.DIM.of("… " + (d.changed() - CHANGES_SHOWN) + " more; -o json has them"));
        }
    }

    private static String change(Deployed.Change change) {
        if (change.before().isEmpty()) {
            return Style.GREEN.of("+ " + change.name()) + " " + versions(change.after());
        }
        if (change.after().isEmpty()) {
            return Style.RED.of("- " + change.name()) + " " + versions(change.before());
        }
        return change.before().equals(change.after())
                ? Style.YELLOW.of("~ " + change.name()) + " " + versions(change.after()) + ", built anew"
                : Style.YELLOW.of("~ " + change.name()) + " " + versions(change.before()) + " → "
                        + versions(change.after());
    }

    private static String versions(List<String> versions) {
        return String.join(", ", versions);
    }

    private static String size(long bytes) {
        return String.format(Locale.ROOT, "%+.1f MiB", bytes / BYTES_PER_MIB);
    }

    private static String number(Optional<Integer> number) {
        return number.map(String::valueOf).orElse("-");
    }

    private static String outcome(Deployed d) {
        return COLOURS.get(d.outcome()).of(d.outcome().label());
    }

    private static final Map<Deployed.Outcome, Style> COLOURS = Map.of(
            Deployed.Outcome.IN_FORCE, Style.GREEN,
            Deployed.Outcome.ROLLED_BACK, Style.YELLOW,
            Deployed.Outcome.LEFT, Style.RED,
            Deployed.Outcome.REFUSED, Style.YELLOW);
}
