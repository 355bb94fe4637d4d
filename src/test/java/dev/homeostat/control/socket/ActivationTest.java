package dev.homeostat.control.socket;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ActivationTest {
    @Test
    void one_socket_for_this_process_is_taken() {
        assertThat(Activation.present(Map.of("LISTEN_PID", "42", "LISTEN_FDS", "1"), 42))
                .isTrue();
    }

    @Test
    void variables_of_another_process_mean_nothing() {
        assertThat(Activation.present(Map.of("LISTEN_PID", "41", "LISTEN_FDS", "1"), 42))
                .isFalse();
        assertThat(Activation.present(Map.of(), 42)).isFalse();
    }
}
