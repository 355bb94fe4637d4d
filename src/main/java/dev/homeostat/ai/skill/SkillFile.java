package dev.homeostat.ai.skill;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.homeostat.resource.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** SKILL.md in the open format (agentskills.io): what has to be in its head. */
final class SkillFile {
    static final String FILE = "SKILL.md";
    /** Lower-case letters, digits and single hyphens between them, 64 at most. */
    private static final Pattern NAMES = Pattern.compile("(?=.{1,64}$)[a-z0-9]+(-[a-z0-9]+)*");

    static final String NAME_FORM = "lower-case letters and digits, with single hyphens between them, at most 64";

    private static final int DESCRIPTION_LIMIT_CHARS = 1024;
    private static final int COMPATIBILITY_LIMIT_CHARS = 500;
    private static final Set<String> KNOWN =
            Set.of("name", "description", "license", "compatibility", "metadata", "allowed-tools");
    private static final String FENCE = "---";

    private SkillFile() {}

    static boolean isName(String name) {
        return NAMES.matcher(name).matches();
    }

    /**
     * What is wrong with it, a sentence each; empty if nothing is.
     *
     * @param folder the name of the folder that it is in
     */
    static List<String> problems(String folder, String text) {
        List<String> lines = text.lines().toList();
        int end = lines.subList(Math.min(1, lines.size()), lines.size()).indexOf(FENCE) + 1;
        if (lines.isEmpty() || !lines.getFirst().equals(FENCE) || end == 0) {
            return List.of("it does not begin with a head between two lines of " + FENCE);
        }
        JsonNode head;
        try {
            head = Json.MAPPER.reader().with(new YAMLFactory()).readTree(String.join("\n", lines.subList(1, end)));
        } catch (JsonProcessingException e) {
            return List.of("its head is no YAML: line "
                    + (e.getLocation() == null ? 0 : e.getLocation().getLineNr() + 1));
        } catch (IOException e) {
            throw new IllegalStateException("bug: reading from memory failed", e);
        }
        List<String> problems = new ArrayList<>();
        if (!head.isObject()) {
            return List.of("its head is no map");
        }
        String name = head.path("name").asText("");
        if (!isName(name)) {
            problems.add("name: expected " + NAME_FORM);
        } else if (!name.equals(folder)) {
            problems.add("name: is not that of its folder, " + folder);
        }
        String description = head.path("description").asText("").strip();
        if (description.isEmpty() || description.length() > DESCRIPTION_LIMIT_CHARS) {
            problems.add("description: expected 1 to " + DESCRIPTION_LIMIT_CHARS + " characters");
        }
        if (head.path("compatibility").asText("").length() > COMPATIBILITY_LIMIT_CHARS) {
            problems.add("compatibility: expected at most " + COMPATIBILITY_LIMIT_CHARS + " characters");
        }
        head.fieldNames().forEachRemaining(field -> {
            if (!KNOWN.contains(field)) {
                problems.add(field + ": is not of the format");
            }
        });
        if (lines.subList(end + 1, lines.size()).stream().allMatch(String::isBlank)) {
            problems.add("there is nothing below its head");
        }
        return problems;
    }
}
