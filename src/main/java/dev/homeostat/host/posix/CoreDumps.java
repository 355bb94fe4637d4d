package dev.homeostat.host.posix;

import dev.homeostat.host.posix.LibC.Failure;

/** The memory of this process, which has declared contents in it, stays where it is. */
public final class CoreDumps {
    private CoreDumps() {}

    /**
     * No core dump is made of this process, also none that is piped to a program, which RLIMIT_CORE does not forbid
     * (core(5)); and no process without CAP_SYS_PTRACE may look into it. Only for root: of anybody else's process the
     * kernel would then give /proc/self to root, by which we know who we are (proc(5)).
     */
    public static void forbid() {
        int fd = LibC.openat(LibC.AT_FDCWD, "/proc/self", LibC.O_PATH | LibC.O_CLOEXEC, 0);
        if (fd < 0) {
            return; // not known who we are: then better not
        }
        try {
            if (LibC.stat(fd).uid() == 0) {
                LibC.setDumpable(false);
            }
        } catch (Failure e) {
            throw new IllegalStateException("cannot tell who we are: /proc/self: " + e.getMessage(), e);
        } finally {
            LibC.close(fd);
        }
    }
}
