package dev.homeostat.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.resource.ResourceId;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AgendaTest {
    private static final ResourceId ID = ResourceId.of("file", "/a");
    private final BlockingQueue<WorkQueue.Item> looks = new LinkedBlockingQueue<>();
    private final Agenda agenda = new Agenda(new World(), looks::add);

    @AfterEach
    void close() {
        agenda.close(Duration.ofSeconds(1));
    }

    /** Each look at what waits asks for another: with events in between they must not become more and more. */
    @Test
    void of_many_wishes_for_one_resource_the_earliest_is_kept() throws Exception {
        for (int i = 0; i < 1000; i++) {
            agenda.atLatest(ID, Duration.ofMillis(400));
        }
        agenda.atLatest(ID, Duration.ofMillis(100));
        agenda.atLatest(ID, Duration.ofMillis(450));
        assertThat(looks.poll(10, TimeUnit.SECONDS)).isNotNull();
        assertThat(looks.poll(700, TimeUnit.MILLISECONDS)).isNull();
        agenda.atLatest(ID, Duration.ofMillis(10));
        assertThat(looks.poll(10, TimeUnit.SECONDS)).isNotNull();
    }
}
