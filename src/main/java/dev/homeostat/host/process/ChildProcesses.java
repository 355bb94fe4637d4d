package dev.homeostat.host.process;

import dev.homeostat.host.posix.ProcFile;
import dev.homeostat.resource.Trouble;
import io.smallrye.common.process.ProcessBuilder;
import io.smallrye.common.process.WaitableProcessHandle;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** Programs as children of this process, by SmallRye's process builder. Thread-safe. */
@ApplicationScoped
public class ChildProcesses implements Processes {
    /** No answer that we read is near this; a program that writes without end must not fill the memory. */
    static final int OUTPUT_LIMIT_BYTES = 1 << 20;

    private static final String TRUNCATED = "\n[truncated: more than " + OUTPUT_LIMIT_BYTES + " bytes]";
    /** In the environment of a program and of all that it starts: by it what was left behind is found. */
    static final String MARK = "HOMEOSTAT_RUN";
    /** Ours is among the first variables that a program gets. */
    private static final int ENVIRONMENT_LIMIT_BYTES = 128 << 10;

    private static final Map<String, String> ENVIRONMENT = Map.of(
            "PATH",
            "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/run/current-system/sw/bin",
            "LANG",
            "C.UTF-8");

    @Override
    public Result run(List<String> arguments, Map<String, String> environment, Duration limit) throws Trouble {
        Bounded output = new Bounded();
        Bounded errors = new Bounded();
        int exitCode = run(
                new Command(arguments, environment, limit, Duration.ZERO),
                output::drain,
                errors::drain,
                new Cancellation());
        return new Result(exitCode, output.text(), errors.text());
    }

    @Override
    public int run(Command command, Reader output, Reader errors, Cancellation cancellation) throws Trouble {
        AtomicInteger exitCode = new AtomicInteger(-1);
        AtomicReference<Why> why = new AtomicReference<>();
        // a reader that refuses what it reads gives the program up
        Refusals refusals = new Refusals();
        String mark = UUID.randomUUID().toString();
        try {
            // Both time-outs of the builder begin when the program's output has ended, and kill it alone; the limit
            // here is that of the whole call, its output included, and takes along what the program started.
            ProcessBuilder.newBuilder(command.program())
                    .arguments(
                            command.arguments().subList(1, command.arguments().size()))
                    .modifyEnvironment(variables -> {
                        variables.clear();
                        variables.putAll(ENVIRONMENT);
                        variables.putAll(command.environment());
                        variables.put(MARK, mark);
                    })
                    .exitCodeChecker(code -> {
                        exitCode.set(code);
                        return true;
                    })
                    .whileRunning(process -> {
                        why.set(awaitEnd(process, command.limit(), refusals, cancellation));
                        if (why.get() != null) {
                            end(process, command.grace(), mark);
                        }
                    })
                    .input()
                    .empty()
                    .output()
                    .consumeBytesWith(in -> refusals.watch(output, in))
                    .error()
                    .logOnSuccess(false)
                    .consumeBytesWith(in -> refusals.watch(errors, in))
                    .run();
        } catch (RuntimeException e) {
            if (why.get() == null) {
                throw new Trouble(Trouble.Sort.TRANSIENT, command.program() + " could not be run: " + cause(e), "", e);
            }
        }
        refusals.check(command);
        if (why.get() != null) {
            throw Trouble.passing(
                    switch (why.get()) {
                        case LATE ->
                            command.program() + " took longer than "
                                    + command.limit().toMillis() + " ms and was killed";
                        case GIVEN_UP -> command.program() + " was given up";
                        case INTERRUPTED -> command.program() + ": interrupted";
                    });
        }
        return exitCode.get();
    }

    /** Why a program was ended. */
    private enum Why {
        LATE,
        GIVEN_UP,
        INTERRUPTED
    }

    /** Null if it ended by itself. */
    private static Why awaitEnd(
            WaitableProcessHandle process, Duration limit, Refusals refusals, Cancellation cancellation) {
        // who was left behind may hold the output open: it has ended when both have
        CompletableFuture<Void> end = CompletableFuture.allOf(process.onExit(), refusals.read);
        try {
            CompletableFuture.anyOf(end, cancellation.asked(), refusals.first)
                    .get(limit.toNanos(), TimeUnit.NANOSECONDS);
            return end.isDone() ? null : Why.GIVEN_UP;
        } catch (TimeoutException e) {
            return Why.LATE;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Why.INTERRUPTED;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    /** Asks the program to end, then kills what is left of it and of what it started, also what it left behind. */
    private static void end(WaitableProcessHandle process, Duration grace, String mark) {
        Set<ProcessHandle> tree = new LinkedHashSet<>(process.descendants().toList());
        if (!grace.isZero()) {
            process.destroy();
            if (!process.waitUninterruptiblyFor(grace.toNanos(), TimeUnit.NANOSECONDS)) {
                process.descendants().forEach(tree::add);
            }
        }
        process.destroyForcibly();
        tree.forEach(ProcessHandle::destroyForcibly);
        marked(mark).forEach(ProcessHandle::destroyForcibly);
    }

    /** Whose environment has the mark; those of other users are seen by root only. */
    private static List<ProcessHandle> marked(String mark) {
        String variable = MARK + "=" + mark;
        return ProcessHandle.allProcesses()
                .filter(p -> ProcFile.read("/proc/" + p.pid() + "/environ", ENVIRONMENT_LIMIT_BYTES)
                        .filter(e -> List.of(e.split("\0")).contains(variable))
                        .isPresent())
                .toList();
    }

    /** What the readers of one program would not take. */
    private static final class Refusals {
        private static final int READERS = 2; // output and errors

        private final CompletableFuture<IOException> first = new CompletableFuture<>();
        /** Completed when both have ended. */
        private final CompletableFuture<Void> read = new CompletableFuture<>();

        private final AtomicInteger reading = new AtomicInteger(READERS);

        void watch(Reader reader, InputStream in) throws IOException {
            try {
                reader.read(in);
            } catch (IOException e) {
                first.complete(e);
            } catch (RuntimeException e) {
                first.complete(new IOException(e)); // or the program would wait for ever to be read
                throw e;
            } finally {
                if (reading.decrementAndGet() == 0) {
                    read.complete(null);
                }
            }
        }

        void check(Command command) throws Trouble {
            IOException refused = first.getNow(null);
            if (refused != null) {
                throw Trouble.passing(command.program() + " wrote what cannot be read: " + cause(refused), refused);
            }
        }
    }

    private static String cause(Throwable e) {
        Throwable deepest = e;
        while (deepest.getCause() != null) {
            deepest = deepest.getCause();
        }
        return deepest.getMessage() == null ? deepest.toString() : deepest.getMessage();
    }

    /** Keeps the beginning, reads the rest so that the program is not blocked. */
    private static final class Bounded {
        private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
        private boolean truncated;

        synchronized void drain(InputStream in) throws IOException {
            byte[] buffer = new byte[8192];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                int room = OUTPUT_LIMIT_BYTES - kept.size();
                kept.write(buffer, 0, Math.min(n, room));
                truncated |= n > room;
            }
        }

        synchronized String text() {
            return kept.toString(StandardCharsets.UTF_8) + (truncated ? TRUNCATED : "");
        }
    }
}
