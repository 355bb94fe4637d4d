package dev.homeostat.ai;

import dev.homeostat.resource.ResourceId;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** What models there are for a stack, and which of them suit the machine. Thread-safe; does not wait. */
public interface ModelCatalog {
    /**
     * Which models a machine is to have: what is declared, else what suits it. Pure, if the registry that comes with the
     * program is not counted.
     *
     * @param entry of the stack; its models may be null
     */
    Pick pick(AiEntry entry, Means means);

    /** The same, for the machine at hand. */
    Pick pick(Stack stack);

    /** A model of the registry or of the owner's own; empty if there is none of that id. */
    Optional<RegistryModel> find(Stack stack, String id);

    /**
     * Models that were chosen.
     *
     * @param chat id of the one that answers; empty if there is to be none
     * @param embedding id of the one that makes vectors; empty if there is to be none
     * @param why for people, a sentence for each
     */
    record Pick(Optional<String> chat, Optional<String> embedding, List<String> why) {
        public Pick {
            why = List.copyOf(why);
        }
    }

    /**
     * A model.
     *
     * @param resource that keeps its file; it need not be declared
     * @param name for people
     * @param file absolute, below {@link StackFolders#models()}
     * @param bytes its length; empty if nobody says before it was fetched
     * @param sha256 of its file, if it is declared; empty if not
     * @param runtime that it is for, such as {@code llama.cpp}
     * @param tasks what it can do: {@code chat}, {@code embedding}
     */
    record RegistryModel(
            ResourceId resource,
            String id,
            String name,
            Path file,
            OptionalLong bytes,
            Optional<String> sha256,
            String runtime,
            String backend,
            List<String> tasks) {
        public RegistryModel {
            tasks = List.copyOf(tasks);
        }
    }
}
