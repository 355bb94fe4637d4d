package dev.homeostat.cli;

import dev.homeostat.host.Locations;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * {@code homeostat} without {@code daemon}: sends the words to the daemon, prints what comes back, ends with its exit code.
 */
public final class Client {
    /** As a shell tells of a program whose reader has gone: 128 + SIGPIPE. */
    private static final int READER_GONE = 141;
    /** The daemon takes requests of 1 MiB, and Base64 makes four bytes of three. */
    private static final int FILE_LIMIT_BYTES = 700 * 1024;

    private static final int USUAL_COLUMNS = 80;

    private Client() {}

    public static void main(String... args) {
        int code = Offline.only(args) ? ExitCode.UNREACHABLE.number() : run(args);
        if (code == ExitCode.UNREACHABLE.number() && Offline.can(args)) {
            code = ExitCode.WITHOUT_DAEMON.number();
        }
        // nothing is buffered and nothing has to be cleaned up
        Runtime.getRuntime().halt(code);
    }

    /** @return the exit code; 69 without a word if there is no daemon and the command does not need one */
    public static int run(String... args) {
        Map<String, String> environment = System.getenv();
        String named = CommandLine.option("--socket", args);
        if (named != null && named.isEmpty()) {
            complain("homeostat: --socket wants the path of the daemon's control socket");
            return ExitCode.USAGE.number();
        }
        Path socket = named == null ? Locations.system(environment).socket() : Path.of(named);
        Path second = null;
        if (named == null && !environment.containsKey(Locations.SOCKET_VARIABLE) && !Files.isWritable(socket)) {
            second = Locations.user(environment).socket(); // there is no system's daemon, or it is not for us
        }
        Path used = second != null && Files.exists(second) ? second : socket;
        Deadline deadline = Deadline.start(CommandLine.option("--timeout", args));
        byte[] request;
        try {
            request = Request.of(args, files(args), columns(environment), color(environment, args));
        } catch (IOException e) {
            complain("homeostat: " + e.getMessage());
            return ExitCode.ERROR.number();
        }
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(used))) {
            ByteBuffer out = ByteBuffer.wrap(request);
            while (out.hasRemaining()) {
                channel.write(out);
            }
            return new Answer(channel, deadline, CommandLine.target(args)).print();
        } catch (Answer.ReaderGone e) {
            return READER_GONE;
        } catch (Answer.Unprintable e) {
            complain("homeostat: " + e.getMessage());
            return ExitCode.ERROR.number();
        } catch (IOException e) {
            return unreachable(e, socket, second, args);
        }
    }

    /**
     * Reads the files that a command line names, as this process's user.
     *
     * @throws IOException with a message for people
     */
    public static Map<String, byte[]> files(String... args) throws IOException {
        int file = CommandLine.file(args);
        return file < 0 ? Map.of() : Map.of(args[file], content(args[file]));
    }

    private static byte[] content(String name) throws IOException {
        byte[] content;
        try (FileInputStream in =
                name.equals("-") ? new FileInputStream(FileDescriptor.in) : new FileInputStream(name)) {
            content = in.readNBytes(FILE_LIMIT_BYTES + 1);
        }
        if (content.length > FILE_LIMIT_BYTES) {
            throw new IOException(name + " is larger than " + FILE_LIMIT_BYTES / 1024 + " KiB: no declaration is");
        }
        return content;
    }

    private static int unreachable(IOException e, Path socket, Path second, String... args) {
        String reason = String.valueOf(e.getMessage());
        if (reason.contains("ermission denied") && !Offline.can(args)) {
            complain("homeostat: you may not use " + socket + ": only root and members of the group " + Locations.GROUP
                    + " may");
            return ExitCode.REFUSED.number();
        }
        if (!Offline.can(args)) {
            complain("homeostat: the daemon cannot be reached: tried " + socket
                    + (second == null ? "" : " and " + second) + " (" + reason + ")");
            Map<String, String> plain = new HashMap<>(System.getenv());
            plain.remove(Locations.SOCKET_VARIABLE); // it says where, not whose
            Locations own = Locations.user(plain);
            Locations meant = socket.equals(own.socket()) ? own : Locations.system(plain);
            complain("Start it with: " + meant.startCommand());
            if (second != null) {
                complain("or, if you keep your own things with it: " + own.startCommand());
            }
        }
        return ExitCode.UNREACHABLE.number();
    }

    private static boolean color(Map<String, String> environment, String... args) {
        String no = environment.get("NO_COLOR");
        return (no == null || no.isEmpty())
                && !"dumb".equals(environment.get("TERM"))
                && !CommandLine.has("--no-color", args)
                && terminal();
    }

    /** Width of the terminal, as the launcher found it; 0 if the output is none. */
    private static int columns(Map<String, String> environment) {
        if (!terminal()) {
            return 0;
        }
        String columns = environment.get("COLUMNS");
        if (columns != null && !columns.isEmpty() && columns.length() < 5) {
            try {
                return Integer.parseInt(columns);
            } catch (NumberFormatException e) {
                // somebody's variable of the same name
                return USUAL_COLUMNS;
            }
        }
        return USUAL_COLUMNS;
    }

    /** Asks the kernel what standard output is: much cheaper than java.io.Console. */
    private static boolean terminal() {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException e) {
            // no /proc: without colours, then
            return false;
        }
    }

    static void complain(String line) {
        byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
        try {
            // not closed: that would close the descriptor
            new FileOutputStream(FileDescriptor.err).write(bytes);
        } catch (IOException e) {
            // there is nowhere left to say it; the exit code does
            return;
        }
    }
}
