package dev.homeostat.host.facts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whether the machine runs on battery, from what kernels were seen to say. */
class PowerSuppliesTest {
    @TempDir
    private Path root;

    private void supply(String name, String... files) throws IOException {
        Path folder =
                Files.createDirectories(root.resolve("sys/class/power_supply").resolve(name));
        for (int i = 0; i < files.length; i += 2) {
            Files.writeString(folder.resolve(files[i]), files[i + 1] + "\n");
        }
    }

    private PowerSupplies supplies() {
        return new PowerSupplies(root);
    }

    @Test
    void a_machine_without_the_class_or_without_a_supply_has_no_battery() throws Exception {
        assertThat(supplies().now()).isEmpty();
        Files.createDirectories(root.resolve("sys/class/power_supply"));
        assertThat(supplies().now()).isEmpty();
    }

    @Test
    void a_notebook_on_battery() throws Exception {
        supply("AC", "type", "Mains", "online", "0");
        supply("BAT0", "type", "Battery", "status", "Discharging", "capacity", "57", "scope", "System");
        assertThat(supplies().now()).contains("the machine runs on battery (BAT0 at 57 %)");
    }

    @Test
    void a_notebook_on_mains_and_one_on_usb() throws Exception {
        supply("BAT0", "type", "Battery", "status", "Discharging", "capacity", "57");
        supply("ADP1", "type", "Mains", "online", "1");
        assertThat(supplies().now())
                .as("a weak supply: it is discharged all the same")
                .isEmpty();
        supply("ADP1", "online", "0");
        supply("ucsi-source-psy-USBC000:001", "type", "USB", "online", "1", "usb_type", "[C] PD PD_PPS");
        assertThat(supplies().now()).isEmpty();
    }

    @Test
    void a_battery_that_is_not_being_discharged_is_no_hindrance() throws Exception {
        supply("BAT0", "type", "Battery", "status", "Not charging", "capacity", "80");
        supply("BAT1", "type", "Battery", "status", "Full");
        assertThat(supplies().now()).isEmpty();
    }

    @Test
    void a_mouse_is_not_the_machine() throws Exception {
        supply("hidpp_battery_0", "type", "Battery", "status", "Discharging", "scope", "Device", "capacity", "10");
        assertThat(supplies().now()).isEmpty();
    }

    @Test
    void a_ups_is_a_battery() throws Exception {
        supply("ups0", "type", "UPS", "status", "Discharging");
        assertThat(supplies().now()).contains("the machine runs on battery (ups0)");
    }

    @Test
    void what_says_nothing_sensible_is_a_trouble() throws Exception {
        supply("BAT0", "type", "Battery", "status", "\u001b[31m");
        PowerSupplies supplies = supplies();
        assertThatThrownBy(supplies::now).isInstanceOf(Trouble.class).hasMessageContaining("BAT0/status");
        supply("BAT0", "status", "x".repeat(5000));
        assertThatThrownBy(supplies::now).isInstanceOf(Trouble.class).hasMessageContaining("larger than");
    }
}
