package dev.homeostat.control.console.text;

import dev.homeostat.reconcile.MachineStatus;
import dev.homeostat.reconcile.ResourceStatus;
import dev.homeostat.reconcile.RevisionInfo;
import dev.homeostat.resource.Condition;
import dev.homeostat.resource.Layer;
import dev.homeostat.resource.Problem;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** One screen that answers: is my machine right? */
public final class StatusText {
    private StatusText() {}

    /** @param all also what is right */
    public static List<String> of(MachineStatus status, int columns, boolean all, Instant now) {
        Lines out = new Lines(columns);
        out.wrapped("", headline(status));
        declaration(out, status);
        status.journalTrouble()
                .ifPresent(trouble -> out.wrapped(
                        "",
                        Style.YELLOW.of("What happens is not recorded for now") + ": the journal cannot be written: "
                                + trouble));
        Optional<ResourceStatus> first = table(out, status, Layer.MACHINE, columns, all, now);
        if (!status.stack().isEmpty()) {
            out.wrapped("", stack(status, all));
            Optional<ResourceStatus> above = table(out, status, Layer.STACK, columns, all, now);
            first = first.or(() -> above);
        }
        out.wrapped("", Style.DIM.of(footer(status, now)));
        first.ifPresent(resource -> out.add("Look closer: " + Style.BOLD.of("homeostat explain " + resource.id())));
        return out.all();
    }

    private static String stack(MachineStatus status, boolean all) {
        List<ResourceStatus> above = status.resources().stream()
                .filter(r -> r.layer() == Layer.STACK)
                .toList();
        List<String> parts = new ArrayList<>();
        if (above.stream().anyMatch(ResourceStatus::looked)) {
            parts.add(counted(status.stack()));
        }
        long unknown = above.stream().filter(r -> !r.looked()).count();
        if (unknown > 0) {
            parts.add(unknown + " not looked at yet");
        }
        long idle = above.stream().filter(ResourceStatus::idle).count();
        String owner = above.stream()
                .map(ResourceStatus::id)
                .filter(id ->
                        id.kind().equals(Layer.STACK.label()) && !id.scope().isOwn())
                .findFirst()
                .map(id -> " of " + id.scope().user())
                .orElse("");
        return "AI stack" + owner + ": " + String.join(", ", parts)
                + (isRight(status.stack()) ? "." : ". The machine is kept without it.")
                + (idle == 0 || all ? "" : " " + idle + " of them for what is not on this machine: status -v.");
    }

    private static boolean isRight(Map<Condition, Long> counts) {
        return counts.entrySet().stream()
                .allMatch(e -> e.getValue() == 0 || e.getKey() == Condition.IN_SYNC || e.getKey() == Condition.PAUSED);
    }

    /** @return the first that is in trouble */
    private static Optional<ResourceStatus> table(
            Lines out, MachineStatus status, Layer layer, int columns, boolean all, Instant now) {
        Table table = new Table("RESOURCE", "CONDITION", "FOR", "WHY");
        ResourceStatus first = null;
        for (ResourceStatus resource : status.resources()) {
            if (resource.layer() != layer) {
                continue;
            }
            if (all || isToBeSeen(resource)) {
                table.row(
                        resource.id().toString(), condition(resource), Times.age(resource.since(), now), why(resource));
            }
            if (first == null && resource.looked() && isTrouble(resource.condition())) {
                first = resource;
            }
        }
        if (!table.isEmpty()) {
            out.blank().addAll(table.render(columns)).blank();
        }
        return Optional.ofNullable(first);
    }

    /** Not what is as it should be; nor, above the machine, what nobody has looked at or can use: that is counted. */
    private static boolean isToBeSeen(ResourceStatus resource) {
        if (!resource.looked()) {
            return resource.layer() == Layer.MACHINE;
        }
        return !resource.idle()
                && (resource.condition() != Condition.IN_SYNC
                        || !resource.reason().isEmpty());
    }

    /** Drift told apart from what was declared and is not so yet. */
    private static String why(ResourceStatus resource) {
        if (!resource.looked()) {
            return resource.reason();
        }
        String advance = resource.advance().map(a -> a + ": ").orElse("");
        return resource.origin().map(o -> o.label() + ": ").orElse("") + advance + resource.reason();
    }

    /** What is guessed is not told. */
    static String condition(ResourceStatus resource) {
        return resource.looked() ? condition(resource.condition()) : Style.DIM.of("Unknown");
    }

