package dev.homeostat.kind.generation.settings;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.homeostat.host.systemd.UnitName;
import dev.homeostat.resource.Durations;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One thing that has to be true: exactly one of unit, http, tcp, command and file says what. */
public record CheckSettings(
        @JsonPropertyDescription("A unit that has to be active, such as nginx.service") @Size(max = 255)
        String unit,

        @JsonPropertyDescription("An address that has to answer, such as http://127.0.0.1:8080/health")
        @Size(max = 2000)
        String http,

        @JsonPropertyDescription("The status that http has to answer with. Default 200") @Min(100) @Max(599)
        Integer status,

        @JsonPropertyDescription("A host and port that have to take connections, such as 127.0.0.1:5432")
        @Size(max = 300)
        String tcp,

        @JsonPropertyDescription("A program with its arguments that has to end with 0; run as root, without a shell")
        @Size(max = 100)
        List<@NotNull @Size(max = 4096) String> command,

        @JsonPropertyDescription("A path that has to exist") @Size(max = 4096)
        String file,

        @JsonPropertyDescription("For one try. Default 5s") Duration timeout) {
    /** A service that does not answer in that time does not work for those who use it. */
    private static final Duration USUAL = Duration.ofSeconds(5);
    /** What takes longer is no check but a test of its own; the whole verification waits for it. */
    private static final Duration TIMEOUT_LIMIT = Duration.ofMinutes(5);

    private static final int PORT_LIMIT = 65535;

    private static final Pattern HOST_AND_PORT = Pattern.compile(
            "(\\[[0-9A-Fa-f:.]{2,45}]|[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?):(?<port>[0-9]{1,5})");

    private static final String ONE_OF = "exactly one of unit, http, tcp, command and file";

    public CheckSettings {
        command = command == null ? null : List.copyOf(command);
        timeout = timeout == null ? USUAL : timeout;
    }

    /**
     * What the schema does not show to be wrong. Empty if all is right.
     *
     * @param key dotted, of this check
     */
    List<Settings.Fault> faults(String key) {
        List<Settings.Fault> faults = new ArrayList<>();
        BiConsumer<String, String> fault =
                (field, message) -> faults.add(new Settings.Fault(key + "." + field, message));
        List<String> given = given();
        if (given.size() != 1) {
            String found = given.isEmpty() ? "nothing to look at" : String.join(" and ", given);
            faults.add(new Settings.Fault(key, "has " + found + ": give " + ONE_OF));
        }
        if (unit != null) {
            unitFault(unit).ifPresent(message -> fault.accept("unit", message));
        }
        if (http != null && !isAddress(http)) {
            fault.accept(
                    "http",
                    "expected an address such as http://127.0.0.1:8080/health: http or https, a host, and no user or password");
        }
        if (status != null && http == null) {
            fault.accept("status", "has no effect without http");
        }
        if (tcp != null && !isHostAndPort(tcp)) {
            fault.accept("tcp", "expected a host and a port such as 127.0.0.1:5432 or [::1]:5432, found " + shown(tcp));
        }
        if (command != null) {
            if (command.isEmpty()) {
                fault.accept("command", "is empty: expected a program");
            } else if (!command.getFirst().matches(Patterns.PATH)) {
                fault.accept(
                        "command", "the program has to be " + Patterns.PATH_FORM + ": there is no shell to find it");
            } else if (command.stream().anyMatch(word -> word.indexOf('\0') >= 0)) {
                fault.accept("command", "has a NUL character, which no argument can have");
            }
        }
        if (file != null && !file.matches(Patterns.PATH)) {
            fault.accept("file", "expected " + Patterns.PATH_FORM + ", found " + shown(file));
        }
        if (!timeout.isPositive() || timeout.compareTo(TIMEOUT_LIMIT) > 0) {
            fault.accept("timeout", "expected more than nothing and at most 5m, found " + Durations.format(timeout));
        }
        return faults;
    }

    private List<String> given() {
        List<String> given = new ArrayList<>();
        BiConsumer<String, Object> look = (name, value) -> {
            if (value != null) {
                given.add(name);
            }
        };
        look.accept("unit", unit);
        look.accept("http", http);
        look.accept("tcp", tcp);
        look.accept("command", command);
        look.accept("file", file);
        return given;
    }

    private static Optional<String> unitFault(String unit) {
        try {
            return new UnitName(unit).isTemplate()
                    ? Optional.of(shown(unit) + " is a template, which is never active: expected an instance of it")
                    : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.of(e.getMessage());
        }
    }

    private static boolean isAddress(String text) {
        try {
            URI uri = new URI(text);
            boolean web = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
            boolean port = uri.getPort() == -1 || isPort(uri.getPort());
            return web && port && uri.getHost() != null && uri.getRawUserInfo() == null;
        } catch (URISyntaxException e) {
            return false; // that is the answer
        }
    }

    private static boolean isHostAndPort(String text) {
        Matcher matcher = HOST_AND_PORT.matcher(text);
        return matcher.matches() && isPort(Integer.parseInt(matcher.group("port")));
    }

    private static boolean isPort(int number) {
        return number > 0 && number <= PORT_LIMIT;
    }

    private static String shown(String text) {
        return "\"" + text + "\"";
    }
}
