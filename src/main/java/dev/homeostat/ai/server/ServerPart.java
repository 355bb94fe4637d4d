package dev.homeostat.ai.server;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.homeostat.ai.Contribution;
import dev.homeostat.ai.ModelCatalog;
import dev.homeostat.ai.ModelCatalog.RegistryModel;
import dev.homeostat.ai.ModelServer;
import dev.homeostat.ai.Part;
import dev.homeostat.ai.Profile;
import dev.homeostat.ai.Stack;
import dev.homeostat.host.facts.Hardware;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Place;
import dev.homeostat.resource.ResourceId;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The server that answers with a model: a container of the catalogue, and that it really answers. */
@ApplicationScoped
public class ServerPart implements Part {
    /** In the container. */
    private static final String MODELS = "/models";

    private static final String CDI_NVIDIA = "nvidia.com/gpu=all";
    private static final String DEVICES_OF_OTHERS = "/dev/dri";
    /** Builds of the same server for graphics cards. */
    private static final String IMAGE_CUDA = "ghcr.io/ggml-org/llama.cpp:server-cuda";

    private static final String IMAGE_VULKAN = "ghcr.io/ggml-org/llama.cpp:server-vulkan";
    /** More layers than any model has: all of it on the card. */
    private static final String ALL_LAYERS = "999";

    private static final String PATH = "server";
    /** A page of text at once; what is longer the server refuses, and it is found by its words. */
    private static final String EMBEDDING_TOKENS = "2048";

    private static final List<String> EMBEDDING = List.of(
            "--embeddings",
            "--ctx-size",
            EMBEDDING_TOKENS,
            "--batch-size",
            EMBEDDING_TOKENS,
            "--ubatch-size",
            EMBEDDING_TOKENS);
    /** A container may have to be pulled; ours answers within a second or two. */
    private static final Duration KNOWLEDGE_START_LIMIT = Duration.ofMinutes(2);

    private final ModelCatalog models;
    private final ModelServer server;

    public ServerPart(ModelCatalog models, ModelServer server) {
        this.server = server;
        this.models = models;
    }

    @Override
    public void read(Stack stack, Contribution out) {
        stack.knowledge().ifPresent(address -> knowledge(stack, address, out));
        ServerEntry entry = stack.entry().server();
        if (entry != null && entry.url() != null) {
            foreign(stack, entry, out);
            return;
        }
        if (entry != null && entry.model() != null) {
            out.problem(PATH + ".model", "belongs to url: which model answers here is said by ai.models.chat");
        }
        Optional<ModelServer.Address> address = stack.server();
        if (address.isEmpty()) {
            return;
        }
        Optional<RegistryModel> model = models.pick(stack).chat().flatMap(id -> models.find(stack, id));
        if (model.isEmpty()) {
            return; // what is wrong with it is told by the models themselves
        }
        Set<ResourceId> container =
                container(stack, ModelServer.NAME, address.get(), entry, model.get(), talking(stack, entry), out);
        endpoint(
                stack, ModelServer.NAME, address.get(), model.get().id(), EndpointSpec.Asks.COMPLETION, container, out);
        embeddings(stack, entry, out);
    }

    /** Small enough for the processor; the card is for the model that talks. */
    private void embeddings(Stack stack, ServerEntry entry, Contribution out) {
        Optional<ModelServer.Address> address = server.embeddings(stack);
        Optional<RegistryModel> model = models.pick(stack).embedding().flatMap(id -> models.find(stack, id));
        if (address.isPresent() && model.isPresent()) {
            Set<ResourceId> container =
                    container(stack, ModelServer.EMBEDDING_NAME, address.get(), entry, model.get(), EMBEDDING, out);
            endpoint(
                    stack,
                    ModelServer.EMBEDDING_NAME,
                    address.get(),
                    model.get().id(),
                    EndpointSpec.Asks.EMBEDDING,
                    container,
                    out);
        }
    }

    private static boolean onCard(Stack stack) {
        return stack.profile() == Profile.GPU;
    }

    private void foreign(Stack stack, ServerEntry entry, Contribution out) {
        if (entry.port() != null
                || entry.image() != null
                || entry.context() != null
                || entry.arguments() != null
                || entry.memory() != null) {
            out.problem(
                    PATH + ".url",
                    "the server at url is kept by somebody else: port, image, context, arguments and memory do nothing");
            return;
        }
        if (!Boolean.FALSE.equals(entry.enabled())) {
            stack.server()
                    .ifPresent(address -> endpoint(
                            stack,
                            ModelServer.NAME,
                            address,
                            entry.model(),
                            EndpointSpec.Asks.COMPLETION,
                            Set.of(),
                            out));
        }
    }

