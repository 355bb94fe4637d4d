package dev.homeostat.host.nix;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.homeostat.resource.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Reads what {@code nix path-info --json} writes, as it comes: that of a whole system has megabytes. Up to Nix 2.18 it is an
 * array of objects that name their path, then an object with the paths as keys, and in later versions the same below
 * {@code info} with names in place of paths. For one answer.
 */
final class PathInfoReader {
    /** A big workstation has some ten thousand paths, with some ten references each. */
    private static final int PATHS_LIMIT = 200_000;

    private static final int REFERENCES_LIMIT = 10_000_000;
    private static final int NAME_LIMIT_CHARS = 300;

    private final Path store;
    private final Map<String, StorePath> known = new HashMap<>();
    private final List<Closure.Item> items = new ArrayList<>();
    private final Set<StorePath> missing = new TreeSet<>();
    private int references;

    PathInfoReader(Path store) {
        this.store = store;
    }

    List<Closure.Item> items() {
        return items;
    }

    /** Paths that were asked for and are not in the store. */
    Set<StorePath> missing() {
        return missing;
    }

    void read(InputStream in) throws IOException {
        try (JsonParser parser = Json.MAPPER.getFactory().createParser(in)) {
            JsonToken first = parser.nextToken();
            if (first == JsonToken.START_ARRAY) {
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    item(parser, "");
                }
            } else if (first == JsonToken.START_OBJECT) {
                byPath(parser, true);
            } else if (first != null) { // nothing at all: the exit code says why
                throw new IOException("neither an array nor an object");
            }
            if (first != null && parser.nextToken() != null) { // reads to the end, so that Nix can write to it
                throw new IOException("more than one value");
            }
        } catch (IllegalArgumentException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private void byPath(JsonParser parser, boolean outermost) throws IOException {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String key = parser.currentName();
            parser.nextToken();
            if (outermost && key.equals("info")) {
                expect(parser, JsonToken.START_OBJECT);
                byPath(parser, false);
            } else if (outermost && !key.startsWith("/")) {
                parser.skipChildren(); // version, storeDir
            } else if (parser.currentToken() == JsonToken.VALUE_NULL) {
                missing.add(path(key));
            } else {
                item(parser, key);
            }
        }
        if (parser.currentToken() != JsonToken.END_OBJECT) {
            throw new IOException("it ends in the middle");
        }
    }

    private void item(JsonParser parser, String key) throws IOException {
        expect(parser, JsonToken.START_OBJECT);
        String name = key;
        long size = -1;
        boolean valid = true;
        List<StorePath> needed = new ArrayList<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            parser.nextToken();
            switch (field) {
                case "path" -> name = key.isEmpty() ? parser.getText() : key;
                case "valid" -> valid = parser.getBooleanValue();
                case "narSize" -> {
                    expect(parser, JsonToken.VALUE_NUMBER_INT);
                    size = parser.getLongValue();
                }
                case "references" -> {
                    expect(parser, JsonToken.START_ARRAY);
                    while (parser.nextToken() != JsonToken.END_ARRAY) {
                        expect(parser, JsonToken.VALUE_STRING);
                        needed.add(path(parser.getText()));
                    }
                }
                default -> parser.skipChildren();
            }
        }
        references += needed.size();
        if (items.size() >= PATHS_LIMIT || references > REFERENCES_LIMIT) {
            throw new IOException("more than " + PATHS_LIMIT + " paths or " + REFERENCES_LIMIT + " references");
        }
        if (!valid) {
            missing.add(path(name));
        } else if (size < 0) {
            throw new IOException("no size of " + Words.line(name, NAME_LIMIT_CHARS));
        } else {
            items.add(new Closure.Item(path(name), size, needed));
        }
    }

    private StorePath path(String text) {
        return known.computeIfAbsent(text, t -> t.startsWith("/") ? StorePath.parse(t) : new StorePath(store, t));
    }

    private static void expect(JsonParser parser, JsonToken token) throws IOException {
        if (parser.currentToken() != token) {
            throw new IOException("expected " + token + ", seen " + parser.currentToken());
        }
    }
}
