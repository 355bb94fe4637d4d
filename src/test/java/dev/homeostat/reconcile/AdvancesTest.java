package dev.homeostat.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.resource.Advance;
import dev.homeostat.resource.ResourceId;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What an action tells of how far it is, as events. */
@Timeout(value = 20, unit = TimeUnit.SECONDS)
class AdvancesTest {
    private static final ResourceId ID = ResourceId.of("generation", "system");

    private final Events events = new Events(InstantSource.system());
    private final BlockingQueue<Event> told = new LinkedBlockingQueue<>();
    private final Advances advances = new Advances(new World(), events);

    private static Advance built(long done) {
        return new Advance(List.of(new Advance.Count("built", done, 1000)), "");
    }

    @Test
    void many_advances_are_few_events_and_the_last_one_is_told() throws Exception {
        events.listen(told::add);
        try (Advances.Telling telling = advances.of(ID)) {
            for (int done = 0; done <= 500; done++) {
                telling.accept(built(done));
            }
            assertThat(told.take()).satisfies(e -> {
                assertThat(e.type()).isEqualTo("progress");
                assertThat(e.text()).isEqualTo("0 of 1000 built");
            });
            String last = "";
            int events = 1;
            while (!last.equals("500 of 1000 built")) { // nothing more is said meanwhile
                last = told.take().text();
                events++;
            }
            assertThat(events).isLessThan(10);
        }
    }

    @Test
    void an_action_that_has_ended_tells_nothing_any_more() {
        events.listen(told::add);
        Advances.Telling telling = advances.of(ID);
        telling.accept(built(1));
        telling.close();
        telling.accept(built(2));
        assertThat(told).hasSize(1);
    }
}
