package dev.homeostat.ai.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A settings file of somebody else's: a JSON object, of which the entries of one object in it are changed. It is changed as
 * text, so that everything else stays to the character: order, spaces, comments, how numbers are written. Comments and
 * trailing commas are read, because editors allow them. Immutable.
 */
final class JsonFile {
    /** Most programs indent by two. */
    private static final String USUAL_INDENT = "  ";

    private static final ObjectReader READER = Json.MAPPER
            .readerFor(JsonNode.class)
            .withFeatures(JsonReadFeature.ALLOW_JAVA_COMMENTS, JsonReadFeature.ALLOW_TRAILING_COMMA)
            // which of two would count differs from program to program
            .with(StreamReadFeature.STRICT_DUPLICATE_DETECTION);

    private final Path path;
    private final String key;
    private final String text;
    private final Span root;
    private final Member holder;
    private final Span entries;

    /** An object in the text: its braces included. */
    private record Span(int start, int end, List<Member> members) {}

    /** One member of an object, by character: from its name's first quote to the end of its value. */
    private record Member(String name, int start, int valueStart, int end) {}

    private JsonFile(Path path, String key, String text) throws Trouble {
        this.path = path;
        this.key = key;
        this.text = text;
        this.root = object(0, text.length());
        this.holder = root.members.stream()
                .filter(m -> m.name.equals(key))
                .findFirst()
                .orElse(null);
        if (holder != null && text.charAt(holder.valueStart) != '{') {
            throw Trouble.conflict(
                    "\"" + key + "\" in " + path + " is no object", "correct it; nothing in the file was touched");
        }
        this.entries = holder == null ? null : object(holder.valueStart, holder.end);
    }

    /**
     * @param content of the file; null or blank if there is none
     * @param key under which the entries are
     * @throws Trouble conflict, if it is not such a file, with line and column
     */
    static JsonFile read(Path path, byte[] content, String key) throws Trouble {
        String text;
        try {
            text = content == null
                    ? ""
                    : UTF_8.newDecoder()
                            .onMalformedInput(CodingErrorAction.REPORT)
                            .onUnmappableCharacter(CodingErrorAction.REPORT)
                            .decode(ByteBuffer.wrap(content))
                            .toString();
        } catch (CharacterCodingException e) {
            throw Trouble.conflict(path + " is not UTF-8", "correct it; nothing in it was touched");
        }
        return new JsonFile(path, key, text.isBlank() ? "{}\n" : text);
    }

    byte[] bytes() {
        return text.getBytes(UTF_8);
    }

    /** An entry of that name. */
    Optional<JsonNode> entry(String name) {
        Member member = member(name);
        if (member == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(READER.readTree(text.substring(member.valueStart, member.end)));
        } catch (IOException e) {
            throw new IllegalStateException("bug: a part of what was read cannot be read: " + path, e);
        }
    }

    /** Whether there is the object that holds the entries. */
    boolean hasHolder() {
        return holder != null;
    }

    /** Whether nothing is in it, or nothing but the object for entries without any. */
    boolean isEmpty() {
        return root.members.isEmpty() || holder != null && root.members.size() == 1 && entries.members.isEmpty();
    }

    boolean hasEntries() {
        return entries != null && !entries.members.isEmpty();
    }

    JsonFile with(String name, JsonNode value) throws Trouble {
        if (holder == null) {
            return insert(root, key, "{}").with(name, value);
        }
        Member member = member(name);
        if (member == null) {
            return insert(entries, name, shown(value, indentIn(entries)));
        }
        return changed(member.valueStart, member.end, shown(value, indentOf(member)));
    }

    JsonFile without(String name) throws Trouble {
        Member member = member(name);
        return member == null ? this : remove(entries, member);
    }

    /** Also the object that holds the entries, if it is empty. */
    JsonFile withoutEmptyHolder() throws Trouble {
        return holder == null || hasEntries() ? this : remove(root, holder);
    }

    private Member member(String name) {
        return entries == null
                ? null
                : entries.members.stream()
                        .filter(m -> m.name.equals(name))
                        .findFirst()
                        .orElse(null);
    }

    // ---- change

    private JsonFile changed(int start, int end, String with) throws Trouble {
        return new JsonFile(path, key, text.substring(0, start) + with + text.substring(end));
    }

    private JsonFile insert(Span into, String name, String value) throws Trouble {
        String member = Json.write(name) + ": " + value;
        boolean lines = into.members.isEmpty() || lineOf(into.members.getFirst()) != null;
        if (!into.members.isEmpty()) {
            int at = into.members.getLast().end;
            return changed(at, at, "," + (lines ? newline() + indentIn(into) : " ") + member);
        }
        int at = into.start + 1;
        String closing = text.substring(at, afterSpaces(at)).indexOf('\n') >= 0
                ? "" // the brace is on a line of its own already
                : newline() + indentOfLine(into.start);
        return changed(at, at, newline() + indentIn(into) + member + closing);
    }

