package dev.homeostat.declaration;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.homeostat.declaration.Located.Field;
import dev.homeostat.declaration.Located.Fields;
import dev.homeostat.declaration.Located.Items;
import dev.homeostat.declaration.Located.Scalar;
import dev.homeostat.resource.Place;
import dev.homeostat.resource.Problem;
import java.io.StringReader;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.events.CollectionEndEvent;
import org.yaml.snakeyaml.events.CollectionStartEvent;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeId;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.reader.ReaderException;
import org.yaml.snakeyaml.resolver.Resolver;

/**
 * One YAML file, read with places. Scalars mean what YAML 1.2's core schema says ({@code no} and {@code on} are text), and
 * a number with leading zeros is text too, so that {@code 0644} stays what it looks like.
 */
final class YamlReader {
    /** Far above any declaration written by people. */
    static final int SIZE_LIMIT_BYTES = 2 * 1024 * 1024;

    private static final int DEPTH_LIMIT = 40;
    /** As deep as the parser may go before it has to be asked where it got too deep; each level costs it stack. */
    private static final int PARSER_DEPTH_LIMIT = 2 * DEPTH_LIMIT;
    /** Of values once aliases are expanded: what stops "billion laughs". */
    private static final int VALUES_LIMIT = 100_000;
    /** Of text once aliases are expanded: aliases never make more of a file than the largest file has. */
    private static final int TEXT_LIMIT_CHARS = SIZE_LIMIT_BYTES;
    /** No number that a machine is configured with has more; it would not be exact in other programs either. */
    private static final int NUMBER_LIMIT_CHARS = 30;
    /** Of the power of ten. */
    private static final int NUMBER_LIMIT_EXPONENT = 30;

    private static final Pattern INTEGER = Pattern.compile("[-+]?(0|[1-9][0-9]{0,18})");
    private static final Pattern DECIMAL =
            Pattern.compile("[-+]?(0|[1-9][0-9]*)?\\.?[0-9]+([eE](?<exponent>[-+]?[0-9]{1,9})[0-9]*)?");
    private static final Pattern LEADING_ZERO = Pattern.compile("[-+]?0[0-9]+");
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    /** What {@link #compose} resolves with. */
    private static final Resolver RESOLVER = new Resolver();

    private static final String TAGS = ": tags are not used here, take it away";
    /** How the parser's own message begins. */
    private static final String GLOBAL_TAG = "Global tag is not allowed:";

    private static final String BYTE_ORDER_MARK = "\uFEFF";
    private static final String TOO_DEEP = "is nested more than " + DEPTH_LIMIT + " deep (an alias to itself?)";
    private static final String TORN = "has half of a character (a lone surrogate): write the whole one";

