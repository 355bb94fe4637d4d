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
public record Preset(String entry, Form form, List<HostPort> ports) {
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
}
