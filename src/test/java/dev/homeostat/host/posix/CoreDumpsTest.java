package dev.homeostat.host.posix;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class CoreDumpsTest {
    private static final int PR_GET_DUMPABLE = 3;

    @Test
    void the_memory_of_roots_daemon_is_not_dumped() throws Throwable {
        boolean root = Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
        Linker linker = Linker.nativeLinker();
        MethodHandle prctl = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("prctl"),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT),
                Linker.Option.firstVariadicArg(1));
        assertThat((int) prctl.invokeExact(PR_GET_DUMPABLE)).as("before").isEqualTo(1);
        CoreDumps.forbid();
        try {
            assertThat((int) prctl.invokeExact(PR_GET_DUMPABLE)).isEqualTo(root ? 0 : 1);
        } finally {
            LibC.setDumpable(true);
        }
    }
}
