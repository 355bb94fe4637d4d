package dev.homeostat.resource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.homeostat.resource.HostPort.Protocol;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostPortTest {
    private static HostPort port(String address) {
        return new HostPort(address == null ? "" : address, 80, Protocol.TCP);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "all",
            value = {
                "all,all,true",
                "all,127.0.0.1,true",
                "all,::1,true",
                "all,::,true",
                "0.0.0.0,127.0.0.1,true",
                "0.0.0.0,::1,false",
                "0.0.0.0,::,false",
                "::,::1,true",
                "::,127.0.0.1,false",
                "127.0.0.1,127.0.0.2,false",
                "127.0.0.1,::ffff:127.0.0.1,true",
                "0.0.0.0,::ffff:0.0.0.0,true",
                "::1,0:0:0:0:0:0:0:1,true",
                "fe80::1%eth0,fe80::1%eth1,false"
            })
    void two_addresses_meet_or_not(String one, String other, boolean meet) {
        assertThat(port(one).overlaps(port(other))).isEqualTo(meet);
        assertThat(port(other).overlaps(port(one))).isEqualTo(meet);
    }

    @Test
    void other_numbers_and_other_protocols_have_nothing_to_do_with_it() {
        HostPort web = new HostPort("", 80, Protocol.TCP);
        assertThat(web.overlaps(new HostPort("", 81, Protocol.TCP))).isFalse();
        assertThat(web.overlaps(new HostPort("", 80, Protocol.UDP))).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"256.1.1.1", "example.org", "1.2.3.4:80", "[::1]"})
    void what_is_no_address_is_refused(String text) {
        assertThatThrownBy(() -> port(text)).hasMessageContaining("is not an address");
    }

    @ParameterizedTest
    @CsvSource({"0", "65536", "-1"})
    void what_is_no_port_is_refused(int number) {
        assertThatThrownBy(() -> new HostPort("", number, Protocol.TCP)).hasMessageContaining("is not a port");
    }
}
