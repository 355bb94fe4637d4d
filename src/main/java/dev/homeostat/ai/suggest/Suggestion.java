package dev.homeostat.ai.suggest;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.util.StringQuotingChecker;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.io.StringReader;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.events.NodeEvent;

/**
 * A part of a declaration that a model has written: data of a stranger. It is taken apart and written anew, so that what is
 * shown is all there is: no comment, no anchor, no second document, no character that a terminal would obey.
 *
 * @param name for the file that it would become
 * @param yaml as it would stand there
 */
record Suggestion(String name, String yaml) {
    /** Some hundred entries: more is no suggestion that a person reads. */
    static final int LIMIT_CHARS = 64 * 1024;

    private static final int DEPTH_LIMIT = 40;
    /** Of what was no suggestion, in a message. */
    private static final int SHOWN_CHARS = 200;

    private static final int NAME_LIMIT_CHARS = 40;

    /** How the daemon decides and who may: that is for people to say. */
    private static final Set<String> NOT_FOR_MODELS = Set.of("policy");

    private static final String VERSION = "version";

    private static final Pattern FENCED = Pattern.compile("(?ms)^ {0,3}```[ \\t]*(?:ya?ml)?[ \\t]*\\R(.*?)^ {0,3}```");
    /** Control and format characters (colours, directions of writing), and what is no character at all. */
    private static final Pattern UNSHOWN = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Co}\\p{Cn}\\p{Cs}&&[^\\n\\t]]");

    private static final Pattern WORD = Pattern.compile("[a-z0-9]+");
    /** Words of a wish that say nothing of what it is about. */
    private static final Set<String> EMPTY_WORDS =
            Set.of("a", "an", "the", "for", "of", "in", "on", "to", "and", "with", "my", "me", "i", "please", "need");

    /**
     * Reads an answer.
     *
     * @param wish what it is an answer to
     * @throws Trouble invalid, if there is no suggestion in it, or one that is not for a model to make
     */
    static Suggestion of(String wish, String answer) throws Trouble {
        if (answer.length() > LIMIT_CHARS) {
            throw notOne("it has " + answer.length() + " characters, more than " + LIMIT_CHARS);
        }
        Matcher fenced = FENCED.matcher(answer);
        String text = fenced.find() ? fenced.group(1) : answer;
        if (fenced.find()) {
            throw notOne("there are several");
        }
        ObjectNode declaration = parsed(text);
        visible(text);
        visible(declaration);
        declaration.remove(VERSION);
        Set<String> refused = declaration.properties().stream()
                .map(Map.Entry::getKey)
                .filter(NOT_FOR_MODELS::contains)
                .collect(Collectors.toSet());
        if (!refused.isEmpty()) {
            throw notOne("it changes " + String.join(", ", refused) + ", which is for people to say");
        }
        if (declaration.isEmpty()) {
            throw notOne("nothing is declared in it");
        }
        return new Suggestion(name(wish), written(declaration));
    }

    private static ObjectNode parsed(String text) throws Trouble {
        LoaderOptions options = new LoaderOptions();
        options.setNestingDepthLimit(DEPTH_LIMIT);
        options.setAllowRecursiveKeys(false);
        options.setAllowDuplicateKeys(false);
        options.setCodePointLimit(LIMIT_CHARS);
        plain(text, options);
        ObjectReader reader = Json.MAPPER
                .readerFor(JsonNode.class)
                .with(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
                .with(YAMLFactory.builder().loaderOptions(options).build());
        try (var values = reader.readValues(reader.createParser(text))) {
            JsonNode first = values.hasNextValue() ? (JsonNode) values.nextValue() : null;
            if (values.hasNextValue()) {
                throw notOne("it has several documents");
            }
            if (first instanceof ObjectNode object) {
                return object;
            }
            throw notOne("it said: " + shown(text));
        } catch (JsonProcessingException e) {
            throw notOne("it is no YAML (" + shown(e.getOriginalMessage()) + "); it said: " + shown(text));
        } catch (IOException | RuntimeException e) {
            throw notOne("it is no YAML (" + shown(String.valueOf(e.getMessage())) + ")");
        }
    }

    /** Jackson takes an alias for text; what stands for something else is not what it looks like anyway. */
    private static void plain(String text, LoaderOptions options) throws Trouble {
        try {
            for (Event event : new Yaml(options).parse(new StringReader(text))) {
                if (event instanceof NodeEvent node && node.getAnchor() != null) {
                    throw notOne("it has an anchor or an alias (" + shown(node.getAnchor()) + ")");
                }
            }
        } catch (YAMLException e) {
            throw notOne("it is no YAML (" + shown(e.getMessage()) + "); it said: " + shown(text));
        }
    }

    /** Also what was written as an escape. */
    private static void visible(JsonNode node) throws Trouble {
        visible(node.asText());
        for (Map.Entry<String, JsonNode> entry : node.properties()) {
            visible(entry.getKey());
            visible(entry.getValue());
        }
        if (node.isArray()) {
            for (JsonNode element : node) {
                visible(element);
            }
        }
    }

    private static void visible(String text) throws Trouble {
        Matcher unshown = UNSHOWN.matcher(text);
        if (unshown.find()) {
            throw notOne(String.format(
                    Locale.ROOT,
                    "it has the character U+%04X, which cannot be seen",
                    text.codePointAt(unshown.start())));
        }
    }

    private static String written(ObjectNode declaration) throws Trouble {
        ObjectWriter writer = Json.MAPPER
                .writer()
                .with(YAMLFactory.builder()
                        .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
                        .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
                        .stringQuotingChecker(new Quoting())
                        .build());
        try {
            return writer.writeValueAsString(declaration);
        } catch (JsonProcessingException e) {
            throw notOne("it cannot be written: " + shown(e.getOriginalMessage()));
        }
    }

    /** Text stands without quotes only if no reader could take it for something else: 1e3 is a number to some. */
    private static final class Quoting extends StringQuotingChecker.Default {
        private static final long serialVersionUID = 1;
        private static final Pattern PLAIN = Pattern.compile("[A-Za-z/~][A-Za-z0-9/._~-]*");

        @Override
        public boolean needToQuoteValue(String value) {
            return !PLAIN.matcher(value).matches() || super.needToQuoteValue(value);
        }

        @Override
        public boolean needToQuoteName(String name) {
            return !PLAIN.matcher(name).matches() || super.needToQuoteName(name);
        }
    }

    /** From the words of the wish that say what it is about. */
    private static String name(String wish) {
        List<String> words = WORD.matcher(wish.toLowerCase(Locale.ROOT))
                .results()
                .map(MatchResult::group)
                .filter(word -> !EMPTY_WORDS.contains(word))
                .toList();
        String name = String.join("-", words);
        String cut = name.length() > NAME_LIMIT_CHARS ? name.substring(0, NAME_LIMIT_CHARS) : name;
        String trimmed = cut.replaceAll("-+$", "");
        return trimmed.isEmpty() ? "wish" : trimmed;
    }

    private static Trouble notOne(String why) {
        return Trouble.invalid(
                "the model's answer is no suggestion that can be used: " + why, "ask again, in other words");
    }

    /** The beginning of a stranger's words, as one line that a terminal can show. */
    static String shown(String text) {
        String line = text.replaceAll("[\\p{C}\\s]+", " ").strip();
        return line.length() > SHOWN_CHARS ? line.substring(0, SHOWN_CHARS) + "..." : line.isEmpty() ? "nothing" : line;
    }
}
