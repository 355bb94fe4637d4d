package dev.homeostat.declaration;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.homeostat.declaration.Located.Field;
import dev.homeostat.declaration.Located.Fields;
import dev.homeostat.declaration.Located.Items;
import dev.homeostat.declaration.Located.Scalar;
import dev.homeostat.resource.Place;
import dev.homeostat.resource.Problem;
import java.io.StringReader;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/**
 * One YAML file, read with places. Scalars mean what YAML 1.2's core schema says ({@code no} and {@code on} are text), and
 * a number with leading zeros is text too, so that {@code 0644} stays what it looks like.
 */
final class YamlReader {
    /** Far above any declaration written by people. */
    static final int SIZE_LIMIT_BYTES = 2 * 1024 * 1024;

    private static final int DEPTH_LIMIT = 40;
    /** Of values once aliases are expanded: what stops "billion laughs". */
    private static final int VALUES_LIMIT = 100_000;

    private static final Pattern INTEGER = Pattern.compile("[-+]?(0|[1-9][0-9]{0,18})");
    private static final Pattern DECIMAL = Pattern.compile("[-+]?(0|[1-9][0-9]*)?\\.?[0-9]+([eE][-+]?[0-9]+)?");
    private static final Pattern LEADING_ZERO = Pattern.compile("[-+]?0[0-9]+");
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final String file;
    private final List<Problem> problems;
    private int values;

    private YamlReader(String file, List<Problem> problems) {
        this.file = file;
        this.problems = problems;
    }

    /** Null if it could not be read; then {@code problems} says why. */
    static Fields read(String file, byte[] content, List<Problem> problems) {
        return new YamlReader(file, problems).read(content);
    }

