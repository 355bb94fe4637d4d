package dev.homeostat.host.systemd;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.host.process.Processes;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Trouble;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jboss.logging.Logger;

/**
 * What the programs of units wrote, by journalctl: systemd says that a unit failed, only its programs say why. Thread-safe;
 * calls wait for a process.
 */
final class UnitJournal {
    private static final Logger LOG = Logger.getLogger(UnitJournal.class);
    /** It reads the newest files only: milliseconds, but for a very full disk or a machine with much other work. */
    private static final Duration LIMIT = Duration.ofSeconds(15);
    /** A quiet journal takes some milliseconds. */
    private static final Duration SYNC_LIMIT = Duration.ofSeconds(2);
    /** Of one failed start; the end says why. */
    private static final int LINES_LIMIT = 40;

    private static final String INVOCATION = "_SYSTEMD_INVOCATION_ID";

    private final Processes processes;
    private final String field;
    private final List<String> owner;

    /**
     * @param field that holds the unit's name: {@code _SYSTEMD_UNIT} or, of a user's manager, {@code _SYSTEMD_USER_UNIT}
     * @param owner further matches: whose units are meant
     */
    UnitJournal(Processes processes, String field, List<String> owner) {
        this.processes = processes;
        this.field = field;
        this.owner = List.copyOf(owner);
    }

    /** Standard output and error of the unit's programs since then, oldest first; empty if the journal cannot be read. */
    List<String> written(UnitName unit, Instant since) {
        return matching(unit, since, "_TRANSPORT=stdout");
    }

    /**
     * The same of a container that the unit runs, by podman's log driver journald; empty also with another driver, whose logs go
     * with the container.
     */
    List<String> writtenInside(UnitName unit, String container, Instant since) {
        sync(unit);
        return matching(unit, since, "CONTAINER_NAME=" + container);
    }

    private List<String> matching(UnitName unit, Instant since, String match) {
        List<String> arguments = new ArrayList<>(List.of(
                "journalctl",
                "--quiet",
                "--no-pager",
                "--output=json",
                "--output-fields=MESSAGE",
                "--lines=" + LINES_LIMIT,
                "--since=@" + since.getEpochSecond(),
                field + "=" + unit.text(),
                match));
        arguments.addAll(owner);
        try {
            Processes.Result result = processes.run(arguments, Map.of(), LIMIT);
            if (result.exitCode() != 0) {
                LOG.debugf("journalctl for %s: %s", unit, result.errors().strip());
            }
            return lines(result.output());
        } catch (Trouble t) {
            LOG.debugf("what %s wrote cannot be read: %s", unit, t.getMessage());
            return List.of();
        }
    }

    /**
     * Standard output and error of one run of a unit, oldest first; of more lines the last ones.
     *
     * @param invocation systemd's id of the run, 32 hexadecimal digits
     * @param began when it began
     * @throws Trouble transient if the journal cannot be read
     */
    List<String> written(UnitName unit, String invocation, Instant began, int limitLines) throws Trouble {
        sync(unit);
        List<String> arguments = new ArrayList<>(List.of(
                "journalctl",
                "--quiet",
                "--no-pager",
                "--output=json",
                "--output-fields=MESSAGE," + INVOCATION,
                "--lines=" + limitLines,
                String.format("--since=@%d.%06d", began.getEpochSecond(), began.getNano() / 1000),
                field + "=" + unit.text(),
                "_TRANSPORT=stdout"));
        arguments.addAll(owner);
        Processes.Result result = processes.run(arguments, Map.of(), LIMIT);
        if (result.exitCode() != 0) {
            throw Trouble.passing(
                    "the journal cannot be read: " + result.errors().strip().replace('\n', ' '));
        }
        // of a run that failed at once the journal may not know the id any more: systemd forgets it with the failure
        return lines(
                result.output(),
                line -> line.path(INVOCATION).asText(invocation).equals(invocation));
    }

    /**
     * What was written just now may be on its way: the end of a run is what is asked for most. Where others write without
     * end, the journal may not come to an end of it: then what is there by then is read.
     */
    private void sync(UnitName unit) {
        try {
            Processes.Result synced = processes.run(List.of("journalctl", "--sync"), Map.of(), SYNC_LIMIT);
            if (synced.exitCode() != 0) {
                LOG.debugf("journalctl --sync for %s: %s", unit, synced.errors().strip());
            }
        } catch (Trouble t) {
            LOG.debugf("the end of what %s wrote may be missing: %s", unit, t.getMessage());
        }
    }

    /** One JSON object a line; text that is not UTF-8 is a list of numbers there, and left out. */
    static List<String> lines(String output) {
        return lines(output, line -> true);
    }

    private static List<String> lines(String output, Predicate<JsonNode> wanted) {
        List<String> lines = new ArrayList<>();
        for (String line : output.lines().toList()) {
            try {
                JsonNode entry = Json.MAPPER.readTree(line);
                JsonNode message = entry.path("MESSAGE");
                if (message.isTextual() && wanted.test(entry)) {
                    lines.add(message.asText());
                }
            } catch (JsonProcessingException e) {
                LOG.debugf("journalctl wrote a line that is not JSON: %s", e.getOriginalMessage());
            }
        }
        return lines;
    }
}
