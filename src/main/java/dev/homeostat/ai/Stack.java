package dev.homeostat.ai;

import dev.homeostat.ai.document.KnowledgeEntry;
import dev.homeostat.host.posix.Account;
import dev.homeostat.resource.Place;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Scope;
import java.net.URI;
import java.util.Optional;
import java.util.function.Function;

/**
 * The stack that is declared: what every part of it knows. Immutable.
 *
 * @param scope of the user whose it is
 * @param account of that user
 * @param entry as it is written; its parts are null where nothing is said
 * @param profile that was chosen
 * @param folders where it keeps its things
 * @param places where something is written, by its dotted path below {@code ai}
 */
public record Stack(
        Scope scope,
        Account account,
        AiEntry entry,
        Profile profile,
        StackFolders folders,
        Function<String, Place> places) {
    private static final URI MODELS = URI.create("http://127.0.0.1:8000/v1");

    /** A resource of the stack's user. */
    public ResourceId id(String kind, String name) {
        return new ResourceId(kind, scope, name);
    }

    /** Where its knowledge base answers; empty if it has none. */
    public Optional<URI> knowledge() {
        KnowledgeEntry knowledge = KnowledgeEntry.of(entry.knowledge());
        return knowledge.wanted() ? Optional.of(knowledge.address()) : Optional.empty();
    }

    /** Where its server for models answers, in the form of OpenAI's API; empty if it has none. */
    public Optional<URI> models() {
        boolean server =
                entry.server() == null || !Boolean.FALSE.equals(entry.server().enabled());
        return server && profile != Profile.OFF ? Optional.of(MODELS) : Optional.empty();
    }
}