    private Fields read(byte[] content) {
        if (content.length > SIZE_LIMIT_BYTES) {
            return refuse(
                    whole(), "has " + content.length + " bytes, more than the " + SIZE_LIMIT_BYTES + " that are read");
        }
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(content))
                    .toString();
        } catch (CharacterCodingException e) {
            return refuse(badByte(content), "is not UTF-8 text");
        }
        List<Node> documents = new ArrayList<>();
        try {
            compose(text).forEach(documents::add);
        } catch (MarkedYAMLException e) {
            return refuse(place(e.getProblemMark()), syntax(e));
        } catch (YAMLException e) {
            return refuse(whole(), "is not YAML: " + firstLine(e.getMessage()));
        }
        if (documents.isEmpty()) {
            return refuse(whole(), "is empty: expected at least \"version: 1\"");
        }
        if (documents.size() > 1) {
            return refuse(place(documents.get(1).getStartMark()), "has a second document (---): expected one");
        }
        int before = problems.size();
        Located root = locate(documents.getFirst(), 0);
        if (problems.size() > before) {
            return null;
        }
        if (root instanceof Fields fields) {
            return fields;
        }
        return refuse(root.place(), "expected keys such as \"version: 1\", found " + describe(root));
    }

    private static Iterable<Node> compose(String text) {
        LoaderOptions options = new LoaderOptions();
        options.setCodePointLimit(SIZE_LIMIT_BYTES);
        options.setNestingDepthLimit(DEPTH_LIMIT);
        // aliases are counted below, after expansion
        options.setMaxAliasesForCollections(Integer.MAX_VALUE);
        return new Yaml(new SafeConstructor(options)).composeAll(new StringReader(text));
    }

    private Located locate(Node node, int depth) {
        Place place = place(node.getStartMark());
        if (++values > VALUES_LIMIT || depth > DEPTH_LIMIT) {
            if (values == VALUES_LIMIT + 1 || depth > DEPTH_LIMIT) {
                refuse(
                        place,
                        depth > DEPTH_LIMIT
                                ? "is nested too deeply (an alias to itself?)"
                                : "has too many values once its aliases are expanded");
                values = VALUES_LIMIT + 2;
            }
            return new Scalar(JSON.nullNode(), place);
        }
        if (!node.getTag().startsWith("tag:yaml.org,2002:")) {
            refuse(place, "has the tag " + node.getTag() + ": tags are not used here");
        }
        return switch (node) {
            case ScalarNode scalar -> new Scalar(value(scalar), place);
            case SequenceNode sequence -> {
                List<Located> items = new ArrayList<>();
                for (Node item : sequence.getValue()) {
                    items.add(locate(item, depth + 1));
                    if (values > VALUES_LIMIT) {
                        break;
                    }
                }
                yield new Items(items, place);
            }
            case MappingNode mapping -> fields(mapping, place, depth);
            default -> throw new IllegalStateException("no such YAML node: " + node.getClass());
        };
    }

    private Fields fields(MappingNode mapping, Place place, int depth) {
        Map<String, Field> fields = new LinkedHashMap<>();
        for (NodeTuple tuple : mapping.getValue()) {
            Place keyPlace = place(tuple.getKeyNode().getStartMark());
            if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
                refuse(keyPlace, "a key has to be plain text");
                continue;
            }
            Field before = fields.get(key.getValue());
            if (before != null) {
                refuse(keyPlace, "\"" + key.getValue() + "\" is given twice, first at " + before.keyPlace());
                continue;
            }
            if (key.getValue().equals("<<")) {
                refuse(
                        keyPlace,
                        "merge keys (<<) are not used here: repeat the values, or use an alias for a whole value");
                continue;
            }
            fields.put(key.getValue(), new Field(keyPlace, locate(tuple.getValueNode(), depth + 1)));
            if (values > VALUES_LIMIT) {
                break;
            }
        }
        return new Fields(fields, place);
    }

    private static JsonNode value(ScalarNode node) {
        String text = node.getValue();
        if (node.getScalarStyle() != DumperOptions.ScalarStyle.PLAIN
                || node.getTag().getValue().endsWith(":str") && quotedTag(node)) {
            return JSON.textNode(text);
        }
        return switch (text) {
            case "", "~", "null", "Null", "NULL" -> JSON.nullNode();
            case "true", "True", "TRUE" -> JSON.booleanNode(true);
            case "false", "False", "FALSE" -> JSON.booleanNode(false);
            default -> number(text);
        };
    }

    /** {@code !!str 123}: the tag was written, since a resolver would have said int. */
    private static boolean quotedTag(ScalarNode node) {
        return INTEGER.matcher(node.getValue()).matches()
                || DECIMAL.matcher(node.getValue()).matches();
    }

    private static JsonNode number(String text) {
        if (LEADING_ZERO.matcher(text).matches()) {
            return JSON.textNode(text);
        }
        if (INTEGER.matcher(text).matches()) {
            BigInteger n = new BigInteger(text.startsWith("+") ? text.substring(1) : text);
            return n.bitLength() < 32
                    ? JSON.numberNode(n.intValue())
                    : n.bitLength() < 64 ? JSON.numberNode(n.longValue()) : JSON.numberNode(n);
        }
        if (DECIMAL.matcher(text).matches()) {
            return JSON.numberNode(Double.parseDouble(text));
        }
        return JSON.textNode(text);
    }

    static String describe(Located value) {
        return switch (value) {
            case Fields ignored -> "keys and values";
            case Items ignored -> "a list";
            case Scalar s ->
                s.value().isNull()
                        ? "nothing"
                        : s.value().isTextual()
                                ? "the text \"" + s.value().asText() + "\""
                                : s.value().asText();
        };
    }

    private static String syntax(MarkedYAMLException e) {
        String problem = e.getProblem() == null ? firstLine(e.getMessage()) : e.getProblem();
        String tab = problem.contains("\\t") ? " (indent with spaces, not tabs)" : "";
        String context = e.getContext() == null ? "" : " " + e.getContext();
        return "is not YAML: " + problem.trim() + context + tab;
    }

    private static String firstLine(String text) {
        int end = text.indexOf('\n');
        return end < 0 ? text : text.substring(0, end);
    }

    private Place badByte(byte[] content) {
        var decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer in = ByteBuffer.wrap(content);
        decoder.decode(in, java.nio.CharBuffer.allocate(content.length + 1), true);
        int line = 1;
        int column = 1;
        for (int i = 0; i < in.position(); i++) {
            column = content[i] == '\n' ? 1 : column + 1;
            line += content[i] == '\n' ? 1 : 0;
        }
        return new Place(file, line, column);
    }

    private Place whole() {
        return new Place(file, 0, 0);
    }

    private Place place(Mark mark) {
        return mark == null ? whole() : new Place(file, mark.getLine() + 1, mark.getColumn() + 1);
    }

    private Fields refuse(Place place, String message) {
        problems.add(new Problem(place, "", message));
        return null;
    }
}
