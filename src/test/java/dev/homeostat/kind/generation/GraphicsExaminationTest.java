package dev.homeostat.kind.generation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.host.facts.Hardware;
import dev.homeostat.host.facts.Hardware.Display;
import dev.homeostat.host.facts.Hardware.Maker;
import dev.homeostat.kind.generation.settings.Graphics;
import dev.homeostat.resource.Finding;
import dev.homeostat.resource.Finding.Verdict;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class GraphicsExaminationTest {
    private static final Display INTEL =
            new Display("0000:00:02.0", Maker.INTEL, Optional.of("i915"), Optional.of("i915"), Optional.empty());
    private static final Display BARE =
            new Display("0000:01:00.0", Maker.NVIDIA, Optional.empty(), Optional.empty(), Optional.empty());
    private static final Display VIRTUAL =
            new Display("0000:00:01.0", Maker.OTHER, Optional.empty(), Optional.empty(), Optional.empty());

    private static List<Finding> look(Object wanted, Optional<String> disagreement, Display... displays) {
        return GraphicsExamination.look(
                Graphics.of(wanted),
                new Hardware(
                        Optional.empty(),
                        List.of(displays),
                        disagreement.map(why ->
                                new Hardware.Nvidia(Optional.of("1"), List.of("2"), List.of(), Optional.of(why))),
                        Optional.empty(),
                        List.of(),
                        List.of(),
                        Hardware.Hibernation.of(1L << 30, List.of())));
    }

    @Test
    void a_controller_without_a_driver_fails_and_a_virtual_one_is_of_no_interest() {
        assertThat(look("auto", Optional.empty(), INTEL, BARE, VIRTUAL))
                .extracting(Finding::name, Finding::verdict)
                .containsExactly(
                        org.assertj.core.api.Assertions.tuple("intel at 0000:00:02.0", Verdict.PASSED),
                        org.assertj.core.api.Assertions.tuple("nvidia at 0000:01:00.0", Verdict.FAILED));
    }

    @Test
    void a_declared_vendor_that_is_not_there_fails() {
        assertThat(look(List.of("amd"), Optional.empty(), INTEL))
                .singleElement()
                .satisfies(f -> assertThat(f.evidence()).contains("no display controller of amd"));
    }

    @Test
    void where_none_is_declared_nothing_follows() {
        assertThat(look("none", Optional.of("old module"), BARE)).isEmpty();
    }

    @Test
    void parts_of_a_driver_that_do_not_agree_fail() {
        assertThat(look("auto", Optional.of("the kernel module is old: reboot"), INTEL))
                .filteredOn(Finding::hasFailed)
                .singleElement()
                .satisfies(f -> assertThat(f.evidence()).isEqualTo("the kernel module is old: reboot"));
    }
}