    private final String file;
    private final List<Problem> problems;
    private int values;
    private long characters;
    private boolean tooMuch;

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
                    whole(),
                    "has more than the " + SIZE_LIMIT_BYTES + " bytes that are read: move large content into files of"
                            + " its own (source), or split it over machine.d");
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
            return refuse(badByte(content), "is not UTF-8 text: save it as UTF-8");
        }
        if (text.startsWith(BYTE_ORDER_MARK)) {
            text = text.substring(1); // some editors begin UTF-8 with it; it says nothing
        }
        List<Node> documents = new ArrayList<>();
        try {
            compose(text).forEach(documents::add);
        } catch (ReaderException e) {
            return refuse(
                    placeAt(text, e.getPosition()),
                    String.format("has the control character U+%04X: remove it", e.getCodePoint()));
        } catch (MarkedYAMLException e) {
            return refuse(place(e.getProblemMark()), syntax(e));
        } catch (YAMLException e) {
            Place deep = tooDeep(text);
            return deep != null
                    ? refuse(deep, TOO_DEEP)
                    : refuse(new Place(file, 1, 1), "is not YAML: " + firstLine(e.getMessage()));
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
        options.setNestingDepthLimit(PARSER_DEPTH_LIMIT);
        // aliases are counted below, after expansion
        options.setMaxAliasesForCollections(Integer.MAX_VALUE);
        return new Yaml(new SafeConstructor(options)).composeAll(new StringReader(text));
    }

    /** Where a text is nested more deeply than the parser goes; null if it is not. Needs no stack. */
    private Place tooDeep(String text) {
        int depth = 0;
        try {
            for (Event event : new Yaml(new LoaderOptions()).parse(new StringReader(text))) {
                depth += event instanceof CollectionStartEvent ? 1 : event instanceof CollectionEndEvent ? -1 : 0;
                if (depth > PARSER_DEPTH_LIMIT) {
                    return place(event.getStartMark());
                }
            }
        } catch (YAMLException e) {
            return null; // something else is wrong, and comes first
        }
        return null;
    }

    private Located locate(Node node, int depth) {
        Place place = place(node.getStartMark());
        values++;
        characters += node instanceof ScalarNode scalar ? scalar.getValue().length() : 0;
        if (!tooMuch && (depth > DEPTH_LIMIT || values > VALUES_LIMIT || characters > TEXT_LIMIT_CHARS)) {
            tooMuch = true;
            refuse(
                    place,
                    depth > DEPTH_LIMIT
                            ? TOO_DEEP
                            : values > VALUES_LIMIT
                                    ? "has too many values once its aliases are expanded: at most " + VALUES_LIMIT
                                    : "has too much text once its aliases are expanded: at most " + TEXT_LIMIT_CHARS
                                            + " characters");
        }
        if (tooMuch) {
            return new Scalar(JSON.nullNode(), place);
        }
        if (!node.getTag().equals(Tag.STR) && !node.getTag().equals(impliedTag(node))) {
            refuse(place, "has the tag " + shortTag(node.getTag().getValue()) + TAGS);
        }
        return switch (node) {
            case ScalarNode scalar -> new Scalar(value(scalar, place), place);
            case SequenceNode sequence -> {
                List<Located> items = new ArrayList<>();
                for (Node item : sequence.getValue()) {
                    items.add(locate(item, depth + 1));
                    if (tooMuch) {
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
            if (isTorn(key.getValue())) {
                refuse(keyPlace, TORN);
            }
            characters += key.getValue().length();
            fields.put(key.getValue(), new Field(keyPlace, locate(tuple.getValueNode(), depth + 1)));
            if (tooMuch) {
                break;
            }
        }
        return new Fields(fields, place);
    }

    /** Half of a surrogate pair, as in {@code "\\uD800"}: no text that could be written to a file. */
    private static boolean isTorn(String text) {
        return !StandardCharsets.UTF_8.newEncoder().canEncode(text);
    }

    /** The tag that a value has although none is written; it decides nothing, since {@link #value} goes by the text. */
    private static Tag impliedTag(Node node) {
        return switch (node) {
            case ScalarNode scalar ->
                RESOLVER.resolve(
                        NodeId.scalar, scalar.getValue(), scalar.getScalarStyle() == DumperOptions.ScalarStyle.PLAIN);
            case SequenceNode ignored -> Tag.SEQ;
            default -> Tag.MAP;
        };
    }

    private static String shortTag(String tag) {
        return tag.startsWith(Tag.PREFIX) ? "!!" + tag.substring(Tag.PREFIX.length()) : tag;
    }

    private JsonNode value(ScalarNode node, Place place) {
        String text = node.getValue();
        if (isTorn(text)) {
            refuse(place, TORN);
        }
        if (node.getScalarStyle() != DumperOptions.ScalarStyle.PLAIN
                || node.getTag().getValue().endsWith(":str") && quotedTag(node)) {
            return JSON.textNode(text);
        }
        return switch (text) {
            case "", "~", "null", "Null", "NULL" -> JSON.nullNode();
            case "true", "True", "TRUE" -> JSON.booleanNode(true);
            case "false", "False", "FALSE" -> JSON.booleanNode(false);
            default -> number(text, place);
        };
    }

    /** {@code !!str 123}: the tag was written, since a resolver would have said int. */
    private static boolean quotedTag(ScalarNode node) {
        return INTEGER.matcher(node.getValue()).matches()
                || DECIMAL.matcher(node.getValue()).matches();
    }

    private JsonNode number(String text, Place place) {
        if (LEADING_ZERO.matcher(text).matches()) {
            return JSON.textNode(text);
        }
        if (INTEGER.matcher(text).matches()) {
            BigInteger n = new BigInteger(text.startsWith("+") ? text.substring(1) : text);
            return n.bitLength() < 32
                    ? JSON.numberNode(n.intValue())
                    : n.bitLength() < 64 ? JSON.numberNode(n.longValue()) : JSON.numberNode(n);
        }
        Matcher decimal = DECIMAL.matcher(text);
        if (decimal.matches()) {
            String exponent = decimal.group("exponent") == null ? "0" : decimal.group("exponent");
            if (text.length() > NUMBER_LIMIT_CHARS || Math.abs(Integer.parseInt(exponent)) > NUMBER_LIMIT_EXPONENT) {
                refuse(place, "is too large or too exact for a number: put it in quotes if it is text");
                return JSON.textNode(text);
            }
            return DecimalNode.valueOf(new BigDecimal(text)); // exact: 1.10 stays 1.10
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
        if (problem.startsWith(GLOBAL_TAG)) {
            return "has the tag "
                    + shortTag(problem.substring(GLOBAL_TAG.length()).strip()) + TAGS;
        }
        if (problem.contains("TAB")) {
            return "is not YAML: a tab in the indentation: indent with spaces";
        }
        String hint = problem.contains("<block") ? ": is the line indented like its neighbours?" : "";
        String context = e.getContext() == null ? "" : " " + e.getContext();
        return "is not YAML: " + problem.trim().replace("<stream end>", "the end of the file") + context + hint;
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

    private Place placeAt(String text, int position) {
        int line = 1;
        int column = 1;
        int end = text.offsetByCodePoints(0, Math.min(position, text.codePointCount(0, text.length())));
        for (int i = 0; i < end; i++) {
            column = text.charAt(i) == '\n' ? 1 : column + 1;
            line += text.charAt(i) == '\n' ? 1 : 0;
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
