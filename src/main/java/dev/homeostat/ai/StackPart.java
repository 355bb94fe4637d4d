package dev.homeostat.ai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.ResourceId;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The folders that everything of the stack lies in, and what was chosen. */
@ApplicationScoped
public class StackPart implements Part {
    /** Conversations and documents of one's own: nobody else's business. */
    private static final String MODE = "0700";

    private final ModelCatalog models;

    public StackPart(ModelCatalog models) {
        this.models = models;
    }

    @Override
    public void read(Stack stack, Contribution out) {
        Set<ResourceId> folders = new HashSet<>();
        for (Path folder : List.of(stack.folders().data(), stack.folders().config())) {
            ObjectNode entry =
                    Json.MAPPER.createObjectNode().put("type", "folder").put("mode", MODE);
            folders.addAll(out.hand(stack.scope(), "files", folder.toString(), entry, "", Set.of()));
        }
        List<String> because = new ArrayList<>();
        because.add(stack.profile().label() + ": " + stack.choice().why());
        ModelCatalog.Pick pick = models.pick(stack);
        because.addAll(pick.why());
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