    private JsonFile remove(Span from, Member member) throws Trouble {
        int index = from.members.indexOf(member);
        boolean last = index == from.members.size() - 1;
        int before = index == 0 ? from.start + 1 : from.members.get(index - 1).end;
        // the end of a line stays if it ends a comment
        boolean spaces = text.substring(before, member.start).indexOf("//") < 0;
        int start = spaces ? Math.max(before, beforeSpaces(member.start)) : member.start;
        StringBuilder next = new StringBuilder(text);
        if (index > 0) { // a comma behind the last one stays where it is: it was one behind the last before
            int comma = comma(before);
            next.delete(Math.max(start, comma + 1), member.end).delete(comma, comma + 1);
        } else {
            int comma = comma(member.end);
            if (comma >= 0) {
                next.delete(comma, last ? comma + 1 : afterSpaces(comma + 1));
            } else if (spaces) {
                next.delete(member.end, afterSpaces(member.end));
            }
            next.delete(last ? start : member.start, member.end);
        }
        return new JsonFile(path, key, next.toString());
    }

    private int beforeSpaces(int at) {
        int start = at;
        while (start > 0 && Character.isWhitespace(text.charAt(start - 1))) {
            start--;
        }
        return start;
    }

    private int afterSpaces(int at) {
        int end = at;
        while (end < text.length() && Character.isWhitespace(text.charAt(end))) {
            end++;
        }
        return end;
    }

    /** Where the comma is that comes next, comments aside; -1 if something else does. */
    private int comma(int from) {
        int at = afterSpaces(from);
        while (text.startsWith("//", at) || text.startsWith("/*", at)) {
            int end = text.charAt(at + 1) == '/' ? text.indexOf('\n', at) : text.indexOf("*/", at + 2) + 2;
            at = afterSpaces(end);
        }
        return text.charAt(at) == ',' ? at : -1;
    }

    // ---- how it is written

    private String newline() {
        return text.contains("\r\n") ? "\r\n" : "\n";
    }

    /** The spaces before a member that begins its line; null if something else is before it. */
    private String lineOf(Member member) {
        int start = text.lastIndexOf('\n', member.start) + 1;
        String spaces = text.substring(start, member.start);
        return start > 0 && spaces.isBlank() ? spaces : null;
    }

    private String indentOfLine(int at) {
        int start = text.lastIndexOf('\n', at) + 1;
        int end = start;
        while (end < at && (text.charAt(end) == ' ' || text.charAt(end) == '\t')) {
            end++;
        }
        return text.substring(start, end);
    }

    /** By how much it is indented from one level to the next. */
    private String step() {
        String first = root.members.isEmpty() ? null : lineOf(root.members.getFirst());
        return first == null || first.isEmpty() ? USUAL_INDENT : first;
    }

    private String indentIn(Span object) {
        String first = object.members.isEmpty() ? null : lineOf(object.members.getFirst());
        return first != null ? first : indentOfLine(object.start) + step();
    }

    private String indentOf(Member member) {
        String own = lineOf(member);
        return own != null ? own : indentOfLine(member.start);
    }

    private String shown(JsonNode value, String indent) {
        DefaultIndenter indenter = new DefaultIndenter(step(), "\n");
        DefaultPrettyPrinter printer = new DefaultPrettyPrinter(
                Separators.createDefaultInstance().withObjectFieldValueSpacing(Separators.Spacing.AFTER));
        printer.indentObjectsWith(indenter);
        try {
            String plain = Json.MAPPER.writer(printer).writeValueAsString(value);
            return plain.replace("\n", newline() + indent);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("bug: cannot be written as JSON", e);
        }
    }

    // ---- read

    /** The object that begins there, which is the whole text or a value in it. */
    private Span object(int start, int end) throws Trouble {
        try (JsonParser in = READER.createParser(text.substring(start, end).toCharArray())) {
            if (in.nextToken() != JsonToken.START_OBJECT) {
                throw Trouble.conflict(path + " is no JSON object", "correct it; nothing in it was touched");
            }
            int first = start + (int) in.currentTokenLocation().getCharOffset();
            List<Member> members = new ArrayList<>();
            while (in.nextToken() == JsonToken.FIELD_NAME) {
                String name = in.currentName();
                int at = start + (int) in.currentTokenLocation().getCharOffset();
                in.nextToken();
                int value = start + (int) in.currentTokenLocation().getCharOffset();
                in.skipChildren();
                in.finishToken();
                members.add(new Member(
                        name, at, value, start + (int) in.currentLocation().getCharOffset()));
            }
            int last = start + (int) in.currentLocation().getCharOffset();
            if (in.nextToken() != null) {
                throw Trouble.conflict(
                        path + " has something behind its JSON object", "correct it; nothing in it was touched");
            }
            return new Span(first, last, List.copyOf(members));
        } catch (JsonProcessingException e) { // its own words hold a piece of the file, in which there may be secrets
            JsonLocation at = e.getLocation();
            throw Trouble.conflict(
                    path + " cannot be read as JSON"
                            + (at == null
                                    ? ": it is nested too deeply, or a number in it is too long"
                                    : " at line " + at.getLineNr() + ", column " + at.getColumnNr()),
                    "correct it; nothing in it was touched");
        } catch (IOException e) {
            throw new IllegalStateException("bug: reading from memory failed", e);
        }
    }
}
