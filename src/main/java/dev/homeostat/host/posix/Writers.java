package dev.homeostat.host.posix;

import java.nio.file.Path;

/** Whether somebody is at work on a file. */
public final class Writers {
    private Writers() {}

    /**
     * Whether some process has the file open for writing at this moment. False also where that cannot be told: the file is
     * another user's, is not there or is no regular file, or its file system has no leases.
     */
    public static boolean isOpenForWriting(Path path) {
        int fd = LibC.openat(LibC.AT_FDCWD, path.toString(), LibC.O_RDONLY | LibC.O_NONBLOCK | LibC.O_CLOEXEC, 0);
        if (fd < 0) {
            return false;
        }
        try {
            return LibC.leaseForReading(fd) == -LibC.EAGAIN;
        } finally {
            LibC.close(fd);
        }
    }
}
