package dev.homeostat.control.console;

import dev.homeostat.control.access.Access;
import dev.homeostat.control.access.Chosen;
import dev.homeostat.control.access.NotPermitted;
import dev.homeostat.control.access.Peer;
import dev.homeostat.control.console.text.Structured;
import dev.homeostat.host.facts.Facts;
import dev.homeostat.host.facts.MachineLook;
import dev.homeostat.reconcile.Engine;
import dev.homeostat.reconcile.Examiner;
import dev.homeostat.reconcile.Refusal;
import dev.homeostat.resource.Catalogue;
import dev.homeostat.resource.Durations;
import dev.homeostat.resource.Problem;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.SystemOrders;
import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** What all commands share: the options that stand anywhere, who asks, and where the answer goes. */
@Command(
        name = "homeostat",
        description = "Keeps this machine as machine.yaml declares it.",
        subcommands = {
            StatusCommand.class,
            PlanCommand.class,
            DiffCommand.class,
            ApplyCommand.class,
            ValidateCommand.class,
            WatchCommand.class,
            ExplainCommand.class,
            HistoryCommand.class,
            ReportCommand.class,
            AuditCommand.class,
            RevisionsCommand.class,
            RollbackCommand.class,
            ApproveCommand.class,
            DeclineCommand.class,
            ConfirmCommand.class,
            PauseCommand.class,
            ResumeCommand.class,
            RetryCommand.class,
            ReloadCommand.class,
            PollCommand.class,
            DeployCommand.class,
            InputsCommand.class,
            FactsCommand.class,
            CatalogCommand.class,
            InitCommand.class,
            ImportCommand.class,
            DoctorCommand.class,
            TestCommand.class,
            SchemaCommand.class,
            CompletionCommand.class,
            IdsCommand.class,
            HelpCommand.class
        },
        footer = {
            "",
            "Exit codes: 0 done or nothing to do, 1 error, 2 something to do, 3 the machine is not as declared,",
            "4 refused, 64 wrong command line, 69 daemon not reachable, 124 time-out.",
            "",
            "Example: homeostat status"
        })
final class Root implements Runnable {
    final Access access;
    final Peer peer;
    final Output out;
    final Invocation invocation;
    private final InstantSource clock;
    /** True in the daemon; false in a process that answers alone, where the loop was never started. */
    private final boolean daemon;

    private final Engine engine;
    final Installation installation;
    private final MachineLook machines;
    private final SystemOrders orders;
    private final Catalogue catalogue;
    private final Examiner examiner;
    private final OwnProcess ownProcess;

    @Spec
    CommandSpec spec;

    @Option(
            names = {"-o", "--output"},
            scope = ScopeType.INHERIT,
            paramLabel = "FORMAT",
            description = "table (for people), json or yaml (for programs).")
    Format format = Format.table;

    @Option(
            names = "--no-color",
            scope = ScopeType.INHERIT,
            description = "No colours. The variable NO_COLOR does the same.")
    boolean noColor;

    @Option(
            names = "--timeout",
            scope = ScopeType.INHERIT,
            paramLabel = "TIME",
            converter = TimeConverter.class,
            description = "Give up after so long, such as 30s, with exit code 124.")
    Duration timeout;

    @Option(
            names = "--socket",
            scope = ScopeType.INHERIT,
            paramLabel = "PATH",
            description = "The daemon's control socket. The variable HOMEOSTAT_SOCKET does the same.")
    String socket;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Explain the command.")
    boolean help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Say the version.")
    boolean version;

