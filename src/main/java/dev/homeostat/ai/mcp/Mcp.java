package dev.homeostat.ai.mcp;

import dev.homeostat.ai.DaemonDoor;
import dev.homeostat.cli.ControlSocket;
import dev.homeostat.resource.Trouble;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/** {@code homeostat mcp}: a main of its own, so that nothing of the daemon is loaded. */
public final class Mcp {
    private static final String USAGE = """
            usage: homeostat mcp                            over standard input and output
                   homeostat mcp --http ADDRESS:PORT        over HTTP on loopback
                   homeostat mcp new NAME --lang ts|python [--into FOLDER]
            """;
    /** As sysexits.h has it. */
    private static final int USAGE_STATUS = 64;

    private static final int ERROR_STATUS = 1;
    private static final int PORT_LIMIT = 65_535;

    private Mcp() {}

    /** @param args without the word mcp */
    public static void main(String... args) throws InterruptedException {
        System.exit(run(args));
    }

    /** @return the exit status */
    public static int run(String... args) throws InterruptedException {
        PrintStream log = System.err;
        try {
            if (args.length > 0 && args[0].equals("new")) {
                NewServer made = NewServer.of(Arrays.copyOfRange(args, 1, args.length));
                made.write().forEach(System.out::println);
                return 0;
            }
            Map<String, String> environment = System.getenv();
            if (args.length == 0) {
                overStandardStreams(environment, log);
                return 0;
            }
            if (args.length == 2 && args[0].equals("--http")) {
                overHttp(address(args[1]), environment, log);
                return 0;
            }
            log.print(USAGE);
            return USAGE_STATUS;
        } catch (NewServer.WrongWords e) {
            log.println("homeostat mcp: " + e.getMessage());
            log.print(USAGE);
            return USAGE_STATUS;
        } catch (Trouble e) {
            log.println("homeostat mcp: " + e.sentence());
            return ERROR_STATUS;
        } catch (IOException e) {
            log.println("homeostat mcp: whoever asked has left: " + e.getMessage());
            return ERROR_STATUS;
        }
    }

    private static Protocol protocol(Map<String, String> environment, PrintStream log) throws Trouble {
        Tools tools = new Tools(
                new DaemonDoor(ControlSocket.usual(environment)),
                KnowledgeDoor.usual(environment.get("HOMEOSTAT_KNOWLEDGE_URL")),
                new Options());
        String version = Mcp.class.getPackage().getImplementationVersion();
        return new Protocol(tools, version == null ? "0.1.0" : version, log);
    }

    private static void overStandardStreams(Map<String, String> environment, PrintStream log)
            throws Trouble, IOException, InterruptedException {
        OutputStream out = new FileOutputStream(FileDescriptor.out);
        System.setOut(log); // whatever a library prints: standard output is the protocol's alone
        new StandardStreams(protocol(environment, log), System.in, out).serve();
    }

    private static void overHttp(InetSocketAddress address, Map<String, String> environment, PrintStream log)
            throws Trouble, InterruptedException {
        Path home = Path.of(environment.getOrDefault("HOME", System.getProperty("user.home")));
        Token token = Token.at(Token.place(home));
        LoopbackHttp server = LoopbackHttp.start(address, protocol(environment, log), token, log);
        Runtime.getRuntime().addShutdownHook(new Thread(server::close));
        System.out.println("homeostat mcp: listening on " + server.address() + ", token in " + Token.place(home));
        new CountDownLatch(1).await(); // a signal ends it
    }

    private static InetSocketAddress address(String text) throws Trouble {
        int colon = text.lastIndexOf(':');
        try {
            String host = text.substring(0, Math.max(0, colon)).replaceAll("[\\[\\]]", "");
            int port = Integer.parseInt(text.substring(colon + 1));
            if (!host.isEmpty() && port >= 0 && port <= PORT_LIMIT) {
                return new InetSocketAddress(host, port);
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw Trouble.invalid("\"" + text + "\" is not ADDRESS:PORT", "such as 127.0.0.1:8092");
    }
}
