package dev.homeostat.control.console;

import dev.homeostat.cli.ExitCode;
import dev.homeostat.control.console.text.Style;
import dev.homeostat.control.console.text.Times;
import dev.homeostat.reconcile.Event;
import dev.homeostat.resource.Json;
import java.io.IOException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

@Command(
        name = "watch",
        description = "Shows what happens, as it happens, until interrupted.",
        footer = {"", "Example: homeostat watch"})
final class WatchCommand implements Callable<ExitCode> {
    /** Events that wait for a slow terminal; what comes on top is left out, and said to be. */
    private static final int BEHIND_LIMIT_EVENTS = 1024;
    /** How soon it is noticed that nobody reads any more. */
    private static final long LOOK_SECONDS = 2;

    @ParentCommand
    Root root;

    @Option(
            names = "--count",
            paramLabel = "N",
            converter = Root.CountConverter.class,
            description = "End after so many events.")
    int count = Integer.MAX_VALUE;

    @Override
    @SuppressWarnings("try") // it is there to be closed
    public ExitCode call() throws Exception {
        BlockingQueue<Event> events = new ArrayBlockingQueue<>(BEHIND_LIMIT_EVENTS);
        AtomicLong lost = new AtomicLong();
        try (AutoCloseable listening = root.engine().listen(event -> {
            if (!events.offer(event)) {
                lost.incrementAndGet();
            }
        })) {
            if (root.format == Format.table) {
                root.out.error(root.engine().status().summary());
            }
            root.out.flush();
            for (int shown = 0; shown < count; ) {
                Event event = events.poll(LOOK_SECONDS, TimeUnit.SECONDS);
                if (event != null) {
                    show(event);
                    shown++;
                }
                long gap = lost.getAndSet(0);
                if (gap > 0) {
                    root.out.error(gap + " events were left out: this terminal is too slow");
                }
                root.out.flush();
            }
        }
        return ExitCode.OK;
    }

    private void show(Event event) throws IOException {
        switch (root.format) {
            case json -> root.out.line(Json.write(event));
            case yaml -> {
                root.out.line("---");
                root.print(event);
            }
            case table ->
                root.out.line(Style.DIM.of(Times.clock(event.at())) + "  " + pad(event.type()) + "  "
                        + event.resource()
                                .map(id -> Style.BOLD.of(id.toString()) + "  ")
                                .orElse("") + event.text());
        }
    }

    private static String pad(String type) {
        return type + " ".repeat(Math.max(0, "declaration".length() - type.length()));
    }
}
