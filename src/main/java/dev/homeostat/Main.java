package dev.homeostat;

import dev.homeostat.ai.client.McpRun;
import dev.homeostat.ai.document.Follow;
import dev.homeostat.ai.mcp.Mcp;
import dev.homeostat.ai.model.Fetch;
import dev.homeostat.ai.suggest.Suggest;
import dev.homeostat.cli.Client;
import dev.homeostat.cli.ExitCode;
import dev.homeostat.cli.Offline;
import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.CoreDumps;
import dev.homeostat.knowledge.Knowledge;
import dev.homeostat.resource.Trouble;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;

/**
 * Where the program begins: {@code daemon} keeps the machine; {@code knowledge} is the knowledge base and what follows into it,
 * {@code mcp} the server for agents, {@code model} fetches files of models, {@code suggest} asks one for an edit (the launcher
 * starts these without this); anything else is a command of the console, answered here
 * if it needs no daemon and passed to the daemon otherwise.
 */
@QuarkusMain
public final class Main {
    private static final String USAGE =
            "usage: homeostat daemon [--user] [--config FOLDER] [--state FOLDER] [--socket PATH]";

    private Main() {}

    public static void main(String... args) throws InterruptedException {
        if (args.length > 0 && args[0].equals("daemon")) {
            daemon(args);
        } else if (args.length > 0 && args[0].equals("knowledge")) {
            if (args.length > 1 && args[1].equals("follow")) {
                Follow.main(Arrays.copyOfRange(args, 2, args.length));
            } else {
                Knowledge.main(Arrays.copyOfRange(args, 1, args.length));
            }
        } else if (args.length > 1 && args[0].equals("mcp") && args[1].equals("run")) {
            McpRun.main(Arrays.copyOfRange(args, 2, args.length));
        } else if (args.length > 0 && args[0].equals("mcp")) {
            Mcp.main(Arrays.copyOfRange(args, 1, args.length));
        } else if (args.length > 0 && args[0].equals("model")) {
            Fetch.main(Arrays.copyOfRange(args, 1, args.length));
        } else if (args.length > 0 && args[0].equals("suggest")) {
            Suggest.main(Arrays.copyOfRange(args, 1, args.length));
        } else if (Offline.can(args)) {
            offline(args);
        } else {
            System.exit(Client.run(args));
        }
    }

    private static void daemon(String... args) {
        Locations locations;
        try {
            locations = locations(args);
        } catch (IllegalArgumentException e) {
            System.err.println("homeostat: " + e.getMessage());
            System.err.println(USAGE);
            System.exit(ExitCode.USAGE.number());
            return;
        }
        StateLock lock;
        try {
            CoreDumps.forbid();
            lock = StateLock.take(locations);
            Temporary.prepare(locations);
            makeRoomForSocket(locations);
        } catch (Trouble e) {
            System.err.println("homeostat: " + e.sentence());
            System.exit(ExitCode.ERROR.number());
            return;
        }
        LocationsProducer.publish(locations);
        Quarkus.run(Daemon.class, (code, failure) -> ended(lock, code, failure), args);
    }

    private static void ended(StateLock lock, int code, Throwable failure) {
        if (failure != null) {
            System.err.println("homeostat: cannot start: " + failure);
        }
        try {
            lock.close();
        } catch (IOException e) {
            System.err.println("homeostat: cannot release the lock on the state folder: " + e);
        }
        System.exit(code);
    }

    private static void offline(String... args) {
        Locations locations = Locations.system(System.getenv());
        LocationsProducer.publish(locations);
        System.setProperty("quarkus.http.domain-socket-enabled", "false");
        System.setProperty("quarkus.log.level", "ERROR");
        System.setProperty("quarkus.log.console.stderr", "true");
        Quarkus.run(Console.class, (code, failure) -> System.exit(code), args);
    }

    private static Locations locations(String... args) {
        boolean user = false;
        Path config = null;
        Path state = null;
        Path socket = null;
        for (int i = 1; i < args.length; i++) {
            switch (args[i]) {
                case "--user" -> user = true;
                case "--config" -> config = path(args, ++i);
                case "--state" -> state = path(args, ++i);
                case "--socket" -> socket = path(args, ++i);
                default -> throw new IllegalArgumentException("the daemon has no option \"" + args[i] + "\"");
            }
        }
        Locations usual = user ? Locations.user(System.getenv()) : Locations.system(System.getenv());
        return new Locations(
                user,
                config == null ? usual.config() : config,
                state == null ? usual.state() : state,
                socket == null ? usual.socket() : socket);
    }

    private static Path path(String[] args, int i) {
        if (i >= args.length || args[i].isEmpty()) {
            throw new IllegalArgumentException(args[i - 1] + " needs a path");
        }
        return Path.of(args[i]).toAbsolutePath().normalize();
    }

    /** The folder of the socket; systemd's RuntimeDirectory has made it already where there is one. */
    private static void makeRoomForSocket(Locations locations) throws Trouble {
        Path folder = locations.socket().getParent();
        try {
            if (!Files.isDirectory(folder)) {
                Files.createDirectories(folder.getParent());
                Files.createDirectory(
                        folder,
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString(locations.unprivileged() ? "rwx------" : "rwxr-xr-x")));
            }
        } catch (IOException e) {
            throw new Trouble(Trouble.Sort.INVALID, "cannot make the folder of the control socket: " + e, "", e);
        }
    }
}
