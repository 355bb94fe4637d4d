package dev.homeostat.host.ports;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.homeostat.host.posix.NameService;
import dev.homeostat.resource.HostPort;
import dev.homeostat.resource.HostPort.Protocol;
import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PortTableTest {
    private static final String HEADING =
            "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

    @TempDir
    Path proc;

    private final PortTable here = new PortTable(new NameService());

    private PortTable recorded(String tcp, String tcp6) throws IOException {
        Path net = Files.createDirectories(proc.resolve("net"));
        Files.writeString(net.resolve("tcp"), HEADING + tcp);
        Files.writeString(net.resolve("tcp6"), HEADING + tcp6);
        return new PortTable(proc, new NameService());
    }

    private static String line(String local, String state, int inode) {
        return "   0: " + local + " 00000000:0000 " + state + " 00000000:00000000 00:00000000 00000000  1000        0 "
                + inode + " 1 0000000000000000 100 0 0 10 0\n";
    }

    @Test
    void a_socket_of_this_process_is_found_with_its_process() throws Exception {
        try (ServerSocket tcp = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"));
                DatagramSocket udp = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0))) {
            List<HostPort> wanted = List.of(
                    new HostPort("", tcp.getLocalPort(), Protocol.TCP),
                    new HostPort("127.0.0.1", udp.getLocalPort(), Protocol.UDP));
            assertThat(here.holders(wanted)).hasSize(2).allSatisfy(holder -> {
                assertThat(holder.pid()).contains(ProcessHandle.current().pid());
                assertThat(holder.program()).isEqualTo("java");
                assertThat(holder.words())
                        .startsWith("java (process " + holder.pid().orElseThrow());
            });
            assertThat(here.holders(List.of(new HostPort("127.0.0.2", tcp.getLocalPort(), Protocol.TCP))))
                    .as("the JVM's socket may be of IPv6, but its address is that one")
                    .isEmpty();
        }
    }

    @Test
    void addresses_are_read_as_the_kernel_writes_them() throws Exception {
        PortTable table = recorded(
                line("0100007F:1F90", "0A", 1) + line("0100007F:1F91", "01", 2),
                line("00000000000000000000000001000000:1F92", "0A", 3)
                        + line("0000000000000000FFFF00000100007F:1F93", "0A", 4)
                        + line("00000000000000000000000000000000:1F94", "0A", 5));
        assertThat(table.listeners().stream().map(Listener::port).map(HostPort::toString))
                .containsExactly(
                        "8080/tcp on 127.0.0.1",
                        "8082/tcp on 0:0:0:0:0:0:0:1",
                        "8083/tcp on 127.0.0.1",
                        "8084/tcp on all addresses");
    }

    @Test
    void all_of_ipv6_is_not_ipv4_where_somebody_else_has_that() throws Exception {
        PortTable table =
                recorded(line("0100007F:1F90", "0A", 1), line("00000000000000000000000000000000:1F90", "0A", 5));
        assertThat(table.listeners().stream().map(l -> l.port().where()))
                .containsExactly("127.0.0.1", "all IPv6 addresses");
    }

    @Test
    void what_is_below_the_first_port_for_everybody_is_refused_to_users() throws Exception {
        Path setting = Files.createDirectories(proc.resolve("sys/net/ipv4")).resolve("ip_unprivileged_port_start");
        Privileged privileged = new Privileged(recorded("", ""));
        List<HostPort> wanted = List.of(
                new HostPort("", 8080, Protocol.TCP),
                new HostPort("127.0.0.1", 443, Protocol.TCP),
                new HostPort("127.0.0.1", 1023, Protocol.UDP));
        assertThatThrownBy(() -> privileged.refuse(wanted))
                .as("as kernels have it that do not say")
                .isInstanceOfSatisfying(
                        Trouble.class,
                        t -> assertThat(t.sentence())
                                .isEqualTo(
                                        "port 443/tcp on 127.0.0.1 is root's: a user's container may publish ports from 1024 on (net.ipv4.ip_unprivileged_port_start); declare another port, or let every user have it: sysctl net.ipv4.ip_unprivileged_port_start=443"));
        Files.writeString(setting, "80\n");
        privileged.refuse(wanted);
        Files.writeString(setting, "0\n");
        privileged.refuse(List.of(new HostPort("", 1, Protocol.TCP)));
        Files.writeString(setting, "9000\n");
        assertThatThrownBy(() -> privileged.refuse(wanted)).hasMessageContaining("from 9000 on");
        privileged.refuse(List.of());
    }

    @Test
    void what_is_no_table_is_told() throws Exception {
        PortTable table = recorded("nonsense\n", "");
        assertThatThrownBy(table::listeners)
                .isInstanceOf(Trouble.class)
                .hasMessageContaining("does not say what it should");
        PortTable other = recorded(line("01:1F90", "0A", 1), "");
        assertThatThrownBy(other::listeners).isInstanceOf(Trouble.class);
    }

    @Test
    void a_process_that_has_gone_is_told_as_that() throws Exception {
        PortTable table = recorded(line("0100007F:1F90", "0A", 1), "");
        assertThat(table.holders(List.of(new HostPort("", 8080, Protocol.TCP))))
                .singleElement()
                .extracting(Holder::words)
                .asString()
                .startsWith("a process of user ")
                .endsWith(" that cannot be looked at");
    }

    @Test
    void a_control_group_tells_unit_manager_and_container() {
        String id = "ab".repeat(32);
        assertThat(ControlGroup.of("0::/system.slice/nginx.service\n"))
                .isEqualTo(new ControlGroup(
                        Optional.of("nginx.service"),
                        Optional.empty(),
                        Optional.empty(),
                        "/system.slice/nginx.service"));
        ControlGroup app = ControlGroup.of("0::/user.slice/user-1000.slice/user@1000.service/app.slice/web.service/"
                + "libpod-payload-" + id + "/container\n");
        assertThat(app.unit()).contains("web.service");
        assertThat(app.manager()).contains(1000);
        assertThat(app.container()).contains(id);
        ControlGroup old =
                ControlGroup.of("12:pids:/x\n1:name=systemd:/machine.slice/libpod-conmon-" + id + ".scope\n0::/\n");
        assertThat(old.container()).contains(id);
        assertThat(old.manager()).isEmpty();
        assertThat(ControlGroup.of("0::/user.slice/user-1000.slice/user@1000.service/init.scope\n")
                        .manager())
                .contains(1000);
        assertThat(ControlGroup.of("").unit()).isEmpty();
    }

    @Test
    void ports_are_found_in_what_programs_say() {
        assertThat(Taken.named("listen tcp 127.0.0.1:11434: bind: address already in use").stream()
                        .map(HostPort::number))
                .containsOnly(11434);
        assertThat(Taken.named("bind() to 0.0.0.0:80 failed (98: Address already in use)").stream()
                        .map(HostPort::number))
                .containsOnly(80);
        assertThat(Taken.named("could not listen on port 5432: Address already in use").stream()
                        .map(HostPort::number))
                .containsOnly(5432);
        assertThat(Taken.named("[::]:8080: address already in use").stream().map(HostPort::number))
                .containsOnly(8080);
        assertThat(Taken.named("Address already in use")).isEmpty();
    }
}
