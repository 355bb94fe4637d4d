package dev.homeostat.system.steps;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/**
 * In the daemon's own process: counts the steps it takes in its journal, and kills it by SIGKILL at the one that is asked
 * for. Loaded by the boot class loader, so that the daemon's classes see it. Thread-safe.
 */
public final class Steps {
    /**
     * Number of the step to die at, 0 for none, or its name with _ for blanks; a word that is another each time; and
     * {@code stay} if it is to stand still there instead, with all that takes a step. While the file is there, steps are
     * counted. Gone at the death.
     */
    public static final Path ARM = Path.of("/run/homeostat-steps/arm");
    /** The steps that were counted, one name a line. */
    public static final Path TAKEN = Path.of("/run/homeostat-steps/taken");

    private static final int SIGKILL = 9;
    private static final MethodHandle KILL = Linker.nativeLinker()
            .downcallHandle(
                    Linker.nativeLinker().defaultLookup().findOrThrow("kill"),
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    private static int count;
    private static String armed = "";

    private Steps() {}

    /** Called at the beginning and at the end of each method that is a step. */
    public static synchronized void at(String step) {
        try {
            if (Files.notExists(ARM)) {
                return;
            }
            String now = Files.readString(ARM).strip();
            if (!now.equals(armed)) {
                armed = now;
                count = 0;
            }
            count++;
            Files.writeString(TAKEN, step + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            String[] words = now.split(" ");
            if (words[0].equals(Integer.toString(count)) || words[0].equals(step.replace(' ', '_'))) {
                Files.delete(ARM);
                while (words.length > 2) {
                    Thread.sleep(Duration.ofDays(1)); // until somebody cuts the power
                }
                int failed =
                        (int) KILL.invokeExact((int) ProcessHandle.current().pid(), SIGKILL);
                throw new IllegalStateException("still alive after kill, which answered " + failed);
            }
        } catch (IOException e) {
            throw new IllegalStateException("the step cannot be counted", e);
        } catch (RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("cannot kill", e);
        }
    }
}
