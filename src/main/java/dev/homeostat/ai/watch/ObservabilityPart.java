package dev.homeostat.ai.watch;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.homeostat.ai.Contribution;
import dev.homeostat.ai.ModelServer;
import dev.homeostat.ai.Part;
import dev.homeostat.ai.Stack;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Scope;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.URI;
import java.util.Set;

/**
 * {@code ai.observability}: tells a Prometheus of the machine what of the stack to ask, by a file that it follows. The machine's
 * own configuration stays as it is.
 */
@ApplicationScoped
public class ObservabilityPart implements Part {
    /** In the folder that the catalogue's prometheus follows. */
    static final String FILE = "/etc/prometheus-targets/ai-stack.json";

    private static final String PATH = "observability";

    @Override
    public void read(Stack stack, Contribution out) {
        if (!Boolean.TRUE.equals(stack.entry().observability())) {
            return;
        }
        ArrayNode targets = Json.MAPPER.createArrayNode();
        stack.knowledge().ifPresent(address -> target(targets, address, "knowledge"));
        stack.models().ifPresent(address -> target(targets, address, ModelServer.NAME));
        ObjectNode file = Json.MAPPER
                .createObjectNode()
                .put("content", targets.toPrettyString() + "\n")
                .put("mode", "0644");
        out.hand(Scope.OWN, "files", FILE, file, PATH, Set.of());
    }

    private static void target(ArrayNode targets, URI address, String service) {
        ObjectNode target = targets.addObject();
        target.putArray("targets").add(address.getAuthority());
        target.putObject("labels").put("service", service);
    }
}
