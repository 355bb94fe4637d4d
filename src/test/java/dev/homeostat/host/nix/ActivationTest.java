package dev.homeostat.host.nix;

import static org.assertj.core.api.Assertions.assertThat;

import dev.homeostat.host.posix.FileFacts;
import java.util.List;
import org.junit.jupiter.api.Test;

class ActivationTest {
    @Test
    void what_an_activation_would_do_is_read_line_by_line() {
        DryActivation dry = DryActivation.of(List.of(
                "would stop the following units: a.service, b.mount",
                "would NOT stop the following changed units: display-manager.service",
                "would NOT restart the following changed units: systemd-logind.service",
                "would activate the configuration...",
                "setting up /etc...",
                "would restart systemd",
                "would reload the following units: dbus.service",
                "would restart the following units: nix-daemon.service",
                "would start the following units: c.service",
                "would restart the following user units: pipewire.service",
                "would stop swap device: /dev/sda2"));
        assertThat(dry)
                .isEqualTo(new DryActivation(
                        List.of("a.service", "b.mount"),
                        List.of("nix-daemon.service"),
                        List.of("c.service"),
                        List.of("dbus.service"),
                        List.of("display-manager.service", "systemd-logind.service"),
                        List.of("restart pipewire.service"),
                        true,
                        List.of("would stop swap device: /dev/sda2")));
    }

    @Test
    void lines_that_only_look_like_it_name_no_unit() {
        DryActivation dry = DryActivation.of(List.of(
                "it would stop the following units: a.service", "would stop the following units: ", "", "would"));
        assertThat(dry.stops()).isEmpty();
        assertThat(dry.others()).hasSize(1);
    }

    @Test
    void the_holder_of_a_lock_is_found_by_device_and_inode() {
        FileFacts file = new FileFacts(FileFacts.Type.FILE, 0644, 0, 0, 0, (0x1fL << 32) | 0xa3, 4711, 0, 0, "");
        String locks = """
                1: POSIX  ADVISORY  WRITE 10 1f:a3:4711 0 EOF
                2: FLOCK  ADVISORY  WRITE 11 1f:a3:4712 0 EOF
                2: -> FLOCK  ADVISORY  WRITE 12 1f:a3:4711 0 EOF
                3: FLOCK  ADVISORY  WRITE 13 1f:a3:4711 0 EOF
                torn: FLOCK
                """;
        assertThat(Activation.holder(locks, file)).hasValue(13);
        assertThat(Activation.holder("", file)).isEmpty();
    }
}
