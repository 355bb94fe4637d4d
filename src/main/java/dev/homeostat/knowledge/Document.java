package dev.homeostat.knowledge;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.homeostat.resource.Sha256;
import java.time.Instant;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * One text that is kept, checked at the door.
 *
 * @param source where it comes from, such as a path; may be empty
 * @param tags sorted, each once
 * @param sha256 of the text as UTF-8
 * @param bytes length of the text as UTF-8
 * @param stored when this content came
 */
record Document(
        String id,
        String project,
        List<String> tags,
        String source,
        String sha256,
        String text,
        int bytes,
        Instant stored) {
    /** A book of 170 000 words; larger ones are found worse as one document anyway. */
    static final int TEXT_LIMIT_BYTES = 1 << 20;

    static final int TAGS_LIMIT = 32;
    static final int SOURCE_LIMIT_CHARS = 1_000;
    static final String USUAL_PROJECT = "default";

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_~:][A-Za-z0-9._~:-]{0,199}");
    private static final Pattern PROJECT = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,99}");
    private static final Pattern TAG = Pattern.compile("[^\\p{Cntrl}\\s,]{1,64}");
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
    /** Of a digest: enough that no two documents of one machine share it. */
    private static final int ID_DIGITS = 32;

    /** A document as it is sent; what is missing is null. */
    record Sent(String id, String project, List<String> tags, String source, String sha256, String text) {
        /** @throws Refused with what is wrong and where */
        Document checked(Instant now) throws Refused {
            String inProject = project == null ? USUAL_PROJECT : Document.project(project);
            String from = source == null ? "" : source;
            if (from.length() > SOURCE_LIMIT_CHARS || hasControls(from)) {
                throw Refused.malformed(
                        "source may have " + SOURCE_LIMIT_CHARS + " characters and no control characters");
            }
            if (id == null && from.isEmpty()) {
                throw Refused.malformed("a document needs an id, or a source to make one from");
            }
            String name = id == null ? idOf(inProject, from) : Document.id(id);
            if (text == null || text.isBlank()) {
                throw Refused.malformed("document " + name + " has no text");
            }
            byte[] utf8 = text.getBytes(UTF_8);
            if (utf8.length > TEXT_LIMIT_BYTES) {
                throw new Refused(
                        Problem.TOO_LARGE,
                        "document " + name + " has " + utf8.length + " bytes; at most " + TEXT_LIMIT_BYTES
                                + " are taken; send it in parts");
            }
            if (text.indexOf('\0') >= 0 || !new String(utf8, UTF_8).equals(text)) {
                throw Refused.malformed(
                        "the text of document " + name + " is not text: it has NUL or half a character");
            }
            String digest = Sha256.hex(utf8);
            if (sha256 != null && !(SHA256.matcher(sha256).matches() && sha256.equals(digest))) {
                throw Refused.malformed(
                        "document " + name + ": its text has the sha256 " + digest + ", not the one sent");
            }
            return new Document(name, inProject, sorted(name), from, digest, text, utf8.length, now);
        }

        private List<String> sorted(String name) throws Refused {
            if (tags == null) {
                return List.of();
            }
            if (tags.size() > TAGS_LIMIT) {
                throw Refused.malformed("document " + name + " has " + tags.size() + " tags; at most " + TAGS_LIMIT);
            }
            TreeSet<String> sorted = new TreeSet<>();
            for (String tag : tags) {
                sorted.add(Document.tag(tag));
            }
            return List.copyOf(sorted);
        }
    }

    /** The same project and source give the same id, so that whoever sends a file again need not remember it. */
    static String idOf(String project, String source) {
        return Sha256.hex(project + '\0' + source).substring(0, ID_DIGITS);
    }

    static String id(String text) throws Refused {
        return matching(ID, text, "an id has 1 to 200 of A-Z a-z 0-9 . _ ~ : - and does not begin with . or -");
    }

    static String project(String text) throws Refused {
        return matching(PROJECT, text, "a project has 1 to 100 of A-Z a-z 0-9 . _ - and does not begin with . or -");
    }

    static String tag(String text) throws Refused {
        return matching(TAG, text, "a tag has 1 to 64 characters, no blank and no comma");
    }

    boolean same(Document other) {
        return sha256.equals(other.sha256)
                && project.equals(other.project)
                && source.equals(other.source)
                && tags.equals(other.tags);
    }

    private static String matching(Pattern pattern, String text, String rule) throws Refused {
        if (text == null || !pattern.matcher(text).matches()) {
            throw Refused.malformed(rule);
        }
        return text;
    }

    private static boolean hasControls(String text) {
        return text.chars().anyMatch(Character::isISOControl);
    }
}
