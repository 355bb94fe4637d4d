package dev.homeostat.kind.tool;

import dev.homeostat.resource.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Ready-made lists of applications: one data file each, beside this class. */
final class FlatpakProfiles {
    private static final List<String> NAMES = List.of("minimal", "core", "ai_workstation");
    private static final SortedMap<String, Profile> ALL = read();

    private FlatpakProfiles() {}

    /**
     * A data file.
     *
     * @param about a sentence
     * @param includes profiles whose applications it has too
     */
    private record Profile(String about, List<String> includes, List<String> applications) {}

    static List<String> names() {
        return NAMES;
    }

    /** @param name one of {@link #names} */
    static List<String> applications(String name) {
        TreeMap<String, Boolean> all = new TreeMap<>();
        Profile profile = ALL.get(name);
        profile.includes().forEach(i -> applications(i).forEach(app -> all.put(app, true)));
        profile.applications().forEach(app -> all.put(app, true));
        return List.copyOf(all.keySet());
    }

    private static SortedMap<String, Profile> read() {
        TreeMap<String, Profile> all = new TreeMap<>();
        for (String name : NAMES) {
            try (InputStream in = FlatpakProfiles.class.getResourceAsStream("profiles/" + name + ".json")) {
                if (in == null) {
                    throw new IllegalStateException("the profile " + name + " is not in this program");
                }
                all.put(name, Json.read(new String(in.readAllBytes(), StandardCharsets.UTF_8), Profile.class));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return Collections.unmodifiableSortedMap(all);
    }
}
