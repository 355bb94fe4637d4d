package dev.homeostat.resource;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.List;

/**
 * What an entry of the catalogue stands for.
 *
 * @param entry its name, such as {@code redis}
 * @param form how it runs
 * @param ports of the machine that it listens on; told with one of its resources, the others have none here
 */
public record Preset(String entry, Form form, List<Port> ports) {
    public Preset {
        requireNonNull(entry, "entry is null");
        requireNonNull(form, "form is null");
        ports = List.copyOf(ports);
    }

    /** As the sentence has it that says where a resource comes from. */
    @Override
    public String toString() {
        return "the catalogue entry " + entry;
    }

    /** How what is in the catalogue runs. */
    public enum Form {
        SERVICE("service"),
        CONTAINER("container");

        private final String label;

        Form(String label) {
            this.label = label;
        }

        @JsonValue
        public String label() {
            return label;
        }
    }

    /**
     * A port of the machine.
     *
     * @param address empty for all
     * @param number 1 to 65535
     * @param protocol {@code tcp} or {@code udp}
     */
    public record Port(String address, int number, String protocol) {
        /** Whether both cannot be had: all addresses are each of them, and those of IPv6 take IPv4 too. */
        public boolean overlaps(Port other) {
            return number == other.number
                    && protocol.equals(other.protocol)
                    && (address.equals(other.address) || isAll(address) || isAll(other.address));
        }

        private static boolean isAll(String address) {
            return address.isEmpty() || address.equals("0.0.0.0") || address.equals("::");
        }
    }
}
