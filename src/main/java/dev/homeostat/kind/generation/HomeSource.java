package dev.homeostat.kind.generation;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

/** Where a home comes from. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "from")
@JsonSubTypes({
    @JsonSubTypes.Type(value = HomeSource.Generated.class, name = "generated"),
    @JsonSubTypes.Type(value = HomeSource.Flake.class, name = "flake")
})
public sealed interface HomeSource {
    /** The tree of the generated system: it is written and locked when the system is deployed. */
    record Generated(SystemSource.Generated system) implements HomeSource {
        public Generated {
            requireNonNull(system, "system is null");
        }
    }

    /**
     * The owner's own flake in a folder of this machine.
     *
     * @param folder absolute
     * @param name of its homeConfigurations
     */
    record Flake(String folder, String name) implements HomeSource {
        public Flake {
            requireNonNull(folder, "folder is null");
            requireNonNull(name, "name is null");
        }
    }
}