    /** @param own arguments for what this server is for */
    private static Set<ResourceId> container(
            Stack stack,
            String name,
            ModelServer.Address address,
            ServerEntry entry,
            RegistryModel model,
            List<String> own,
            Contribution out) {
        ResourceId id = stack.id("container", name);
        Optional<Place> other = out.declared(id);
        if (other.isPresent()) { // whoever asks the stack's server would be answered by something else
            out.problem(
                    PATH,
                    id + " is the stack's own, and another container of this name is declared (" + other.get()
                            + "): give that another name, or leave the stack's out: "
                            + (name.equals(ModelServer.NAME)
                                    ? "ai.server.url: ADDRESS, if that one is to answer, or ai.server.enabled: false"
                                    : "ai.models.embedding: none"));
            return Set.of(id);
        }
        ObjectNode use = Json.MAPPER.createObjectNode();
        use.put("as", "container").put("port", address.port());
        boolean card = onCard(stack) && name.equals(ModelServer.NAME);
        boolean nvidia = stack.capacity()
                .card()
                .filter(maker -> maker == Hardware.Maker.NVIDIA)
                .isPresent();
        if (entry != null && entry.image() != null) {
            use.put("image", entry.image());
        } else if (card) {
            use.put("image", nvidia ? IMAGE_CUDA : IMAGE_VULKAN);
        }
        if (card) {
            use.putArray("devices").add(nvidia ? CDI_NVIDIA : DEVICES_OF_OTHERS);
        }
        if (entry != null && entry.memory() != null) {
            use.put("memory", entry.memory().toString());
        }
        use.putArray("folders")
                .addObject()
                .put("host", stack.folders().models().toString())
                .put("path", MODELS)
                .put("readOnly", true);
        // a server has its model in memory: with another one in the file it has to be made anew
        model.sha256().ifPresent(digest -> use.putObject("environment").put("HOMEOSTAT_MODEL_SHA256", digest));
        ArrayNode command = use.putArray("command");
        // of the container; the port is published on loopback only
        List.of("--host", "0.0.0.0", "--port", Integer.toString(ModelServer.PORT_INSIDE))
                .forEach(command::add);
        List.of("--model", MODELS + "/" + model.file().getFileName(), "--alias", model.id())
                .forEach(command::add);
        own.forEach(command::add);
        Set<ResourceId> first = Set.of(stack.id("ai", "stack"), model.resource());
        return out.hand(stack.scope(), "catalog", name, use, PATH, first);
    }

    private static List<String> talking(Stack stack, ServerEntry entry) {
        int context = entry == null || entry.context() == null ? ModelServer.CONTEXT_TOKENS : entry.context();
        List<String> arguments = new ArrayList<>(List.of("--ctx-size", Integer.toString(context)));
        if (Boolean.TRUE.equals(stack.entry().observability())) {
            arguments.add("--metrics");
        }
        if (onCard(stack)) {
            arguments.addAll(List.of("--n-gpu-layers", ALL_LAYERS));
        }
        if (entry != null && entry.arguments() != null) {
            arguments.addAll(entry.arguments());
        }
        return arguments;
    }

    /** Whoever runs it: ours, a container, or somebody else. */
    private static void knowledge(Stack stack, URI address, Contribution out) {
        out.add(new Desired<>(
                stack.id(EndpointKind.NAME, "knowledge"),
                new EndpointSpec(address.toString(), EndpointSpec.Asks.READINESS, null, KNOWLEDGE_START_LIMIT),
                Set.of(ResourceId.of("service", "homeostat-knowledge.service")),
                stack.places().apply("knowledge")));
    }

    private static void endpoint(
            Stack stack,
            String name,
            ModelServer.Address address,
            String model,
            EndpointSpec.Asks asks,
            Set<ResourceId> first,
            Contribution out) {
        ServerEntry entry = stack.entry().server();
        out.add(new Desired<>(
                stack.id(EndpointKind.NAME, name),
                new EndpointSpec(
                        address.base(),
                        asks,
                        model,
                        entry == null || entry.start() == null ? ModelServer.START_LIMIT : entry.start()),
                first,
                stack.places().apply(PATH)));
    }
}
