package dev.homeostat.kind.repository;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.homeostat.resource.Observation;
import java.util.List;

/**
 * What is there of a clone.
 *
 * @param there whether there is a repository
 * @param branch that is checked out; null if none is
 * @param head the commit that is checked out; null if there is none
 * @param target the commit of the declared ref, as far as the clone knows; null if it does not
 * @param news the commit of the branch at the remote when it was last asked; null if it was not
 * @param work what somebody did here, for people; empty if nothing would be in the way
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RepositorySeen(boolean there, String branch, String head, String target, String news, List<String> work)
        implements Observation {
    static final RepositorySeen NONE = new RepositorySeen(false, null, null, null, null, List.of());

    public RepositorySeen {
        work = List.copyOf(work);
    }
}
