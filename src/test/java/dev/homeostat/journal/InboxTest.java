package dev.homeostat.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class InboxTest {
    private static final Duration NEVER = Duration.ofHours(1);

    @Test
    void what_nobody_waits_for_goes_with_what_somebody_waits_for() {
        Inbox<String> inbox = new Inbox<>(NEVER);
        inbox.add("later", false);
        inbox.add("now", true);
        assertThat(inbox.take(10)).containsExactly("later", "now");
        assertThat(inbox.isEmpty()).isTrue();
    }

    @Test
    void what_nobody_takes_is_due_after_a_while() {
        Inbox<String> inbox = new Inbox<>(Duration.ofMillis(20));
        inbox.add("later", false);
        assertThat(inbox.awaitDue(Optional.empty())).isTrue();
        assertThat(inbox.take(10)).containsExactly("later");
    }

    @Test
    void a_batch_has_a_limit_and_the_rest_comes_next() {
        Inbox<String> inbox = new Inbox<>(NEVER);
        for (String item : List.of("a", "b", "c")) {
            inbox.add(item, true);
        }
        assertThat(inbox.take(2)).containsExactly("a", "b");
        assertThat(inbox.take(2)).containsExactly("c");
    }

    @Test
    void an_empty_one_is_left_after_the_time_given() {
        Inbox<String> inbox = new Inbox<>(NEVER);
        assertThat(inbox.awaitDue(Optional.of(Duration.ofMillis(5)))).isTrue();
        assertThat(inbox.take(2)).isEmpty();
    }

    @Test
    void who_waits_is_told_of_the_end() throws Exception {
        Inbox<String> inbox = new Inbox<>(NEVER);
        CompletableFuture<Boolean> due = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> due.complete(inbox.awaitDue(Optional.empty())));
        inbox.close();
        assertThat(due.get(20, TimeUnit.SECONDS)).isFalse();
    }
}
