package dev.homeostat.ai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.homeostat.ai.client.McpEntry;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.ResourceId;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The folders that everything of the stack lies in, and what was chosen. */
@ApplicationScoped
public class StackPart implements Part {
    /** Conversations and documents of one's own: nobody else's business. */
    private static final String MODE = "0700";

    private final ModelCatalog models;
    private final ModelServer server;

    public StackPart(ModelCatalog models, ModelServer server) {
        this.models = models;
        this.server = server;
    }

    /** Those of the stack's own: containers tell theirs by themselves, units do not. */
    private void ports(Stack stack, Contribution out) {
        Map<Integer, String> taken = new LinkedHashMap<>();
        stack.server().ifPresent(address -> taken.put(address.port(), "server.port"));
        Map<String, Integer> others = new LinkedHashMap<>();
        server.embeddings(stack).ifPresent(address -> others.put("server.embeddingPort", address.port()));
        stack.knowledge().ifPresent(address -> others.put("knowledge.port", address.getPort()));
        Optional.ofNullable(stack.entry().mcp()).map(McpEntry::http).ifPresent(port -> others.put("mcp.http", port));
        others.forEach((path, port) -> {
            String other = taken.putIfAbsent(port, path);
            if (other != null) {
                out.problem(path, "port " + port + " is wanted by ai." + other + ", too: choose another");
            }
        });
    }

    @Override
    public void read(Stack stack, Contribution out) {
        Set<ResourceId> folders = new HashSet<>();
        for (Path folder : List.of(stack.folders().data(), stack.folders().config())) {
            ObjectNode entry =
                    Json.MAPPER.createObjectNode().put("type", "folder").put("mode", MODE);
            folders.addAll(out.hand(stack.scope(), "files", folder.toString(), entry, "", Set.of()));
        }
        ports(stack, out);
        List<String> because = new ArrayList<>();
        because.add(stack.profile().label() + ": " + stack.choice().why());
        ModelCatalog.Pick pick = models.pick(stack);
        because.addAll(pick.why());
        because.add(stack.whose());
        out.add(new Desired<>(
                stack.id(StackKind.NAME, StackKind.STACK),
                new StackSpec(
                        stack.profile(),
                        pick.chat().orElse(null),
                        pick.embedding().orElse(null),
                        because),
                folders,
                stack.places().apply("")));
    }
}
