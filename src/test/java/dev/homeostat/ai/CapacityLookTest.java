package dev.homeostat.ai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.host.Locations;
import dev.homeostat.host.facts.Facts;
import dev.homeostat.host.facts.GraphicsMemory;
import dev.homeostat.host.facts.Hardware;
import dev.homeostat.host.facts.Machine;
import dev.homeostat.host.facts.MachineLook;
import dev.homeostat.resource.Trouble;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A card that answers, one that is slow, and one that is not there. */
class CapacityLookTest {
    private static final GraphicsMemory.Card CARD = new GraphicsMemory.Card(Hardware.Maker.NVIDIA, 24L << 30);

    @TempDir
    private Path folder;

    private final CountDownLatch slow = new CountDownLatch(1);

    private interface Look {
        Optional<GraphicsMemory.Card> largest() throws Trouble;
    }

    private Capacity capacity(Look look) {
        MachineLook machine = new MachineLook() {
            @Override
            public Machine machine() throws Trouble {
                throw Trouble.passing("not this time");
            }

            @Override
            public Hardware hardware() throws Trouble {
                throw Trouble.passing("not this time");
            }

            @Override
            public Facts facts() throws Trouble {
                throw Trouble.passing("not this time");
            }
        };
        GraphicsMemory graphics = new GraphicsMemory(null) {
            @Override
            public Optional<Card> largest() throws Trouble {
                return look.largest();
            }
        };
        Locations locations = new Locations(false, folder, folder, folder.resolve("control.sock"));
        return new CapacityLook(machine, graphics, locations).capacity(folder.resolve("not/there/yet"));
    }

    private Optional<GraphicsMemory.Card> hangs() {
        try {
            slow.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return Optional.empty();
    }

    @Test
    void a_card_that_is_slow_after_a_restart_is_what_it_was() {
        Capacity first = capacity(this::hangs);
        assertThat(first.card()).isEmpty();
        assertThat(first.unknown())
                .contains("the memory of the graphics card was not known within 1 s", "not this time");
        assertThat(first.freeBytes()).isPresent();

        assertThat(capacity(() -> Optional.of(CARD)).cardBytes()).isEqualTo(24L << 30);
        Capacity again = capacity(this::hangs);
        assertThat(again.card()).contains(Hardware.Maker.NVIDIA);
        assertThat(again.cardBytes()).isEqualTo(24L << 30);

        assertThat(capacity(Optional::empty).card()).isEmpty(); // it was taken out
        assertThat(capacity(this::hangs).card()).isEmpty();
        slow.countDown();
    }
}
