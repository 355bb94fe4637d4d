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
import dev.homeostat.resource.ResourceId;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
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
    /** A container may have to be pulled; ours answers within a second or two. */
    private static final Duration KNOWLEDGE_START_LIMIT = Duration.ofMinutes(2);

    private final ModelCatalog models;

    public ServerPart(ModelCatalog models) {
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
        Set<ResourceId> container = container(stack, entry, model.get(), address.get(), out);
        endpoint(stack, address.get().base(), model.get().id(), entry, container, out);
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
            stack.server().ifPresent(address -> endpoint(stack, address.base(), entry.model(), entry, Set.of(), out));
        }
    }

    private Set<ResourceId> container(
            Stack stack, ServerEntry entry, RegistryModel model, ModelServer.Address address, Contribution out) {
        ObjectNode use = Json.MAPPER.createObjectNode();
        use.put("as", "container").put("port", address.port());
        boolean card = stack.profile() == Profile.GPU;
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
        ArrayNode command = use.putArray("command");
        arguments(entry, model, card, Boolean.TRUE.equals(stack.entry().observability()))
                .forEach(command::add);
        Set<ResourceId> first = new HashSet<>(Set.of(stack.id("ai", "stack"), model.resource()));
        return out.hand(stack.scope(), "catalog", ModelServer.NAME, use, PATH, first);
    }

    private static List<String> arguments(ServerEntry entry, RegistryModel model, boolean card, boolean watched) {
        List<String> arguments = new ArrayList<>(List.of(
                "--host", "0.0.0.0", // of the container; the port is published on loopback only
                "--port", Integer.toString(ModelServer.PORT_INSIDE),
                "--model", MODELS + "/" + model.file().getFileName(),
                "--alias", model.id(),
                "--ctx-size",
                        Integer.toString(
                                entry == null || entry.context() == null
                                        ? ModelServer.CONTEXT_TOKENS
                                        : entry.context())));
        if (watched) {
            arguments.add("--metrics");
        }
        if (card) {
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
            Stack stack, String base, String model, ServerEntry entry, Set<ResourceId> first, Contribution out) {
        out.add(new Desired<>(
                stack.id(EndpointKind.NAME, ModelServer.NAME),
                new EndpointSpec(
                        base,
                        EndpointSpec.Asks.COMPLETION,
                        model,
                        entry == null || entry.start() == null ? ModelServer.START_LIMIT : entry.start()),
                first,
                stack.places().apply(PATH)));
    }
}
