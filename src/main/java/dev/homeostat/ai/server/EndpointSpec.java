package dev.homeostat.ai.server;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.homeostat.resource.Spec;
import java.time.Duration;

/**
 * Something that is to answer by HTTP.
 *
 * @param base address without a slash at its end
 * @param asks for what
 * @param model that is to answer; null for the first one that the server names
 * @param start how long after it was first found silent it counts as still starting
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record EndpointSpec(String base, Asks asks, String model, Duration start) implements Spec {
    /** What shows that it works. */
    public enum Asks {
        /** A list of models that has the model, and a conversation of one word, by OpenAI's API. */
        @JsonProperty("completion")
        COMPLETION("a list of models, and one of them to a question"),
        /** A list of models that has the model, and a vector of one word, by OpenAI's API. */
        @JsonProperty("embedding")
        EMBEDDING("a list of models, and one of them with a vector"),
        /** That it says that it is ready: {@code /readyz}. */
        @JsonProperty("readiness")
        READINESS("that it is ready");

        private final String words;

        Asks(String words) {
            this.words = words;
        }

        /** For people. */
        String words() {
            return words;
        }
    }
}
