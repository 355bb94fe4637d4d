package dev.homeostat.host.systemd;

import dev.homeostat.host.Messages;
import dev.homeostat.resource.Scope;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import org.jboss.logging.Logger;

/**
 * {@link Messages} as systems have them: wall(1) for terminals, and for each desktop a call of
 * org.freedesktop.Notifications, made in that user's own service manager, with that user's rights. Each is a service of its
 * own with a limit, so nothing of a user's can hold us up.
 */
@ApplicationScoped
public class UserMessages implements Messages {
    private static final Logger LOG = Logger.getLogger(UserMessages.class);

    public static final String UNIT = "homeostat-tell.service";

    /** A terminal that is stopped takes nothing; wall gives up by itself, and then we do. */
    private static final Duration LIMIT = Duration.ofSeconds(15);

    private static final Duration GRACE = Duration.ofSeconds(2);
    /** Of wall, for each terminal. */
    private static final String TERMINAL_LIMIT_SECONDS = "5";
    /** Who is told one after the other: a server has many users, and few desktops. */
    private static final int LIMIT_DESKTOPS = 20;
    /** For as long a desktop shows it. */
    private static final String SHOWN_MILLIS = "15000";

    private static final Set<String> DESKTOPS = Set.of("x11", "wayland", "mir");
    /** NixOS', then everybody else's. */
    private static final List<Path> PROGRAMS =
            List.of(Path.of("/run/current-system/sw/bin"), Path.of("/usr/bin"), Path.of("/bin"));

    private final Systemd systemd;
    private final Sessions sessions;
    /** One message after the other. */
    private final ReentrantLock turn = new ReentrantLock();

    public UserMessages(Systemd systemd, Sessions sessions) {
        this.systemd = systemd;
        this.sessions = sessions;
    }

    @Override
    public void tell(String title, String text) {
        Thread.ofVirtual().name("messages").start(() -> {
            turn.lock();
            try {
                tellNow(title, text);
            } catch (Trouble t) {
                LOG.infof("users could not be told (%s): %s", t.sentence(), text);
            } finally {
                turn.unlock();
            }
        });
    }

    private void tellNow(String title, String text) throws Trouble {
        List<Session> people = sessions.people();
        if (people.stream().anyMatch(s -> !s.tty().isEmpty())) {
            run(Scope.OWN, wall(plain(title + ": " + text)));
        }
        Set<String> desktops = new TreeSet<>();
        people.stream().filter(s -> DESKTOPS.contains(s.type())).forEach(s -> desktops.add(s.user()));
        for (String user : desktops.stream().limit(LIMIT_DESKTOPS).toList()) {
            if (Scope.isUserName(user)) {
                run(Scope.of(user), notification(plain(title), plain(text)));
            }
        }
    }

    private void run(Scope whose, List<String> arguments) throws Trouble {
        Optional<Path> program = program(arguments.getFirst());
        if (program.isEmpty()) {
            LOG.infof("%s is told nothing: there is no %s here", whose, arguments.getFirst());
            return;
        }
        List<String> command = new ArrayList<>(arguments);
        command.set(0, program.get().toString());
        TransientService service = new TransientService(
                new UnitName(UNIT), "Homeostat: a message", command, Map.of(), Optional.empty(), "/", LIMIT, GRACE);
        Optional<ServiceRun> run = Errand.run(systemd.of(whose), service);
        if (run.filter(r -> r.state() == ServiceRun.State.SUCCEEDED).isEmpty()) {
            LOG.infof(
                    "%s could not be told: %s", whose, run.map(ServiceRun::how).orElse("it did not end in time"));
        }
    }

    private static List<String> wall(String text) {
        return List.of("wall", "-t", TERMINAL_LIMIT_SECONDS, text);
    }

    /** Nobody is started for it: a user without a desktop has nobody who would show it. */
    private static List<String> notification(String title, String text) {
        return List.of(
                "busctl",
                "--user",
                "--auto-start=no",
                "--timeout=5",
                "call",
                "org.freedesktop.Notifications",
                "/org/freedesktop/Notifications",
                "org.freedesktop.Notifications",
                "Notify",
                "susssasa{sv}i",
                "Homeostat",
                "0",
                "",
                title,
                text,
                "0",
                "0",
                SHOWN_MILLIS);
    }

    private static Optional<Path> program(String name) {
        return PROGRAMS.stream()
                .map(folder -> folder.resolve(name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** One line that steers no terminal, no markup of a desktop, and no option of a program. */
    static String plain(String text) {
        String line = text.codePoints()
                .map(c -> Character.isISOControl(c) || c == '<' || c == '>' || c == '&' ? ' ' : c)
                .limit(LIMIT_CHARS)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString()
                .strip();
        return line.startsWith("-") || line.startsWith("/") ? " " + line : line;
    }
}
