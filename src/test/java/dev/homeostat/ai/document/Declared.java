package dev.homeostat.ai.document;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.ai.AiEntry;
import dev.homeostat.ai.Contribution;
import dev.homeostat.ai.Profile;
import dev.homeostat.ai.Stack;
import dev.homeostat.ai.Stacks;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Place;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Scope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** What the parts make of a declaration, as it is handed to other sections. */
final class Declared implements Contribution {
    static final Path HOME = Path.of("/home/anna");

    /** {@code section name} to the entry. */
    final Map<String, JsonNode> handed = new TreeMap<>();

    final Map<String, Set<ResourceId>> first = new TreeMap<>();
    final List<String> problems = new ArrayList<>();
    private final Set<ResourceId> declared;

    private Declared(Set<ResourceId> declared) {
        this.declared = declared;
    }

    /** @param ai the key ai, as JSON */
    static Declared of(String ai, Profile profile, ResourceId... declared) {
        Declared out = new Declared(Set.of(declared));
        Stack stack =
                Stacks.stack(HOME, Json.read(ai, AiEntry.class), profile, path -> new Place("machine.yaml", 1, 1));
        Stacks.knowledge().read(stack, out);
        new DocumentsPart().read(stack, out);
        return out;
    }

    FollowSettings settings() {
        return Json.read(
                handed.get("files /home/anna/.config/ai-optimizer/documents.json")
                        .get("content")
                        .asText(),
                FollowSettings.class);
    }

    @Override
    public void add(Desired<?> desired) {
        throw new AssertionError("nothing of its own is needed: " + desired);
    }

    @Override
    public void problem(String path, String message) {
        problems.add(path + ": " + message);
    }

    @Override
    public Optional<Place> declared(ResourceId id) {
        return declared.contains(id) ? Optional.of(Place.NOWHERE) : Optional.empty();
    }

    @Override
    public Set<ResourceId> hand(
            Scope scope, String section, String name, JsonNode entry, String path, Set<ResourceId> before) {
        String key = section + " " + name;
        handed.put(key, entry);
        first.put(key, before);
        return Set.of(new ResourceId(section.substring(0, section.length() - 1), scope, name));
    }
}
