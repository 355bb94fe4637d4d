package dev.homeostat.control.console.first;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.homeostat.resource.Trouble;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code NAME=value} lines of a file for a shell, read and never run: what a shell would have to work out is not a value.
 * Indented lines belong to something else (a function, a condition) and are not read.
 *
 * @param variables as they stand, the last one of a name counts
 * @param unread assignments whose value is not plain
 * @param others how many lines are neither
 */
record ShellVariables(List<Variable> variables, List<Unread> unread, int others) {
    /** The predecessor's own file of variables has some 30 kB. */
    static final int LIMIT_BYTES = 256 * 1024;

    private static final Pattern ASSIGNMENT = Pattern.compile(
            "(?:(?:export|readonly|declare|typeset)\\s+(?:-[A-Za-z]+\\s+)*)?([A-Za-z_][A-Za-z0-9_]{0,127})=(.*)");

    /** @param place such as {@code user-profile.env:3} */
    record Variable(String place, String name, String value) {}

    /** @param reason why its value is not taken, beginning in lower case */
    record Unread(String place, String name, String reason) {}

    /**
     * Reads a file.
     *
     * @param name for messages
     * @throws Trouble invalid, if it is too large, no UTF-8 or no text
     */
    static ShellVariables read(String name, byte[] content) throws Trouble {
        if (content.length > LIMIT_BYTES) {
            throw Trouble.invalid(
                    name + " is larger than " + LIMIT_BYTES / 1024 + " KiB",
                    "name a file of the predecessor's variables or preferences");
        }
        List<Variable> variables = new ArrayList<>();
        List<Unread> unread = new ArrayList<>();
        int others = 0;
        int number = 0;
        for (String line : text(name, content).split("\n", -1)) {
            number++;
            String bare = line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
            if (bare.isBlank() || bare.stripLeading().startsWith("#")) {
                continue;
            }
            String place = name + ":" + number;
            Matcher assignment = ASSIGNMENT.matcher(bare);
            if (!assignment.matches()) {
                others++;
                continue;
            }
            Word word = new Word(assignment.group(2));
            Optional<String> reason = word.read();
            if (reason.isPresent()) {
                unread.add(new Unread(place, assignment.group(1), reason.get()));
            } else {
                variables.add(new Variable(place, assignment.group(1), word.value()));
            }
        }
        return new ShellVariables(variables, unread, others);
    }

    private static String text(String name, byte[] content) throws Trouble {
        String text;
        try {
            text = UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
        } catch (CharacterCodingException e) {
            throw Trouble.invalid(name + " is not UTF-8", "save it as UTF-8");
        }
        if (text.indexOf(0) >= 0) {
            throw Trouble.invalid(name + " has a NUL character: it is no text", "name a file of NAME=value lines");
        }
        return text;
    }

    /** One word of a shell, as {@code printf %q} and people write it. Used once. */
    private static final class Word {
        private static final String EXECUTED = "is worked out by a shell, which is not done here";
        private static final String OPEN = "has a quote that is not closed in its line";
        private static final int OCTAL = 8;

        private final String text;
        /** Bytes, because {@code $'\303\274'} writes them one by one. */
        private final ByteArrayOutputStream value = new ByteArrayOutputStream();

        private int at;

        Word(String text) {
            this.text = text;
        }

        /** Only after {@link #read} had nothing to say. */
        String value() {
            return value.toString(UTF_8);
        }

        /** @return why it is no plain value */
        Optional<String> read() {
            if (text.startsWith("(")) {
                return Optional.of("is a list");
            }
            while (at < text.length()) {
                char c = text.charAt(at++);
                Optional<String> wrong = Optional.empty();
                switch (c) {
                    case '\'' -> wrong = single();
                    case '"' -> wrong = doubled();
                    case '\\' -> wrong = escaped();
                    case '$' -> wrong = at < text.length() && text.charAt(at) == '\'' ? ansi() : Optional.of(EXECUTED);
                    case '`' -> wrong = Optional.of(EXECUTED);
                    case ' ', '\t' -> {
                        return rest();
                    }
                    case ';', '&', '|', '<', '>', '(', ')' -> {
                        return Optional.of("is followed by something to be run");
                    }
                    default -> put(c);
                }
                if (wrong.isPresent()) {
                    return wrong;
                }
            }
            return isPlain();
        }

        private Optional<String> isPlain() {
            return value().chars().anyMatch(c -> Character.isISOControl(c) || c == '\ufffd')
                    ? Optional.of("has characters that are no text")
                    : Optional.empty();
        }

        private Optional<String> rest() {
            String rest = text.substring(at).strip();
            return rest.isEmpty() || rest.startsWith("#")
                    ? isPlain()
                    : Optional.of("is followed by something to be run");
        }

        private Optional<String> single() {
            int end = text.indexOf('\'', at);
            if (end < 0) {
                return Optional.of(OPEN);
            }
            value.writeBytes(text.substring(at, end).getBytes(UTF_8));
            at = end + 1;
            return Optional.empty();
        }

        private Optional<String> doubled() {
            while (at < text.length()) {
                char c = text.charAt(at++);
                if (c == '"') {
                    return Optional.empty();
                }
                if (c == '$' || c == '`') {
                    return Optional.of(EXECUTED);
                }
                if (c == '\\' && at < text.length() && "\"\\$`".indexOf(text.charAt(at)) >= 0) {
                    c = text.charAt(at++);
                }
                put(c);
            }
            return Optional.of(OPEN);
        }

        private Optional<String> escaped() {
            if (at == text.length()) {
                return Optional.of("goes on in the next line");
            }
            put(text.charAt(at++));
            return Optional.empty();
        }

        /** {@code $'...'}: octal bytes and the escapes that stand for a character that is text. */
        private Optional<String> ansi() {
            at++;
            while (at < text.length()) {
                char c = text.charAt(at++);
                if (c == '\'') {
                    return Optional.empty();
                }
                if (c != '\\') {
                    put(c);
                    continue;
                }
                int digits = 0;
                int octal = 0;
                while (digits < 3 && at < text.length() && text.charAt(at) >= '0' && text.charAt(at) < '8') {
                    octal = octal * OCTAL + (text.charAt(at++) - '0');
                    digits++;
                }
                if (digits > 0) {
                    value.write(octal);
                } else if (at < text.length() && "'\"\\?".indexOf(text.charAt(at)) >= 0) {
                    put(text.charAt(at++));
                } else {
                    return Optional.of("has characters that are no text");
                }
            }
            return Optional.of(OPEN);
        }

        private void put(char c) {
            if (Character.isHighSurrogate(c) && at < text.length() && Character.isLowSurrogate(text.charAt(at))) {
                value.writeBytes(new String(new char[] {c, text.charAt(at++)}).getBytes(UTF_8));
            } else {
                value.writeBytes(String.valueOf(c).getBytes(UTF_8));
            }
        }
    }
}
