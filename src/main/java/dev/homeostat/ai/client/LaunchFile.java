package dev.homeostat.ai.client;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What {@code homeostat mcp run} reads: how servers with secrets are started. It says where secrets are, and holds none.
 *
 * @param servers by name
 */
record LaunchFile(Map<String, Launch> servers) {
    /** In the user's folder of the stack's configuration. */
    static final Path PLACE = Path.of("mcp", "servers.json");

    /**
     * One server.
     *
     * @param environment what it gets besides what it inherits
     */
    record Launch(
            String command, List<String> arguments, Map<String, String> environment, Map<String, Secret> secrets) {}

    /** Where a secret is: one of file and env. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Secret(Path file, String variable, String env) {}
}
