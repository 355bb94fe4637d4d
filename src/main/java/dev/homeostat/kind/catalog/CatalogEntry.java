package dev.homeostat.kind.catalog;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.resource.Preset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * One entry of the catalogue, as its file has it. Texts may hold {@code ${NAME}}, the number of a port, and
 * {@code ${address}}, where it listens. Immutable.
 *
 * @param about a sentence: what it is
 * @param ports by name, the first one is the one that people mean
 * @param secrets made once, by name
 * @param conflicts other entries that cannot be there too
 * @param waitsFor other entries that come first if they are declared
 * @param prefers how it runs if nothing is said; null if there is one way only
 * @param container null if it cannot run so
 * @param service null if it cannot run so
 */
record CatalogEntry(
        String about,
        SequencedMap<String, Port> ports,
        SequencedMap<String, Secret> secrets,
        List<String> conflicts,
        List<String> waitsFor,
        String prefers,
        ContainerForm container,
        ServiceForm service) {
    private static final int HIGHEST_PORT = 65_535;
    private static final Pattern WORD = Pattern.compile("[a-z][a-z0-9-]{0,31}");
    private static final Pattern VARIABLE = Pattern.compile("[A-Z][A-Z0-9_]{0,63}");

    CatalogEntry {
        if (about == null || about.isBlank()) {
            throw new IllegalArgumentException("about is missing");
        }
        if (container == null && service == null) {
            throw new IllegalArgumentException("it has neither a container nor a service");
        }
        ports = ports == null ? new LinkedHashMap<>() : new LinkedHashMap<>(ports);
        secrets = secrets == null ? new LinkedHashMap<>() : new LinkedHashMap<>(secrets);
        conflicts = conflicts == null ? List.of() : List.copyOf(conflicts);
        waitsFor = waitsFor == null ? List.of() : List.copyOf(waitsFor);
        boolean both = container != null && service != null;
        if (both != (prefers != null) || both && !prefers.equals("service") && !prefers.equals("container")) {
            throw new IllegalArgumentException(
                    both ? "prefers is neither service nor container" : "there is nothing to prefer");
        }
        if (!secrets.isEmpty() && container == null) {
            throw new IllegalArgumentException("secrets are given to containers only");
        }
        ports.keySet().forEach(name -> word("port", name));
        secrets.keySet().forEach(name -> word("secret", name));
    }

    private static void word(String what, String name) {
        if (!WORD.matcher(name).matches() || name.equals(Placeholders.ADDRESS)) {
            throw new IllegalArgumentException("not the name of a " + what + ": " + name);
        }
    }

    /** The ways in which it can run, the preferred one first. */
    List<Preset.Form> forms() {
        List<Preset.Form> forms = new ArrayList<>();
        if (service != null) {
            forms.add(Preset.Form.SERVICE);
        }
        if (container != null) {
            forms.add("container".equals(prefers) ? 0 : forms.size(), Preset.Form.CONTAINER);
        }
        return forms;
    }

    /**
     * A port of the machine.
     *
     * @param number on the machine
     * @param container the same in the container; the number if not given
     * @param protocol {@code tcp} if not given
     */
    record Port(int number, Integer container, String protocol, String about) {
        Port {
            container = container == null ? number : container;
            protocol = protocol == null ? "tcp" : protocol;
            if (number < 1 || number > HIGHEST_PORT || container < 1 || container > HIGHEST_PORT) {
                throw new IllegalArgumentException("not a port: " + number + ", " + container);
            }
            if (!protocol.equals("tcp") && !protocol.equals("udp")) {
                throw new IllegalArgumentException("not a protocol: " + protocol);
            }
        }
    }

    /**
     * A password that nobody has to think of.
     *
     * @param variable that the container gets it in
     */
    record Secret(String variable, String about) {
        Secret {
            if (variable == null || !VARIABLE.matcher(variable).matches() || about == null) {
                throw new IllegalArgumentException("a secret needs a variable in capitals, and about");
            }
        }
    }

    /**
     * As a container of that name.
     *
     * @param data volume to path in the container: what it keeps
     * @param health as a container has it
     */
    record ContainerForm(
            String image,
            List<String> command,
            Map<String, String> environment,
            SequencedMap<String, String> data,
            List<String> networks,
            JsonNode health) {
        ContainerForm {
            if (image == null) {
                throw new IllegalArgumentException("the container has no image");
            }
            environment = environment == null ? Map.of() : new TreeMap<>(environment);
            data = data == null ? new LinkedHashMap<>() : new LinkedHashMap<>(data);
            networks = networks == null ? List.of() : List.copyOf(networks);
        }
    }

    /**
     * As options of NixOS.
     *
     * @param module the file below nixos/modules/ of nixpkgs that declares them
     * @param checked how far that was looked at: {@code read}, {@code read in part} or {@code name only}
     * @param options by dotted name
     * @param units that then run
     * @param folder where it keeps its data; null if it has none
     */
    record ServiceForm(
            String module, String checked, SequencedMap<String, JsonNode> options, List<String> units, String folder) {
        ServiceForm {
            if (module == null || checked == null || options == null || options.isEmpty()) {
                throw new IllegalArgumentException("the service needs module, checked and options");
            }
            options = new LinkedHashMap<>(options);
            units = List.copyOf(units);
        }
    }
}
