package dev.homeostat.declaration;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.resource.Place;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A YAML value that knows where it is written. */
sealed interface Located {
    Place place();

    /** Anything that is neither a list nor a map, null included. */
    record Scalar(JsonNode value, Place place) implements Located {}

    record Items(List<Located> items, Place place) implements Located {
        public Items {
            items = List.copyOf(items);
        }
    }

    /** In the order of the file. */
    record Fields(Map<String, Field> fields, Place place) implements Located {
        public Fields {
            fields = new LinkedHashMap<>(fields);
        }
    }

    /** A key and its value; {@code keyPlace} is where the key is. */
    record Field(Place keyPlace, Located value) {}
}
