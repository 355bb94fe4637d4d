package dev.homeostat.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class InboxTest {
    private static final Duration NEVER = Duration.ofHours(1);

    private static List<String> take(Inbox<String> inbox, int limit, Optional<Duration> atMost) {
        List<String> batch = new ArrayList<>();
        inbox.take(batch, limit, atMost);
        return batch;
    }

    @Test
    void what_nobody_waits_for_goes_with_what_somebody_waits_for() throws Exception {
        Inbox<String> inbox = new Inbox<>(NEVER);
        CompletableFuture<List<String>> taken = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> taken.complete(take(inbox, 10, Optional.empty())));
        inbox.add("later", false);
        assertThat(taken).isNotDone();
        inbox.add("now", true);
        assertThat(taken.get(20, TimeUnit.SECONDS)).containsExactly("later", "now");
    }

    @Test
    void nothing_lies_for_ever() {
        Inbox<String> inbox = new Inbox<>(Duration.ofMillis(20));
        inbox.add("later", false);
        assertThat(take(inbox, 10, Optional.empty())).containsExactly("later");
    }

    @Test
    void a_batch_has_a_limit_and_the_rest_comes_next() {
        Inbox<String> inbox = new Inbox<>(NEVER);
        for (String item : List.of("a", "b", "c")) {
            inbox.add(item, true);
        }
        assertThat(take(inbox, 2, Optional.empty())).containsExactly("a", "b");
        assertThat(take(inbox, 2, Optional.empty())).containsExactly("c");
    }

    @Test
    void an_empty_one_is_left_after_the_time_given() {
        assertThat(take(new Inbox<>(NEVER), 2, Optional.of(Duration.ofMillis(5))))
                .isEmpty();
    }

    @Test
    void what_is_left_at_the_end_is_told() {
        Inbox<String> inbox = new Inbox<>(NEVER);
        inbox.add("later", false);
        assertThat(inbox.close()).containsExactly("later");
        assertThat(inbox.close()).isEmpty();
    }
}
