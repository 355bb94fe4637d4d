package dev.homeostat.host.facts;

import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotLinkException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads files of the kernel and of /etc, never more of them than is useful. */
final class SmallFile {
    private SmallFile() {}

    /**
     * The whole of it; empty if there is none.
     *
     * @throws Trouble if it is no file, is larger, or cannot be read
     */
    static Optional<byte[]> bytes(Path file, int limitBytes) throws Trouble {
        Optional<byte[]> content = head(file, limitBytes + 1);
        if (content.isPresent() && content.get().length > limitBytes) {
            throw Trouble.passing(file + " is larger than " + limitBytes + " bytes");
        }
        return content;
    }

    static Optional<String> text(Path file, int limitBytes) throws Trouble {
        return bytes(file, limitBytes).map(content -> new String(content, StandardCharsets.UTF_8));
    }

    /** @throws Trouble also if there is none */
    static String required(Path file, int limitBytes) throws Trouble {
        return text(file, limitBytes).orElseThrow(() -> Trouble.passing("there is no " + file));
    }

    /**
     * What of a file with one value is in the first group of its form; empty if there is no file.
     *
     * @param expected the form in words
     */
    static Optional<String> value(Path file, int limitBytes, Pattern form, String expected) throws Trouble {
        Optional<String> text = text(file, limitBytes);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        Matcher matcher = form.matcher(text.get());
        if (!matcher.matches()) {
            throw notWhatItShouldBe(file, expected);
        }
        return Optional.of(matcher.group(1));
    }

    /**
     * The last name of where a link leads; empty if there is no link.
     *
     * @param expected what it is, in words
     */
    static Optional<String> linked(Path link, Pattern form, String expected) throws Trouble {
        Path name;
        try {
            name = Files.readSymbolicLink(link).getFileName();
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (NotLinkException e) {
            throw notWhatItShouldBe(link, expected);
        } catch (IOException e) {
            throw Trouble.passing(link + " cannot be read: " + e.getMessage(), e);
        }
        if (name == null || !form.matcher(name.toString()).matches()) {
            throw notWhatItShouldBe(link, expected);
        }
        return Optional.of(name.toString());
    }

    /** The beginning. */
    static Optional<byte[]> head(Path file, int limitBytes) throws Trouble {
        try {
            if (!Files.isRegularFile(file) && Files.exists(file)) { // a pipe would be waited for
                throw Trouble.passing(file + " is no file");
            }
            try (InputStream in = Files.newInputStream(file)) {
                byte[] buffer = new byte[limitBytes];
                int filled = in.readNBytes(buffer, 0, limitBytes);
                return Optional.of(Arrays.copyOf(buffer, filled));
            }
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw Trouble.passing(file + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** A trouble with what a file says, without repeating what may be anything. */
    static Trouble notWhatItShouldBe(Path file, String expected) {
        return Trouble.passing(file + " does not say what it should: expected " + expected);
    }
}
