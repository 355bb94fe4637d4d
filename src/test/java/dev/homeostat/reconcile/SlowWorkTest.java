package dev.homeostat.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.resource.ResourceId;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SlowWorkTest {
    private static final int HANGING = 40;

    private static ResourceId id(String name) {
        return ResourceId.of("service", name);
    }

    @Test
    void work_that_hangs_does_not_keep_other_work_waiting() throws Exception {
        CountDownLatch hang = new CountDownLatch(1);
        CountDownLatch begun = new CountDownLatch(HANGING);
        Set<ResourceId> done = ConcurrentHashMap.newKeySet();
        CountDownLatch quick = new CountDownLatch(1);
        WorkQueue queue = new WorkQueue(item -> {
            if (item.id().name().startsWith("hang")) {
                begun.countDown();
                awaitQuietly(hang);
                done.add(item.id());
            } else {
                done.add(item.id());
                quick.countDown();
            }
        });
        for (int i = 0; i < HANGING; i++) {
            queue.add(id("hang" + i), "test");
        }
        queue.add(id("quick"), "test");
        assertThat(quick.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(begun.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(done).containsExactly(id("quick"));
        hang.countDown();
        assertThat(queue.close(TimeUnit.SECONDS.toNanos(10))).isTrue();
        assertThat(done).hasSize(HANGING + 1);
    }

    @Test
    void what_may_take_its_time_is_not_overdue() throws Exception {
        CountDownLatch hang = new CountDownLatch(1);
        CountDownLatch begun = new CountDownLatch(2);
        WorkQueue queue = new WorkQueue(item -> {
            begun.countDown();
            awaitQuietly(hang);
        });
        queue.add(id("hang-patient"), "test");
        queue.add(id("hang"), "test");
        assertThat(begun.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(queue.overdue(i -> i.equals(id("hang")) ? Duration.ZERO : Duration.ofHours(1)))
                .map(Turn.Work::what)
                .contains("the work on service/hang");
        assertThat(queue.overdue(i -> Duration.ofHours(1))).isEmpty();
        hang.countDown();
        assertThat(queue.close(TimeUnit.SECONDS.toNanos(10))).isTrue();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
