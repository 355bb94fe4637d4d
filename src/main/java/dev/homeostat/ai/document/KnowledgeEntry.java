package dev.homeostat.ai.document;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.net.URI;

/** The key {@code ai.knowledge} as it is written; null where nothing is said. */
public record KnowledgeEntry(
        @JsonPropertyDescription("Whether there is one. Not given: yes")
        Boolean enabled,

        @JsonPropertyDescription("Where it answers on 127.0.0.1. Not given: 8091") @Min(1) @Max(65535)
        Integer port,

        @JsonPropertyDescription(
                "A container that is declared, of the same user or of the system, is the knowledge base: it has the same HTTP API and answers on port")
        @Pattern(regexp = "^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}$", message = "the name of a container")
        String container,

        @JsonPropertyDescription("What answers there is the knowledge base, whoever runs it: http://127.0.0.1:8091")
        @Pattern(
                regexp = "^http://(127\\.0\\.0\\.1|localhost|\\[::1\\]):[1-9][0-9]{0,4}$",
                message = "the address of a server on this machine, such as http://127.0.0.1:8091")
        String url,

        @JsonPropertyDescription(
                "auto (the default): documents are found by meaning, too, where the stack has a server for models and model says with which. off: by words only")
        Embedding embeddings,

        @JsonPropertyDescription("The model that makes vectors of texts, as the server for models calls it")
        @Size(min = 1, max = 200)
        @Pattern(regexp = "^[^\\p{Cntrl}\\s]+$", message = "the name of a model, without blanks")
        String model) {
    /** The knowledge base's own default, see its Settings. */
    static final int USUAL_PORT = 8091;

    private static final KnowledgeEntry USUAL = new KnowledgeEntry(null, null, null, null, null, null);

    /** Whether texts become vectors. */
    public enum Embedding {
        @JsonProperty("auto")
        AUTO,
        @JsonProperty("off")
        OFF
    }

    /** @param written null if nothing is */
    public static KnowledgeEntry of(KnowledgeEntry written) {
        return written == null ? USUAL : written;
    }

    /** Whether there is one. */
    public boolean wanted() {
        return !Boolean.FALSE.equals(enabled);
    }

    /** Whether it is the one that came with this program. */
    boolean ours() {
        return container == null && url == null;
    }

    int portOrUsual() {
        return port == null ? USUAL_PORT : port;
    }

    /** Where it answers. */
    public URI address() {
        return URI.create(url == null ? "http://127.0.0.1:" + portOrUsual() : url);
    }
}
