package dev.homeostat.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.declaration.Policy;
import dev.homeostat.host.Locations;
import dev.homeostat.journal.SqliteJournal;
import dev.homeostat.resource.ResourceId;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PausesTest {
    private static final Instant START = Instant.parse("2026-06-10T12:00:00Z");
    private static final ResourceId ID = ResourceId.of("file", "/a");

    @TempDir
    Path folder;

    private final AtomicReference<Instant> now = new AtomicReference<>(START);
    private SqliteJournal journal;
    private Pauses pauses;

    @BeforeEach
    void open() throws Exception {
        journal = new SqliteJournal(new Locations(true, folder, folder.resolve("state"), folder.resolve("socket")));
        journal.open();
        pauses = new Pauses(journal, now::get);
    }

    @AfterEach
    void close() {
        journal.close();
    }

    private static Policy declaring(Instant until) {
        return new Policy(
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                Map.of(ID, new Policy.Paused("why", until)),
                null);
    }

    @Test
    void it_ends_at_its_end_and_not_before_also_when_read_again() {
        pauses.pause(new Pause(ID, "a try", Optional.of(START.plusSeconds(10)), "me", false));
        Pauses later = new Pauses(journal, now::get);
        later.load();
        now.set(START.plusSeconds(10).minusNanos(1));
        assertThat(later.of(ID, Policy.DEFAULT)).isPresent();
        now.set(START.plusSeconds(10));
        assertThat(later.all(Policy.DEFAULT)).isEmpty();
        assertThat(later.of(ID, Policy.DEFAULT)).isEmpty();
        assertThat(journal.pauses()).isEmpty();
    }

    @Test
    void what_the_declaration_says_counts_when_what_was_asked_for_is_over() {
        pauses.pause(new Pause(ID, "a try", Optional.of(START.plusSeconds(10)), "me", false));
        assertThat(pauses.all(declaring(null))).singleElement().matches(p -> !p.declared());
        now.set(START.plusSeconds(11));
        assertThat(pauses.all(declaring(null))).singleElement().matches(Pause::declared);
        assertThat(pauses.of(ID, declaring(null))).get().matches(Pause::declared);
        assertThat(pauses.of(ID, declaring(START))).isEmpty();
    }
}