    Root(
            Engine engine,
            Access access,
            Peer peer,
            Output out,
            Invocation invocation,
            InstantSource clock,
            boolean daemon,
            Installation installation,
            MachineLook machines,
            SystemOrders orders,
            Catalogue catalogue,
            Examiner examiner,
            OwnProcess ownProcess) {
        this.engine = engine;
        this.access = access;
        this.peer = peer;
        this.out = out;
        this.invocation = invocation;
        this.clock = clock;
        this.daemon = daemon;
        this.installation = installation;
        this.machines = machines;
        this.orders = orders;
        this.catalogue = catalogue;
        this.examiner = examiner;
        this.ownProcess = ownProcess;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "say what to do; homeostat --help names the commands");
    }

    /**
     * The loop that keeps the machine.
     *
     * @throws NeedsDaemon if this process is not the daemon
     */
    Engine engine() {
        if (!daemon) {
            throw new NeedsDaemon(installation.startCommand());
        }
        return engine;
    }

    /** The resources that words on the command line mean: ids, or the name of a layer. */
    List<ResourceId> chosen(List<String> words) throws Refusal {
        try {
            return Chosen.of(engine(), words);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    /** The one resource that a word on the command line means: an id, or a kind of which there is one. */
    ResourceId chosen(String word) throws Refusal {
        try {
            return Chosen.one(engine(), word);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    /**
     * What an owner says about the system.
     *
     * @throws NeedsDaemon if this process is not the daemon
     */
    SystemOrders orders() {
        if (!daemon) {
            throw new NeedsDaemon(installation.startCommand());
        }
        return orders;
    }

    /**
     * Checks that follow from what is declared.
     *
     * @throws NeedsDaemon if this process is not the daemon
     */
    Examiner examiner() {
        if (!daemon) {
            throw new NeedsDaemon(installation.startCommand());
        }
        return examiner;
    }

    /** The same, for what depends on nothing but its arguments: schema and validation. */
    Engine pureEngine() {
        return engine;
    }

    /** What is wrong with a declaration that is being written. */
    List<Problem> problems(byte[] yaml) {
        return engine.validate("machine.yaml", yaml);
    }

    /** Looked at now, by whoever is asked: it needs no daemon. */
    Facts facts() throws Refusal {
        try {
            return machines.facts();
        } catch (Trouble e) {
            throw new Refusal(Refusal.Sort.CONFLICT, e.sentence());
        }
    }

    /**
     * What a command may do that reads and writes files as the user who gave it.
     *
     * @throws Refusal in the daemon, which opens nothing that a client names
     */
    OwnProcess ownProcess(String command) throws Refusal {
        if (daemon) {
            throw new Refusal(
                    Refusal.Sort.CONFLICT,
                    command + " is not done by the daemon: run homeostat " + command + " itself");
        }
        return ownProcess;
    }

    Catalogue catalogue() {
        return catalogue;
    }

    boolean isDaemon() {
        return daemon;
    }

    Instant now() {
        return clock.instant();
    }

    int columns() {
        return invocation.columns();
    }

    /** For programs as data, for people as lines. */
    void print(Object value, List<String> lines) throws IOException {
        if (format == Format.table) {
            print(lines);
        } else {
            print(value);
        }
    }

    void print(Object value) throws IOException {
        print((format == Format.yaml ? Structured.YAML : Structured.JSON).lines(value));
    }

    void print(List<String> lines) throws IOException {
        for (String line : lines) {
            out.line(line);
        }
    }

    <T> T change(String verb, String subject, Access.Change<T> change) throws Refusal, NotPermitted {
        return access.change(peer, verb, subject, change);
    }

    /** @throws ParameterException if the client did not send that file */
    byte[] file(String name, CommandSpec command) {
        byte[] content = invocation.files().get(name);
        if (content == null) {
            throw new ParameterException(command.commandLine(), "the content of " + name + " was not sent along");
        }
        return content;
    }

    /** Reads {@code 30s}. */
    static final class TimeConverter implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String text) {
            try {
                return Durations.parse(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }

    /** Reads how many lines are wanted. */
    static final class CountConverter implements ITypeConverter<Integer> {
        /** As the API has it: more is no list for people. */
        private static final int MOST = 10_000;

        @Override
        public Integer convert(String text) {
            try {
                int count = Integer.parseInt(text);
                if (count >= 1 && count <= MOST) {
                    return count;
                }
            } catch (NumberFormatException e) {
                // told below: it is not in that range either
            }
            throw new TypeConversionException("expected a number from 1 to " + MOST + ", found " + text);
        }
    }

    /** Reads {@code kind/name}. */
    static final class IdConverter implements ITypeConverter<ResourceId> {
        @Override
        public ResourceId convert(String text) {
            try {
                return ResourceId.parse(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
