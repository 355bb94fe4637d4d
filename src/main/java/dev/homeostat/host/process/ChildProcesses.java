package dev.homeostat.host.process;

import static java.util.Objects.requireNonNull;

import dev.homeostat.resource.Trouble;
import io.smallrye.common.process.ProcessBuilder;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** Programs as children of this process, by SmallRye's process builder. Thread-safe. */
@ApplicationScoped
public class ChildProcesses implements Processes {
    /** No answer that we read is near this; a program that writes without end must not fill the memory. */
    static final int OUTPUT_LIMIT_BYTES = 1 << 20;

    private static final String TRUNCATED = "\n[truncated: more than " + OUTPUT_LIMIT_BYTES + " bytes]";
    private static final Map<String, String> ENVIRONMENT = Map.of(
            "PATH",
            "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/run/current-system/sw/bin",
            "LANG",
            "C.UTF-8");

    @Override
    public Result run(List<String> arguments, Map<String, String> environment, Duration limit) throws Trouble {
        requireNonNull(limit, "limit is null");
        if (arguments.isEmpty()) {
            throw new IllegalArgumentException("no program");
        }
        String program = arguments.getFirst();
        Bounded output = new Bounded();
        Bounded errors = new Bounded();
        AtomicInteger exitCode = new AtomicInteger(-1);
        AtomicBoolean late = new AtomicBoolean();
        try {
            // Both time-outs of the builder begin when the program's output has ended, and kill it alone; the time
            // limit
            // here is that of the whole call, and takes along what the program started.
            ProcessBuilder.newBuilder(program)
                    .arguments(arguments.subList(1, arguments.size()))
                    .modifyEnvironment(variables -> {
                        variables.clear();
                        variables.putAll(ENVIRONMENT);
                        variables.putAll(environment);
                    })
                    .exitCodeChecker(code -> {
                        exitCode.set(code);
                        return true;
                    })
                    .whileRunning(process -> {
                        try {
                            if (!process.waitFor(limit.toNanos(), TimeUnit.NANOSECONDS)) {
                                late.set(true);
                                killTree(process);
                            }
                        } catch (InterruptedException e) {
                            killTree(process);
                            Thread.currentThread().interrupt();
                        }
                    })
                    .input()
                    .empty()
                    .output()
                    .consumeBytesWith(output::drain)
                    .error()
                    .logOnSuccess(false)
                    .consumeBytesWith(errors::drain)
                    .run();
        } catch (RuntimeException e) {
            if (!late.get()) {
                throw new Trouble(Trouble.Sort.TRANSIENT, program + " could not be run: " + cause(e), "", e);
            }
        }
        if (late.get()) {
            throw Trouble.passing(program + " took longer than " + limit.toMillis() + " ms and was killed");
        }
        return new Result(exitCode.get(), output.text(), errors.text());
    }

    private static void killTree(ProcessHandle process) {
        List<ProcessHandle> children = process.descendants().toList();
        process.destroyForcibly();
        children.forEach(ProcessHandle::destroyForcibly);
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
