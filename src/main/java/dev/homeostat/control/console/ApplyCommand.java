package dev.homeostat.control.console;

import dev.homeostat.cli.ExitCode;
import dev.homeostat.control.console.text.StatusText;
import dev.homeostat.control.console.text.Times;
import dev.homeostat.reconcile.Actor;
import dev.homeostat.reconcile.Event;
import dev.homeostat.reconcile.MachineStatus;
import dev.homeostat.reconcile.Refusal;
import dev.homeostat.resource.Condition;
import dev.homeostat.resource.Layer;
import dev.homeostat.resource.ResourceId;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

@Command(
        name = "apply",
        description = "Makes the machine as declared, now, and waits until it is.",
        footer = {"", "Example: homeostat apply --plan 3f2a9c1d0b7e", "Example: homeostat apply --only file//etc/motd"})
final class ApplyCommand implements Callable<ExitCode> {
    private static final Duration USUAL_WAIT = Duration.ofMinutes(5);
    /** So much earlier than the client gives up does the daemon answer: enough to render and send a screen. */
    private static final Duration AHEAD_OF_CLIENT = Duration.ofMillis(500);

    @ParentCommand
    Root root;

    @Option(names = "--plan", paramLabel = "HASH", description = "Refuse unless the plan is still this one.")
    String plan;

    @Option(
            names = "--only",
            paramLabel = "ID",
            description = "Just this resource, or ai for the stack on top of the machine; may be repeated.")
    List<String> words = List.of();

    @Option(
            names = "--wait",
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description = "Wait until all has settled. Default: --wait.")
    boolean wait;

    @Override
    public ExitCode call() throws Exception {
        List<ResourceId> only = root.chosen(words);
        String subject = plan != null ? "plan " + plan : only.isEmpty() ? "the declaration on disk" : only.toString();
        MachineStatus status = root.change("apply", subject, actor -> apply(only, actor));
        if (!wait) {
            root.print(status, List.of("Accepted: homeostat status tells how far it is."));
            return ExitCode.OK;
        }
        root.print(status, StatusText.of(status, root.columns(), false, root.now()));
        if (right(only, status)) {
            return ExitCode.OK;
        }
        boolean underWay = status.resources().stream()
                .filter(r -> only.isEmpty() ? r.layer() == Layer.MACHINE : only.contains(r.id()))
                .anyMatch(r -> r.condition() == Condition.CONVERGING || r.condition() == Condition.DRIFTED);
        return underWay && root.timeout != null ? ExitCode.TIMED_OUT : ExitCode.NOT_AS_DECLARED;
    }

    @SuppressWarnings("try") // it is there to be closed
    private MachineStatus apply(List<ResourceId> only, Actor actor) throws Refusal {
        Duration patience = wait ? patience() : Duration.ZERO;
        if (!wait || root.format != Format.table) {
            return root.engine().apply(Optional.ofNullable(plan), only, patience, actor);
        }
        AtomicReference<IOException> gone = new AtomicReference<>();
        try (Listening listening = new Listening(root.engine().listen(event -> tell(event, gone)))) {
            return root.engine().apply(Optional.ofNullable(plan), only, patience, actor);
        }
    }

    /** The client may leave meanwhile; what it asked for is carried out all the same. */
    private void tell(Event event, AtomicReference<IOException> gone) {
        if (gone.get() != null || !event.type().equals("step") && !event.type().equals("run")) {
            return;
        }
        try {
            root.out.error(Times.clock(event.at()) + "  "
                    + event.resource().map(id -> id + "  ").orElse("") + event.text());
            root.out.flush();
        } catch (IOException e) {
            gone.set(e);
        }
    }

    private Duration patience() {
        if (root.timeout == null) {
            return USUAL_WAIT;
        }
        Duration shorter = root.timeout.minus(AHEAD_OF_CLIENT);
        return shorter.compareTo(root.timeout.dividedBy(2)) > 0 ? shorter : root.timeout.dividedBy(2);
    }

    private static boolean right(List<ResourceId> only, MachineStatus status) {
        return only.isEmpty()
                ? status.right()
                : status.resources().stream()
                        .filter(r -> only.contains(r.id()))
                        .allMatch(r -> r.condition() == Condition.IN_SYNC);
    }

    /** So that a listener is closed without a checked exception of any sort. */
    private record Listening(AutoCloseable closing) implements AutoCloseable {
        @Override
        public void close() {
            try {
                closing.close();
            } catch (Exception e) {
                throw new IllegalStateException("a listener to events could not be taken away", e);
            }
        }
    }
}