    public static String condition(Condition condition) {
        return switch (condition) {
            case IN_SYNC -> Style.GREEN.of(condition.label());
            case CONVERGING -> Style.CYAN.of(condition.label());
            case FAILED, DRIFTED -> Style.RED.of(condition.label());
            case BLOCKED, UNSUPPORTED -> Style.YELLOW.of(condition.label());
            case PAUSED -> Style.DIM.of(condition.label());
        };
    }

    private static String headline(MachineStatus status) {
        long total =
                status.counts().values().stream().mapToLong(Long::longValue).sum();
        if (status.revision().isEmpty()) {
            return status.declaration().state().equals("missing")
                    ? Style.YELLOW.of("Nothing is declared yet.") + " "
                            + status.declaration().message()
                    : Style.YELLOW.of("Nothing is in force yet.")
                            + (status.declaration().problems().isEmpty()
                                    ? " " + status.declaration().message()
                                    : "");
        }
        if (status.lastPass().isEmpty()) {
            return Style.YELLOW.of("The machine is being looked at for the first time since the daemon started.");
        }
        if (status.right() && total == 0) {
            return Style.GREEN.of("This machine is as declared") + ": nothing is declared of it"
                    + (status.stack().isEmpty() ? "." : " but the AI stack.");
        }
        if (status.right()) {
            long paused = status.counts().getOrDefault(Condition.PAUSED, 0L);
            return Style.GREEN.of("This machine is as declared") + ": "
                    + (paused == 0 ? "all " : "") + (total - paused)
                    + (total - paused == 1 ? " resource" : " resources")
                    + " in sync" + (paused == 0 ? "." : ", " + paused + " paused.");
        }
        List<String> wrong = new ArrayList<>();
        for (Condition condition : Condition.values()) {
            long count = status.counts().getOrDefault(condition, 0L);
            if (count > 0 && condition != Condition.IN_SYNC && condition != Condition.PAUSED) {
                wrong.add(count + " " + said(condition));
            }
        }
        return wrong.isEmpty()
                ? Style.YELLOW.of(
                        "This machine is as the revision in force says, but the declaration on disk is another.")
                : Style.RED.of("This machine is not as declared") + ": " + String.join(", ", wrong) + ", of " + total
                        + ".";
    }

    private static void declaration(Lines out, MachineStatus status) {
        MachineStatus.DeclarationState declaration = status.declaration();
        if (declaration.state().equals("in-force")
                || status.revision().isEmpty() && declaration.problems().isEmpty()) {
            return;
        }
        out.wrapped("", Style.YELLOW.of("The declaration is " + declaration.state()) + ": " + declaration.message());
        problems(out, declaration.problems());
    }

    /** Each with its place first, as editors understand it. */
    public static void problems(Lines out, List<Problem> problems) {
        for (Problem problem : problems) {
            out.wrapped("  ", problem.toString());
        }
    }

    private static String footer(MachineStatus status, Instant now) {
        StringBuilder out = new StringBuilder(counted(status.counts()));
        status.revision()
                .map(RevisionInfo::shortId)
                .ifPresent(id -> out.append(" · revision ").append(id));
        status.lastPass().ifPresent(at -> {
            out.append(" · looked at everything ").append(Times.ago(at, now));
            status.lastPassTook().ifPresent(took -> out.append(" in ").append(Times.span(took)));
        });
        if (status.queued() > 0) {
            out.append(" · ").append(status.queued()).append(" waiting");
        }
        return out.toString();
    }

    private static String counted(Map<Condition, Long> counts) {
        String text = counts.entrySet().stream()
                .filter(count -> count.getValue() > 0)
                .map(count -> count.getValue() + " " + said(count.getKey()))
                .collect(Collectors.joining(", "));
        return text.isEmpty() ? "no resources" : text;
    }

    private static boolean isTrouble(Condition condition) {
        return condition == Condition.FAILED || condition == Condition.DRIFTED || condition == Condition.BLOCKED;
    }

    private static String said(Condition condition) {
        return switch (condition) {
            case IN_SYNC -> "in sync";
            case DRIFTED -> "drifted";
            case CONVERGING -> "converging";
            case FAILED -> "failed";
            case BLOCKED -> "blocked";
            case PAUSED -> "paused";
            case UNSUPPORTED -> "unsupported";
        };
    }
}
