package dev.homeostat.host.systemd;

import dev.homeostat.host.Hindrance;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Who is logged in, by logind. Thread-safe; calls wait for at most two seconds. */
@ApplicationScoped
public class Sessions implements Hindrance {
    private static final String NAME = "org.freedesktop.login1";
    private static final String PATH = "/org/freedesktop/login1";
    private static final String PROPERTIES = "org.freedesktop.DBus.Properties";
    /** For all of it: logind answers from memory. */
    private static final Duration LIMIT = Duration.ofSeconds(2);
    /** Made by logind while it runs (sd_login_monitor(3)). */
    private static final Path RUNNING = Path.of("/run/systemd/sessions");
    /** A server has many; each costs a call. */
    private static final int LIMIT_SESSIONS = 500;
    /** Of those that are told. */
    private static final int TOLD = 5;

    /** What is shown to people and written to terminals. */
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_.@/:$-]{0,64}");

    @Override
    public String name() {
        return "sessions";
    }

    @Override
    public Optional<String> now() throws Trouble {
        return said(people());
    }

    static Optional<String> said(List<Session> people) {
        if (people.isEmpty()) {
            return Optional.empty();
        }
        String who = people.stream()
                .limit(TOLD)
                .map(s -> s.user() + (s.tty().isEmpty() ? "" : " on " + s.tty()))
                .collect(Collectors.joining(", "));
        return Optional.of("somebody is logged in (" + who
                + (people.size() > TOLD ? " and " + (people.size() - TOLD) + " more" : "") + ")");
    }

    /**
     * Sessions of people.
     *
     * @throws Trouble if they cannot be told
     */
    public List<Session> people() throws Trouble {
        if (!Files.isDirectory(RUNNING)) {
            throw Trouble.passing("logind does not run, and nobody else would know who is logged in");
        }
        List<Session> people = new ArrayList<>();
        try (SystemBus bus = new SystemBus("asking logind who is logged in", LIMIT)) {
            List<?> rows = bus.call(NAME, PATH, NAME + ".Manager", "ListSessions", r -> (List<?>) r[0], null);
            if (rows.size() > LIMIT_SESSIONS) {
                throw Trouble.passing("logind tells of " + rows.size() + " sessions, more than can be looked at");
            }
            for (Object row : rows) {
                Object[] session = (Object[]) row;
                UnitProperties properties;
                try {
                    properties = bus.call(
                            NAME,
                            session[4].toString(),
                            PROPERTIES,
                            "GetAll",
                            UnitProperties::of,
                            "s",
                            NAME + ".Session");
                } catch (Trouble gone) {
                    if (isListed(bus, session[0])) {
                        throw gone;
                    }
                    continue; // it ended meanwhile
                }
                Session read = read(session, properties);
                if (read.isOfAPerson()) {
                    people.add(read);
                }
            }
        } catch (ClassCastException | IndexOutOfBoundsException e) {
            throw Trouble.passing("logind's list of sessions is not of the form that was expected", e);
        }
        return people;
    }

    private static boolean isListed(SystemBus bus, Object id) throws Trouble {
        return bus.call(NAME, PATH, NAME + ".Manager", "ListSessions", r -> (List<?>) r[0], null).stream()
                .anyMatch(row -> ((Object[]) row)[0].equals(id));
    }

    /** @param row of a(susso): id, uid, name, seat, path */
    static Session read(Object[] row, UnitProperties properties) throws Trouble {
        return new Session(
                plain(row[0].toString()),
                ((Number) row[1]).intValue(),
                plain(row[2].toString()),
                plain(properties.named("TTY")),
                plain(properties.named("Type")),
                plain(properties.named("Class")),
                plain(properties.named("State")));
    }

    private static String plain(String text) throws Trouble {
        if (!PLAIN.matcher(text).matches()) {
            throw Trouble.passing("logind tells of a session in words that cannot be shown");
        }
        return text;
    }
}
