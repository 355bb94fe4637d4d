package dev.homeostat.ai.client;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A server as clients are told of it. Nothing of it is secret.
 *
 * @param command null if it runs by itself and is asked at {@code url}
 */
record Server(
        String command,
        List<String> arguments,
        SortedMap<String, String> environment,
        String url,
        SortedMap<String, String> headers) {
    static Server local(String command, List<String> arguments, Map<String, String> environment) {
        return new Server(command, List.copyOf(arguments), new TreeMap<>(environment), null, new TreeMap<>());
    }

    static Server remote(String url, Map<String, String> headers) {
        return new Server(null, List.of(), new TreeMap<>(), url, new TreeMap<>(headers));
    }
}
