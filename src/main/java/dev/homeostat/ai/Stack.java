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
 * @param choice of how large models may be
 * @param capacity that it was chosen by
 * @param server where a model answers; empty if the stack has no server for them
 * @param folders where it keeps its things
 * @param places where something is written, by its dotted path below {@code ai}
 * @param whose a sentence: whose it is, and what says so
 */
public record Stack(
        Scope scope,
        Account account,
        AiEntry entry,
        Choice choice,
        Capacity capacity,
        Optional<ModelServer.Address> server,
        StackFolders folders,
        Function<String, Place> places,
        String whose) {
    public Profile profile() {
        return choice.profile();
    }

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
        return server.map(address -> URI.create(address.base()));
    }
}
