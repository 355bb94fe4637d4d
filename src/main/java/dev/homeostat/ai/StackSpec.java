package dev.homeostat.ai;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.homeostat.resource.Spec;
import java.util.List;

/**
 * What was chosen for a machine.
 *
 * @param profile of the stack
 * @param chat id of the model that talks; null without one
 * @param embedding id of the model that makes vectors of texts; null without one
 * @param because why, sentences
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record StackSpec(Profile profile, String chat, String embedding, List<String> because) implements Spec {
    public StackSpec {
        because = List.copyOf(because);
    }
}
