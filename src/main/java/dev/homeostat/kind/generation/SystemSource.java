package dev.homeostat.kind.generation;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.homeostat.kind.generation.settings.DeclaredElsewhere;
import dev.homeostat.kind.generation.settings.GitSourceSettings;
import dev.homeostat.kind.generation.settings.Settings;

/** Where the system comes from. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "from")
@JsonSubTypes({
    @JsonSubTypes.Type(value = SystemSource.Generated.class, name = "generated"),
    @JsonSubTypes.Type(value = SystemSource.Flake.class, name = "flake"),
    @JsonSubTypes.Type(value = SystemSource.Git.class, name = "git"),
    @JsonSubTypes.Type(value = SystemSource.Ready.class, name = "ready")
})
public sealed interface SystemSource {
    /** Our own templates, driven by what is declared. */
    record Generated(Settings settings, DeclaredElsewhere elsewhere) implements SystemSource {
        public Generated {
            requireNonNull(settings, "settings is null");
            requireNonNull(elsewhere, "elsewhere is null");
        }
    }

    /**
     * The owner's own flake in a folder of this machine.
     *
     * @param folder absolute
     * @param name of its nixosConfigurations
     */
    record Flake(String folder, String name) implements SystemSource {
        public Flake {
            requireNonNull(folder, "folder is null");
            requireNonNull(name, "name is null");
        }
    }

    /**
     * The owner's own flake in a repository elsewhere.
     *
     * @param url {@code https://}, {@code ssh://} or {@code file:///}, without a secret
     * @param name of its nixosConfigurations
     */
    record Git(String url, String name, GitSourceSettings settings) implements SystemSource {
        public Git {
            requireNonNull(url, "url is null");
            requireNonNull(name, "name is null");
            requireNonNull(settings, "settings is null");
        }
    }

    /** A system that was built already: fetched from a cache if it is not in the store. */
    record Ready(String storePath) implements SystemSource {
        public Ready {
            requireNonNull(storePath, "storePath is null");
        }
    }
}
