package dev.homeostat.control.console.first;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.homeostat.control.console.text.Structured;
import dev.homeostat.resource.Problem;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** What of a draft a declaration takes, by the rules of the declaration itself. */
final class Accepted {
    /** More rounds than a value has parents. */
    private static final int ROUNDS = 20;

    private Accepted() {}

    /**
     * Takes out of the draft what is not accepted.
     *
     * @param draft top-level sections without {@code version}; changed
     * @param validate what is wrong with a declaration
     * @return the keys that were taken out, each with the reason
     */
    static Map<String, String> settle(ObjectNode draft, Function<byte[], List<Problem>> validate) {
        Map<String, String> out = new LinkedHashMap<>();
        for (int round = 0; round < ROUNDS; round++) {
            ObjectNode whole = draft.objectNode().put("version", 1);
            whole.setAll(draft);
            String yaml = String.join("\n", Structured.YAML.lines(whole)) + "\n";
            List<Problem> problems = validate.apply(yaml.getBytes(UTF_8));
            if (problems.isEmpty()) {
                return out;
            }
            boolean removed = false;
            for (Problem problem : problems) {
                String gone = remove(draft, problem.key());
                if (!gone.isEmpty()) {
                    out.putIfAbsent(gone, problem.message());
                    removed = true;
                }
            }
            if (!removed) {
                throw new IllegalStateException("a draft cannot be made valid: " + problems);
            }
        }
        throw new IllegalStateException("a draft does not become valid");
    }

    /** @return the key that was taken out: what is named, or the nearest around it that is there; empty if none is */
    private static String remove(ObjectNode draft, String key) {
        List<String> path = new ArrayList<>(List.of(key.split("\\.")));
        while (!path.isEmpty()) {
            JsonNode parent = draft;
            for (String step : path.subList(0, path.size() - 1)) {
                parent = parent.path(step);
            }
            if (parent instanceof ObjectNode object && object.remove(path.getLast()) != null) {
                return String.join(".", path);
            }
            path.removeLast();
        }
        return "";
    }
}
