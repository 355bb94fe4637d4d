package dev.homeostat.ai.document;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.homeostat.ai.Contribution;
import dev.homeostat.ai.ModelCatalog;
import dev.homeostat.ai.ModelServer;
import dev.homeostat.ai.Part;
import dev.homeostat.ai.Stack;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Scope;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;
import java.util.Set;

/** {@code ai.knowledge}: the unit that came with this program is kept running, or another one answers. */
@ApplicationScoped
public class KnowledgePart implements Part {
    static final String UNIT = "homeostat-knowledge.service";
    private static final String CONTAINER = "container";

    private final ModelCatalog models;
    private final ModelServer server;

    public KnowledgePart(ModelCatalog models, ModelServer server) {
        this.models = models;
        this.server = server;
    }

    @Override
    public void read(Stack stack, Contribution out) {
        KnowledgeEntry knowledge = KnowledgeEntry.of(stack.entry().knowledge());
        if (!knowledge.wanted()) {
            return;
        }
        if (knowledge.url() != null) {
            refuse(knowledge.container(), "container", out);
            refuse(knowledge.port(), "port", out);
        }
        if (!knowledge.ours()) {
            refuseOther(knowledge.embeddings(), "embeddings", out);
            refuseOther(knowledge.model(), "model", out);
            container(stack, knowledge, out);
            return;
        }
        ObjectNode service = Json.MAPPER.createObjectNode().put("state", "running");
        ObjectNode environment = environment(stack, knowledge);
        if (!environment.isEmpty()) {
            service.putObject("dropIns").putObject("stack").putObject("Service").set("Environment", environment);
        }
        out.hand(Scope.OWN, "services", UNIT, service, "knowledge", Set.of());
    }

    private static void refuse(Object value, String field, Contribution out) {
        if (value != null) {
            out.problem(
                    "knowledge." + field, "does not go with url, which says where it answers: leave out one of them");
        }
    }

    private static void refuseOther(Object value, String field, Contribution out) {
        if (value != null) {
            out.problem(
                    "knowledge." + field,
                    "is for the knowledge base that comes with Homeostat: another one is told by its own means");
        }
    }

    private static void container(Stack stack, KnowledgeEntry knowledge, Contribution out) {
        String name = knowledge.container();
        if (name != null
                && out.declared(stack.id(CONTAINER, name)).isEmpty()
                && out.declared(new ResourceId(CONTAINER, Scope.OWN, name)).isEmpty()) {
            out.problem(
                    "knowledge.container",
                    "there is no container \"" + name + "\": declare it under containers, or under users."
                            + stack.account().name() + ".containers");
        }
    }

    /** What is not the program's own default. */
    private ObjectNode environment(Stack stack, KnowledgeEntry knowledge) {
        ObjectNode environment = Json.MAPPER.createObjectNode();
        if (knowledge.portOrUsual() != KnowledgeEntry.USUAL_PORT) {
            environment.put("HOMEOSTAT_KNOWLEDGE_LISTEN", "127.0.0.1:" + knowledge.port());
        }
        if (knowledge.embeddings() == KnowledgeEntry.Embedding.OFF) {
            return environment;
        }
        if (knowledge.model() != null) {
            stack.models().ifPresent(address -> vectors(environment, address.toString(), knowledge.model()));
        } else {
            Optional<String> model = models.pick(stack).embedding();
            server.embeddings(stack)
                    .ifPresent(address -> model.ifPresent(id -> vectors(environment, address.base(), id)));
        }
        return environment;
    }

    private static void vectors(ObjectNode environment, String address, String model) {
        environment.put("HOMEOSTAT_KNOWLEDGE_EMBEDDINGS", address);
        environment.put("HOMEOSTAT_KNOWLEDGE_MODEL", model);
    }
}
