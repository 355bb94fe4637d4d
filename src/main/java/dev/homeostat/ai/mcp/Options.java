package dev.homeostat.ai.mcp;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.homeostat.resource.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Options of NixOS and Home Manager that are set on behalf of the declaration: the tables of the reference page on templates,
 * which the tests hold against the templates themselves. Thread-safe.
 */
final class Options {
    private static final String PAGE = "templates.md";
    private static final String NIXOS = "NixOS";
    private static final String HOME = "Home Manager";
    private static final String OTHERS = "Other modules";
    private static final String CATALOGUE = "Catalogue";
    private static final Set<String> OF_TEMPLATES = Set.of(NIXOS, HOME, OTHERS);
    private static final Pattern CODE = Pattern.compile("`([^`]*)`");

    /**
     * @param of NixOS, Home Manager, Other modules (for secrets), or Catalogue, which are options of NixOS that one of its entries asks for
     * @param drivenBy key of the generated data, which are those of the declaration but for where they stand; of the catalogue
     *     the entry
     */
    record Option(String of, String name, String drivenBy, String value, String declaredIn, String checked) {
        boolean has(String text) {
            return (name + " " + drivenBy).toLowerCase(Locale.ROOT).contains(text);
        }
    }

    private volatile List<Option> all;

    List<Option> all() {
        List<Option> read = all;
        if (read == null) {
            read = List.copyOf(read());
            all = read;
        }
        return read;
    }

    /** @param query empty for all */
    ObjectNode about(String query) {
        String text = query.strip().toLowerCase(Locale.ROOT);
        ObjectNode answer = Json.MAPPER.createObjectNode();
        ArrayNode options = answer.putArray("options");
        for (Option option : all()) {
            if (option.has(text)) {
                ObjectNode one = options.addObject();
                one.put("of", option.of().equals(CATALOGUE) ? NIXOS : option.of());
                one.put("option", option.name());
                one.put(option.of().equals(CATALOGUE) ? "catalogueEntry" : "drivenBy", option.drivenBy());
                if (!option.value().isEmpty()) {
                    one.put("value", option.value());
                }
                one.put("declaredIn", option.declaredIn());
                one.put("checked", option.checked());
            }
        }
        answer.put("found", options.size());
        answer.put(
                "about",
                "drivenBy names the key of the generated machine.json; which key of machine.yaml fills it is in the"
                        + " reference of the declaration. checked says how far the option was held against nixpkgs.");
        return answer;
    }

    private static List<Option> read() {
        List<Option> options = new ArrayList<>();
        String section = "";
        for (String line : page().lines().toList()) {
            if (line.startsWith("## ")) {
                section = line.substring(3).strip();
                continue;
            }
            if (!line.startsWith("| `") && !(section.equals(CATALOGUE) && line.startsWith("| "))) {
                continue;
            }
            String[] cells = line.strip().substring(1).split("\\|");
            for (int i = 0; i < cells.length; i++) {
                cells[i] = cells[i].strip();
            }
            if (OF_TEMPLATES.contains(section) && cells.length == 4) {
                options.add(new Option(section, plain(cells[0]), plain(cells[2]), "", cells[1], cells[3]));
            } else if (section.equals(CATALOGUE) && cells.length == 5 && cells[1].startsWith("`")) {
                options.add(new Option(section, plain(cells[1]), plain(cells[0]), plain(cells[2]), cells[3], cells[4]));
            }
        }
        return options;
    }

    private static String plain(String cell) {
        Matcher code = CODE.matcher(cell);
        return code.replaceAll(m -> Matcher.quoteReplacement(m.group(1)));
    }

    private static String page() {
        try (InputStream in = Options.class.getResourceAsStream(PAGE)) {
            if (in == null) {
                throw new IllegalStateException("the program was built without " + PAGE);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException(PAGE + " is in the program", e);
        }
    }
}
