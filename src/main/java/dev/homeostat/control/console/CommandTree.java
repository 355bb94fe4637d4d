package dev.homeostat.control.console;

import dev.homeostat.cli.Client;
import dev.homeostat.cli.ExitCode;
import dev.homeostat.control.access.Access;
import dev.homeostat.control.access.NotPermitted;
import dev.homeostat.control.access.Peer;
import dev.homeostat.host.Locations;
import dev.homeostat.host.facts.MachineLook;
import dev.homeostat.host.posix.Accounts;
import dev.homeostat.reconcile.Engine;
import dev.homeostat.reconcile.Examiner;
import dev.homeostat.reconcile.Progress;
import dev.homeostat.reconcile.Refusal;
import dev.homeostat.resource.Catalogue;
import dev.homeostat.resource.Problem;
import dev.homeostat.resource.SystemOrders;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Runs command lines. Thread-safe: each gets a tree of its own. */
@ApplicationScoped
public class CommandTree {
    private static final Logger LOG = Logger.getLogger(CommandTree.class);
    /** Help is wrapped at this width if the output is no terminal. */
    private static final int USUAL_COLUMNS = 100;

    private static final int NARROWEST_COLUMNS = 55;

    private final Engine engine;
    private final Access access;
    private final Installation installation;
    private final MachineLook machines;
    private final SystemOrders orders;
    private final Catalogue catalogue;
    private final Examiner examiner;
    private final OwnProcess ownProcess;
    private final InstantSource clock;
    private final String version;

    public CommandTree(
            Engine engine,
            Access access,
            Accounts accounts,
            Locations locations,
            Progress progress,
            MachineLook machines,
            SystemOrders orders,
            Catalogue catalogue,
            Examiner examiner,
            OwnProcess ownProcess,
            InstantSource clock,
            @ConfigProperty(name = "quarkus.application.version") String version) {
        this.engine = engine;
        this.access = access;
        this.installation = new Installation(engine, accounts, locations, progress);
        this.machines = machines;
        this.orders = orders;
        this.catalogue = catalogue;
        this.examiner = examiner;
        this.ownProcess = ownProcess;
        this.clock = clock;
        this.version = version;
    }

    /**
     * In the daemon, for a client.
     *
     * @throws IOException if the client is gone
     */
    public ExitCode run(Invocation invocation, Peer peer, LineProtocol out) throws IOException {
        return run(invocation, peer, out, true);
    }

    /** In a process of its own, without a daemon. */
    public int runHere(String... args) {
        StandardOutput out = new StandardOutput();
        Invocation invocation;
        try {
            invocation = new Invocation(List.of(args), 0, false, Client.files(args));
        } catch (IOException e) {
            out.error("homeostat: " + e.getMessage());
            return ExitCode.ERROR.number();
        }
        try {
            return run(invocation, access.self(), out, false).number();
        } catch (IOException e) {
            return ExitCode.ERROR.number();
        } finally {
            out.flush();
        }
    }

    private ExitCode run(Invocation invocation, Peer peer, Output out, boolean daemon) throws IOException {
        Root root = new Root(
                engine,
                access,
                peer,
                out,
                invocation,
                clock,
                daemon,
                installation,
                machines,
                orders,
                catalogue,
                examiner,
                ownProcess);
        CommandLine tree = new CommandLine(root);
        AtomicReference<Exception> failure = new AtomicReference<>();
        StringWriter help = new StringWriter();
        StringWriter complaint = new StringWriter();
        settle(tree, invocation, help, complaint);
        tree.setExecutionExceptionHandler((exception, command, parsed) -> {
            failure.set(exception);
            return ExitCode.ERROR.number();
        });
        int code = tree.execute(invocation.args().toArray(new String[0]));
        lines(help, out::line);
        lines(complaint, out::error);
        if (failure.get() != null) {
            return failed(failure.get(), out);
        }
        return answered(tree)
                .orElse(code == ExitCode.USAGE.number() ? ExitCode.USAGE : code == 0 ? ExitCode.OK : ExitCode.ERROR);
    }

    private void settle(CommandLine tree, Invocation invocation, StringWriter help, StringWriter complaint) {
        int columns = invocation.columns() == 0 ? USUAL_COLUMNS : Math.max(NARROWEST_COLUMNS, invocation.columns());
        tree.setColorScheme(Help.defaultColorScheme(Help.Ansi.OFF))
                .setExpandAtFiles(false) // the daemon opens nothing that a client names
                .setUsageHelpWidth(columns)
                .setOut(new PrintWriter(help))
                .setErr(new PrintWriter(complaint))
                .setParameterExceptionHandler(CommandTree::usage);
        tree.getCommandSpec().version("homeostat " + version);
    }

    private static int usage(ParameterException problem, String... args) {
        CommandLine command = problem.getCommandLine();
        PrintWriter err = command.getErr();
        err.println("homeostat: " + words(problem, command));
        UnmatchedArgumentException.printSuggestions(problem, err);
        err.println("Try: " + command.getCommandSpec().qualifiedName() + " --help");
        err.flush();
        return ExitCode.USAGE.number();
    }

    /** What picocli says of words it cannot place is about indexes. */
    private static String words(ParameterException problem, CommandLine command) {
        if (!(problem instanceof UnmatchedArgumentException unmatched)
                || unmatched.getUnmatched().isEmpty()) {
            return problem.getMessage();
        }
        String word = unmatched.getUnmatched().getFirst();
        if (word.startsWith("-") && word.length() > 1) {
            return command.getCommandSpec().qualifiedName() + " has no option " + word;
        }
        return command.getParent() == null
                ? "there is no command \"" + word + "\""
                : "\"" + word + "\" is one word too many";
    }

    private static Optional<ExitCode> answered(CommandLine tree) {
        for (ParseResult parsed = tree.getParseResult(); parsed != null; parsed = parsed.subcommand()) {
            if (parsed.commandSpec().commandLine().getExecutionResult() instanceof ExitCode code) {
                return Optional.of(code);
            }
        }
        return Optional.empty();
    }

    private static ExitCode failed(Exception failure, Output out) throws IOException {
        switch (failure) {
            case Refusal refusal -> {
                out.error("homeostat: " + refusal.getMessage());
                for (Problem problem : refusal.problems()) {
                    out.error("  " + problem);
                }
                return refusal.sort() == Refusal.Sort.MOVED ? ExitCode.REFUSED : ExitCode.ERROR;
            }
            case NotPermitted refusal -> {
                out.error("homeostat: " + refusal.getMessage());
                return ExitCode.REFUSED;
            }
            case NeedsDaemon missing -> {
                out.error("homeostat: " + missing.getMessage());
                return ExitCode.UNREACHABLE;
            }
            case IOException gone -> throw gone;
            default -> {
                String mark = UUID.randomUUID().toString();
                LOG.errorf(failure, "mistake %s in a command", mark);
                out.error("homeostat: the daemon made a mistake; its journal has the details under " + mark);
                return ExitCode.ERROR;
            }
        }
    }

    private interface Sink {
        void accept(String line) throws IOException;
    }

    private static void lines(StringWriter text, Sink sink) throws IOException {
        for (String line : text.toString().stripTrailing().lines().toList()) {
            sink.accept(line);
        }
    }
}
