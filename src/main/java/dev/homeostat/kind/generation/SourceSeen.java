package dev.homeostat.kind.generation;

import dev.homeostat.host.git.CommitId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What is seen of where the system comes from, besides its content.
 *
 * @param order of the owner's, which is in force instead of what is declared
 * @param repository that the system comes from
 * @param commit of it that is to be in force
 * @param missing why it has to be fetched first; empty if it has not
 * @param away since when the repository cannot be reached
 * @param refused what its branch points to and is not accepted
 */
record SourceSeen(
        Optional<SystemOrder> order,
        Optional<String> repository,
        Optional<CommitId> commit,
        Optional<String> missing,
        Optional<GitState.Away> away,
        Optional<GitState.Refused> refused) {
    static final SourceSeen PLAIN = new SourceSeen(
            Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    static SourceSeen of(SystemSource.Git source, GitSource.Look look) {
        return new SourceSeen(
                Optional.empty(),
                Optional.of(GitSource.name(source)),
                look.state().accepted(),
                look.missing(),
                look.state().away(),
                look.state().refused());
    }

    /** The order goes before everything; what it stands before is not asked about meanwhile. */
    SourceSeen with(SystemOrder newOrder) {
        return new SourceSeen(Optional.of(newOrder), repository, commit, Optional.empty(), away, Optional.empty());
    }

    /** What an owner should know although nothing is to be done; empty if nothing. */
    String note() {
        List<String> notes = new ArrayList<>();
        order.ifPresent(o -> notes.add(o.sentence()));
        away.filter(a -> commit.isPresent())
                .ifPresent(a -> notes.add(repository.orElse("") + " has not been reached since " + a.since() + ", and "
                        + commit.get().shortText() + " stays in force: " + a.why()));
        return String.join("; ", notes);
    }
}
