package dev.homeostat.knowledge;

import dev.homeostat.resource.StandardLog;
import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Level;
import java.util.logging.Logger;

/** {@code homeostat knowledge serve}: a main of its own, so that nothing of the daemon is loaded. */
public final class Knowledge {
    private static final String USAGE =
            "usage: homeostat knowledge serve [--listen ADDRESS:PORT] [--state FOLDER] [--embeddings URL --model NAME]";
    /** As sysexits.h has it. */
    private static final int USAGE_STATUS = 64;

    private static final int ERROR_STATUS = 1;
    /** Held, because Java forgets the settings of a logger that nobody holds. */
    private static final Logger LUCENE = Logger.getLogger("org.apache.lucene");

    private Knowledge() {}

    /** @param args without the word knowledge */
    public static void main(String... args) throws InterruptedException {
        int status = run(args);
        System.exit(status);
    }

    /**
     * Serves until the process is told to end.
     *
     * @return the exit status, if it cannot begin
     */
    public static int run(String... args) throws InterruptedException {
        StandardLog log = new StandardLog(System.err, "homeostat knowledge", System.getenv("JOURNAL_STREAM") != null);
        if (args.length == 0 || !args[0].equals("serve")) {
            System.err.println(USAGE);
            return USAGE_STATUS;
        }
        // it recommends a module of the JDK that is still being tried out
        LUCENE.setLevel(Level.SEVERE);
        Settings settings;
        try {
            settings = Settings.of(System.getenv(), Arrays.copyOfRange(args, 1, args.length));
        } catch (Trouble e) {
            System.err.println("homeostat knowledge: " + e.sentence());
            System.err.println(USAGE);
            return USAGE_STATUS;
        }
        KnowledgeServer server;
        try {
            server = KnowledgeServer.start(settings, log);
        } catch (Trouble e) {
            System.err.println("homeostat knowledge: " + e.sentence());
            return ERROR_STATUS;
        }
        Runtime.getRuntime().addShutdownHook(new Thread(() -> end(server, log)));
        System.out.println("homeostat knowledge: listening on " + server.address());
        new CountDownLatch(1).await(); // a signal ends it
        return 0;
    }

    private static void end(KnowledgeServer server, StandardLog log) {
        try {
            server.close();
        } catch (IOException | SQLException e) {
            log.warning("not ended in order, which loses nothing: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
