package dev.homeostat.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.homeostat.host.systemd.NotifySocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import jnr.unixsocket.UnixDatagramChannel;
import jnr.unixsocket.UnixSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NotifySocketTest {
    @TempDir
    Path folder;

    private static String received(UnixSocketAddress address, String name) throws IOException {
        try (UnixDatagramChannel channel = UnixDatagramChannel.open()) {
            channel.bind(address);
            NotifySocket.of(Map.of("NOTIFY_SOCKET", name)).orElseThrow().send("READY=1\nSTATUS=2 in sync");
            ByteBuffer bytes = ByteBuffer.allocate(1024);
            channel.receive(bytes);
            return StandardCharsets.UTF_8.decode(bytes.flip()).toString();
        }
    }

    @Test
    void a_path_is_told() throws Exception {
        Path path = folder.resolve("notify");
        assertThat(received(new UnixSocketAddress(path.toFile()), path.toString()))
                .isEqualTo("READY=1\nSTATUS=2 in sync");
    }

    @Test
    void an_abstract_name_is_told() throws Exception {
        String name = "homeostat-test-" + ProcessHandle.current().pid();
        assertThat(received(new UnixSocketAddress("\0" + name), "@" + name)).isEqualTo("READY=1\nSTATUS=2 in sync");
    }

    @Test
    void nobody_listening_is_an_error_and_no_service_manager_is_none() {
        assertThat(NotifySocket.of(Map.of())).isEmpty();
        NotifySocket nobody = NotifySocket.of(
                        Map.of("NOTIFY_SOCKET", folder.resolve("absent").toString()))
                .orElseThrow();
        assertThatThrownBy(() -> nobody.send("READY=1"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("errno 2");
        assertThatThrownBy(() -> NotifySocket.of(Map.of("NOTIFY_SOCKET", "relative")))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void the_watchdog_is_fed_only_if_it_is_ours() {
        assertThat(ServiceManager.watchdogInterval(Map.of("WATCHDOG_USEC", "30000000", "WATCHDOG_PID", "42"), 42))
                .contains(Duration.ofSeconds(30));
        assertThat(ServiceManager.watchdogInterval(Map.of("WATCHDOG_USEC", "30000000", "WATCHDOG_PID", "41"), 42))
                .isEmpty();
        assertThat(ServiceManager.watchdogInterval(Map.of(), 42)).isEmpty();
    }
}
