package dev.homeostat.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.resource.ResourceId;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/** The queue under many threads that ask at once. */
class WorkQueueTest {
    private static final int IDS = 24;
    private static final int ASKERS = 6;
    private static final int ASKED_EACH = 300;
    private static final int WORKERS_LIMIT = 16;

    private static ResourceId id(int i) {
        return ResourceId.of("part", "p" + i);
    }

    @Property(tries = 20, shrinking = ShrinkingMode.OFF)
    void never_one_twice_at_a_time_and_whatever_is_asked_is_looked_at_afterwards(@ForAll long seed) throws Exception {
        Map<ResourceId, AtomicLong> asked = new ConcurrentHashMap<>();
        Map<ResourceId, AtomicLong> seen = new ConcurrentHashMap<>();
        Map<ResourceId, AtomicInteger> inside = new ConcurrentHashMap<>();
        for (int i = 0; i < IDS; i++) {
            asked.put(id(i), new AtomicLong());
            seen.put(id(i), new AtomicLong());
            inside.put(id(i), new AtomicInteger());
        }
        Queue<String> mistakes = new ConcurrentLinkedQueue<>();
        AtomicInteger working = new AtomicInteger();
        WorkQueue queue = new WorkQueue(item -> {
            if (inside.get(item.id()).incrementAndGet() > 1) {
                mistakes.add(item.id() + " worked on twice at once");
            }
            if (working.incrementAndGet() > WORKERS_LIMIT) {
                mistakes.add("more workers than allowed");
            }
            // what is asked from here on has to be looked at once more
            long now = asked.get(item.id()).get();
            LockSupport.parkNanos(item.id().hashCode() & 0x3ffff);
            seen.get(item.id()).accumulateAndGet(now, Math::max);
            working.decrementAndGet();
            inside.get(item.id()).decrementAndGet();
        });
        CountDownLatch start = new CountDownLatch(1);
        Thread[] askers = new Thread[ASKERS];
        for (int a = 0; a < ASKERS; a++) {
            Random random = new Random(seed + a);
            askers[a] = Thread.ofPlatform().start(() -> {
                try {
                    start.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                for (int n = 0; n < ASKED_EACH; n++) {
                    ResourceId id = id(random.nextInt(IDS));
                    asked.get(id).incrementAndGet();
                    queue.add(id, "asked");
                    if (random.nextInt(20) == 0) {
                        LockSupport.parkNanos(random.nextInt(500_000));
                    }
                }
            });
        }
        start.countDown();
        for (Thread asker : askers) {
            asker.join();
        }
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!queue.idle()) {
            assertThat(System.nanoTime()).as("seed %d: it comes to rest", seed).isLessThan(end);
            LockSupport.parkNanos(100_000);
        }
        assertThat(mistakes).as("seed %d", seed).isEmpty();
        for (int i = 0; i < IDS; i++) {
            assertThat(seen.get(id(i)).get())
                    .as("seed %d: what was asked of %s last is seen", seed, id(i))
                    .isEqualTo(asked.get(id(i)).get());
        }
        assertThat(queue.close(TimeUnit.SECONDS.toNanos(1))).isTrue();
    }
}
