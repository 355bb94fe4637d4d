package dev.homeostat.host.posix;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** Exchanges two names in a folder as fast as it can, until its input ends; then tells how often it did. A program of its own, run by another user. */
public final class Flip {
    private static final int AT_FDCWD = -100;
    private static final int RENAME_EXCHANGE = 2;

    private Flip() {}

    public static void main(String... names) throws Throwable {
        Linker linker = Linker.nativeLinker();
        MethodHandle renameat2 = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("renameat2"),
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_INT,
                        ValueLayout.ADDRESS,
                        ValueLayout.JAVA_INT,
                        ValueLayout.ADDRESS,
                        ValueLayout.JAVA_INT));
        MemorySegment one = Arena.global().allocateFrom(names[0]);
        MemorySegment two = Arena.global().allocateFrom(names[1]);
        long flips = 0;
        System.out.println("flipping");
        while (System.in.available() == 0) {
            for (int i = 0; i < 100; i++) {
                int result = (int) renameat2.invokeExact(AT_FDCWD, one, AT_FDCWD, two, RENAME_EXCHANGE);
                flips += result == 0 ? 1 : 0;
            }
        }
        System.out.println(flips);
    }
}
