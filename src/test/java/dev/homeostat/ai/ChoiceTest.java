package dev.homeostat.ai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.host.facts.Hardware.Maker;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChoiceTest {
    private static final long GIB = 1024L * 1024 * 1024;

    private static Capacity capacity(double ramGib, double cardGib) {
        return new Capacity(
                (long) (ramGib * GIB),
                cardGib == 0 ? Optional.empty() : Optional.of(Maker.NVIDIA),
                (long) (cardGib * GIB),
                OptionalLong.of(100 * GIB),
                "");
    }

    @ParameterizedTest
    @CsvSource({
        "64, 24, GPU",
        "16, 6, GPU",
        "64, 4, CPU_FULL",
        "15.4, 0, CPU_FULL",
        "13.9, 0, CPU_SLIM",
        "7.5, 2, CPU_SLIM",
        "0, 0, CPU_SLIM"
    })
    void the_profile_is_what_the_machine_can_carry(double ramGib, double cardGib, Profile expected) {
        assertThat(Choice.of(null, capacity(ramGib, cardGib)).profile()).isEqualTo(expected);
        assertThat(Choice.of(AiEntry.Wish.AUTO, capacity(ramGib, cardGib)).profile())
                .isEqualTo(expected);
    }

    @Test
    void and_says_why() {
        assertThat(Choice.of(null, capacity(64, 24)).why())
                .isEqualTo("the graphics card (nvidia) has 24.0 GiB of its own");
        assertThat(Choice.of(null, capacity(15.4, 4)).why())
                .isEqualTo(
                        "the graphics card (nvidia) has 4.0 GiB of its own, less than 6.0 GiB; the machine has 15.4 GiB");
        assertThat(Choice.of(null, capacity(7.5, 0)).why())
                .isEqualTo("no graphics card has memory of its own; the machine has 7.5 GiB, less than 14.0 GiB");
        assertThat(Choice.of(null, new Capacity(0, Optional.empty(), 0, OptionalLong.empty(), "it was not known"))
                        .why())
                .endsWith(" (it was not known)");
    }

    @Test
    void what_is_declared_is_taken_as_it_is() {
        assertThat(Choice.of(AiEntry.Wish.GPU, capacity(4, 8))).isEqualTo(new Choice(Profile.GPU, "declared"));
        assertThat(Choice.of(AiEntry.Wish.GPU, capacity(4, 0)).why())
                .isEqualTo("declared, although no graphics card has memory of its own");
        assertThat(Choice.of(AiEntry.Wish.OFF, capacity(64, 24))).isEqualTo(new Choice(Profile.OFF, "declared"));
    }
}
