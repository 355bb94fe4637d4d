package dev.homeostat.host.systemd;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.freedesktop.dbus.types.UInt64;
import org.freedesktop.dbus.types.Variant;

/**
 * A service that is made by asking for it and lives independently of who asked: in a control group of its own, with its
 * output in the journal or in a file, and its result kept by systemd until it is forgotten.
 *
 * @param name of the unit
 * @param description for people
 * @param arguments program (an absolute path) and arguments; no secret, everybody can read them
 * @param environment of its programs; everybody can read it
 * @param user whose rights it has; empty for root
 * @param folder where it starts
 * @param limit after which it is ended
 * @param grace between asking it to end and killing it
 * @param output file that is to hold all that it writes, and nothing else; the journal has it if empty. It must lie where only
 *     root may write
 * @param background whether it gets of processor and disk only what nobody else wants
 */
public record TransientService(
        UnitName name,
        String description,
        List<String> arguments,
        Map<String, String> environment,
        Optional<String> user,
        String folder,
        Duration limit,
        Duration grace,
        Optional<Path> output,
        boolean background) {
    private static final int NICE_LEAST = 19;
    /** SCHED_IDLE of sched(7). */
    private static final int SCHEDULED_IDLE = 5;
    /** IOPRIO_CLASS_IDLE of ioprio_set(2). */
    private static final int DISK_IDLE = 3;

    public TransientService(
            UnitName name,
            String description,
            List<String> arguments,
            Map<String, String> environment,
            Optional<String> user,
            String folder,
            Duration limit,
            Duration grace) {
        this(name, description, arguments, environment, user, folder, limit, grace, Optional.empty(), false);
    }

    public TransientService inTheBackground() {
        return new TransientService(
                name, description, arguments, environment, user, folder, limit, grace, output, true);
    }

    /** What it writes can then be read at once, without asking the journal. */
    public TransientService writingTo(Path file) {
        return new TransientService(
                name, description, arguments, environment, user, folder, limit, grace, Optional.of(file), background);
    }

    public TransientService {
        if (!name.type().equals("service")) {
            throw new IllegalArgumentException(name + " is not the name of a service");
        }
        if (arguments.isEmpty() || !arguments.getFirst().startsWith("/")) {
            throw new IllegalArgumentException("a service needs the absolute path of a program");
        }
        arguments = List.copyOf(arguments);
        environment = Map.copyOf(environment);
    }

    /** As org.freedesktop.systemd1.Manager.StartTransientUnit takes them. */
    Object[][] properties() {
        List<Object[]> properties = new ArrayList<>();
        properties.add(property("Description", description, "s"));
        // not oneshot: only then is there a limit that holds while it runs
        properties.add(property("Type", "exec", "s"));
        // or its result is gone when it has ended well
        properties.add(property("RemainAfterExit", true, "b"));
        properties.add(property("RuntimeMaxUSec", micros(limit), "t"));
        properties.add(property("TimeoutStopUSec", micros(grace), "t"));
        // what it wrote is what people need when it failed
        properties.add(property("LogRateLimitIntervalUSec", micros(Duration.ZERO), "t"));
        properties.add(property("WorkingDirectory", folder, "s"));
        if (background) {
            properties.add(property("Nice", NICE_LEAST, "i"));
            properties.add(property("CPUSchedulingPolicy", SCHEDULED_IDLE, "i"));
            properties.add(property("IOSchedulingClass", DISK_IDLE, "i"));
        }
        // its errors go where its output goes
        output.ifPresent(file -> properties.add(property("StandardOutputFileToTruncate", file.toString(), "s")));
        user.ifPresent(u -> properties.add(property("User", u, "s")));
        properties.add(property(
                "Environment",
                environment.entrySet().stream()
                        .map(e -> e.getKey() + "=" + e.getValue())
                        .sorted()
                        .toArray(String[]::new),
                "as"));
        Object[] start = {arguments.getFirst(), arguments.toArray(String[]::new), false};
        properties.add(property("ExecStart", new Object[][] {start}, "a(sasb)"));
        return properties.toArray(Object[][]::new);
    }

    private static UInt64 micros(Duration duration) {
        return new UInt64(TimeUnit.NANOSECONDS.toMicros(duration.toNanos()));
    }

    private static Object[] property(String name, Object value, String signature) {
        return new Object[] {name, new Variant<>(value, signature)};
    }
}
