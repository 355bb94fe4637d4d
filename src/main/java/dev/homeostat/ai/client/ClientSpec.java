package dev.homeostat.ai.client;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.homeostat.resource.Spec;
import java.nio.file.Path;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a program is told of servers. Nothing of it is secret.
 *
 * @param file of its settings
 * @param sign what is there if somebody uses the program; null if it is told in any case
 * @param key under which the servers are in the file
 * @param servers as the program writes them, by name
 * @param retired it has left the declaration: what we wrote goes
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ClientSpec(Path file, Path sign, String key, SortedMap<String, ObjectNode> servers, boolean retired)
        implements Spec {
    public ClientSpec {
        servers = Collections.unmodifiableSortedMap(new TreeMap<>(servers));
    }

    ClientSpec asRetired() {
        return new ClientSpec(file, sign, key, Collections.emptySortedMap(), true);
    }
}
