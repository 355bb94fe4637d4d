package dev.homeostat.ai.mcp;

import dev.homeostat.resource.Trouble;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** What a tool was called with, checked. Not thread-safe. */
final class Arguments {
    private final Map<String, Object> values;

    /** @throws Trouble if one is there that the tool does not know */
    Arguments(Map<String, Object> values, Set<String> known) throws Trouble {
        this.values = values == null ? Map.of() : values;
        Set<String> others = new TreeSet<>(this.values.keySet());
        others.removeAll(known);
        if (!others.isEmpty()) {
            String other = others.iterator().next();
            throw Trouble.invalid(
                    "there is no argument \"" + (other.length() > 40 ? other.substring(0, 40) + "…" : other) + "\"",
                    known.isEmpty()
                            ? "this tool takes none"
                            : "this tool takes " + String.join(", ", new TreeSet<>(known)));
        }
    }

    /** @return empty if it is absent */
    String text(String name, int limitChars) throws Trouble {
        Object value = values.get(name);
        if (value == null) {
            return "";
        }
        if (!(value instanceof String text)) {
            throw Trouble.invalid(name + " has to be a text", "");
        }
        if (text.length() > limitChars) {
            throw Trouble.invalid(
                    name + " has " + text.length() + " characters, at most " + limitChars + " are possible", "");
        }
        return text;
    }

    String needed(String name, int limitChars) throws Trouble {
        String text = text(name, limitChars);
        if (text.isBlank()) {
            throw Trouble.invalid(name + " is missing", "");
        }
        return text;
    }

    int number(String name, int otherwise, int most) throws Trouble {
        Object value = values.get(name);
        if (value == null) {
            return otherwise;
        }
        if (value instanceof Integer number && number >= 1 && number <= most) {
            return number;
        }
        throw Trouble.invalid(name + " has to be a number from 1 to " + most, "");
    }

    boolean flag(String name) throws Trouble {
        Object value = values.get(name);
        if (value == null) {
            return false;
        }
        if (value instanceof Boolean flag) {
            return flag;
        }
        throw Trouble.invalid(name + " has to be true or false", "");
    }
}
