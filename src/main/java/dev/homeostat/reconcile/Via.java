package dev.homeostat.reconcile;

import static java.util.Objects.requireNonNull;

import java.util.regex.Pattern;

/**
 * Through which program somebody asks, as that program says of itself. It only adds to what the kernel knows of the peer, and
 * never grants anything: what comes through a program may look and propose, whoever's program it is.
 *
 * @param program such as {@code mcp}
 * @param tool what of it was used, such as {@code homeostat_status}
 * @param client whom it does that for, such as {@code claude-code}
 */
public record Via(String program, String tool, String client) {
    /** The header of a request that says so: three words, of which the last may be missing. */
    public static final String HEADER = "Homeostat-Via";

    private static final String UNKNOWN = "unknown";
    /** Longer names are cut: they are shown in one line. */
    private static final int WORD_LIMIT_CHARS = 64;

    private static final Pattern OTHERS = Pattern.compile("[^A-Za-z0-9._/@+-]");

    public Via {
        requireNonNull(program, "program is null");
        requireNonNull(tool, "tool is null");
        requireNonNull(client, "client is null");
    }

    /** Reads the header. Whatever it holds, somebody asks through a program: there is no mistake that makes it a person. */
    public static Via parse(String header) {
        String[] words = header.strip().split("\\s+", 3);
        return new Via(word(words, 0), word(words, 1), word(words, 2));
    }

    private static String word(String[] words, int i) {
        return i < words.length ? clean(words[i]) : UNKNOWN;
    }

    /** What a stranger calls itself, as one short word. */
    public static String clean(String name) {
        String cut = name.length() > WORD_LIMIT_CHARS ? name.substring(0, WORD_LIMIT_CHARS) : name;
        String word = OTHERS.matcher(cut).replaceAll("_");
        return word.isEmpty() ? UNKNOWN : word;
    }

    /** As in the header. */
    public String words() {
        return program + " " + tool + " " + client;
    }

    /** For people: {@code mcp (claude-code)}. */
    @Override
    public String toString() {
        return program + " (" + client + ")";
    }
}
