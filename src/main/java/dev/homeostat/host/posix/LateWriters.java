package dev.homeostat.host.posix;

import dev.homeostat.host.posix.LibC.Failure;
import dev.homeostat.resource.Trouble;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Semaphore;
import org.jboss.logging.Logger;

/**
 * Files that were replaced while somebody had them open: they have no name any more, and what is written into them by then is read
 * when the last who writes has closed them. Nobody waits for that. Thread-safe.
 */
final class LateWriters {
    private static final Logger LOG = Logger.getLogger(LateWriters.class);

    /** Editors and scripts are done by then; who holds a declared file open for ever gets what is said by then kept. */
    private static final Duration LIMIT = Duration.ofMinutes(1);
    /** Each look is a system call; the pauses double. */
    private static final Duration FIRST_PAUSE = Duration.ofMillis(5);

    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);
    /** Each is an open file; who makes more of them wants to use them up. */
    private static final Semaphore ROOM = new Semaphore(128);

    private LateWriters() {}

    /**
     * @param fd is closed in the end
     * @param known what it contained a moment ago
     */
    static void follow(int fd, Path path, byte[] known, SafeFiles.Displaced displaced) {
        if (!ROOM.tryAcquire()) {
            LOG.infof("%s was replaced while somebody wrote it, as many others: what he writes now is not kept", path);
            LibC.close(fd);
            return;
        }
        Thread.ofVirtual().name("late-writers").start(() -> {
            try {
                await(fd);
                byte[] now = PosixFiles.whole(fd, path);
                if (!Arrays.equals(now, known)) {
                    displaced.take(now);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (Failure e) {
                LOG.warnf("what was written last into the former %s is lost: %s", path, LibC.text(e.errno));
            } catch (Trouble t) {
                LOG.warnf("what was written last into the former %s is lost: %s", path, t.sentence());
            } finally {
                LibC.close(fd);
                ROOM.release();
            }
        });
    }

    /** Where leases cannot be had (another's file, without CAP_LEASE; some file systems) nobody tells, and the limit is short. */
    private static void await(int fd) throws InterruptedException {
        long end = System.nanoTime() + LIMIT.toNanos();
        Duration pause = FIRST_PAUSE;
        int lease = LibC.leaseForReading(fd);
        while (lease != 0 && System.nanoTime() - end < 0) {
            Thread.sleep(pause);
            if (lease != -LibC.EAGAIN && pause.compareTo(LONGEST_PAUSE) >= 0) {
                return;
            }
            pause = pause.compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
            lease = LibC.leaseForReading(fd);
        }
    }
}
