package dev.homeostat.kind.tool;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.homeostat.resource.Observation;
import java.util.List;

/**
 * What is there of a remote.
 *
 * @param url null if there is no remote of that name
 * @param disabled whether flatpak does not use it
 * @param users applications and runtimes that came from it
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RemoteSeen(String url, boolean disabled, List<String> users) implements Observation {
    public RemoteSeen {
        users = List.copyOf(users);
    }
}
