package dev.homeostat.kind.generation;

import dev.homeostat.host.nix.Nix;
import dev.homeostat.host.nix.StorePath;
import dev.homeostat.kind.generation.settings.NixosSettings.Operation;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.LookAgain;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.SystemOrders;
import dev.homeostat.resource.Trouble;
import java.nio.file.Files;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/** What an owner says about the system, and what of it is in force. Thread-safe. */
final class OwnersOrders implements SystemOrders {
    private static final Logger LOG = Logger.getLogger(OwnersOrders.class);

    private final Nix nix;
    private final SystemTree tree;
    private final DeploymentState state;
    private final LockedInputs inputs;
    private final InstantSource clock;
    /** Held while the order is replaced or taken away. */
    private final Object ordering = new Object();

    private volatile Optional<Desired<GenerationSpec>> current = Optional.empty();
    private volatile LookAgain lookAgain;

    OwnersOrders(Nix nix, SystemTree tree, DeploymentState state, LockedInputs inputs, InstantSource clock) {
        this.nix = nix;
        this.tree = tree;
        this.state = state;
        this.inputs = inputs;
        this.clock = clock;
    }

    /** From now on this is what is declared. */
    void declare(Optional<Desired<GenerationSpec>> desired, LookAgain newLookAgain) {
        current = desired;
        lookAgain = newLookAgain;
    }

    private GenerationSpec declaredSpec() throws Trouble {
        return current.orElseThrow(() ->
                        Trouble.conflict("no system is declared", "declare host, or where it comes from (nixos.from)"))
                .spec();
    }

    private void look(String cause) {
        LookAgain told = lookAgain;
        if (told != null) {
            told.at(GenerationKind.SYSTEM, cause);
        }
    }

    @Override
    public ResourceId resource() {
        return GenerationKind.SYSTEM;
    }

    // ---- instead of what is declared

    /** The order that is in force for what is declared; empty if there is none, or it has ended. */
    Optional<SystemOrder> order(GenerationSpec declared) throws Trouble {
        Optional<SystemOrder> order = state.order();
        return order.isPresent() && order.get().declared().equals(key(declared)) ? order : Optional.empty();
    }

    /** What is to be in force: what is declared, or what was ordered instead. */
    GenerationSpec effective(GenerationSpec declared) throws Trouble {
        return order(declared).map(o -> o.instead(declared)).orElse(declared);
    }

    /** An order that ended by a change of what is declared does not come back if that is undone. */
    void dropIfEnded(GenerationSpec declared) throws Trouble {
        synchronized (ordering) {
            if (state.order().isPresent() && order(declared).isEmpty()) {
                state.order(Optional.empty());
            }
        }
    }

    private String key(GenerationSpec declared) throws Trouble {
        try {
            return tree.look(declared).key();
        } catch (Trouble t) {
            if (t.sort() == Trouble.Sort.INVALID) {
                return "";
            }
            throw t;
        }
    }

    @Override
    public Order deploy(String text, Optional<String> operation, String by) throws Trouble {
        GenerationSpec declared = declaredSpec();
        StorePath path = checked(text);
        Operation how = operation.isEmpty() ? declared.operation() : operation(operation.get());
        SystemOrder order = new SystemOrder(path, how, clock.instant(), by, key(declared));
        synchronized (ordering) {
            state.lift(tree.look(order.instead(declared)).key());
            state.order(Optional.of(order));
        }
        LOG.infof("%s", order.sentence());
        look(by + " ordered " + path);
        return order.told();
    }

    private static Operation operation(String word) throws Trouble {
        return Arrays.stream(Operation.values())
                .filter(o -> GenerationComparison.word(o).equals(word))
                .findFirst()
                .orElseThrow(() -> Trouble.invalid(
                        "\"" + word.replaceAll("\\p{Cntrl}", "?") + "\" is no operation", "say switch, boot or test"));
    }

    private StorePath checked(String text) throws Trouble {
        StorePath path;
        try {
            path = StorePath.parse(
                    text.length() > 1 && text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
        } catch (IllegalArgumentException e) {
            throw new Trouble(
                    Trouble.Sort.INVALID, e.getMessage(), "give the path itself, as readlink -f result prints it", e);
        }
        if (!path.store().equals(nix.settings().store())) {
            throw Trouble.invalid(
                    path.toString().replaceAll("\\p{Cntrl}", "?") + " is not in "
                            + nix.settings().store(),
                    "copy it there: nix copy");
        }
        if (!nix.has(path)) {
            if (!nix.canBeFetched(path)) {
                throw Trouble.invalid(
                        path + " is not in the store, and no binary cache of this machine has it",
                        "copy it there (nix copy), or declare the cache under build.substituters");
            }
        } else if (!Files.exists(path.path().resolve("bin").resolve("switch-to-configuration"))) {
            throw Trouble.invalid(
                    path + " is no system: it has no bin/switch-to-configuration",
                    "give the path of config.system.build.toplevel");
        }
        return path;
    }

    @Override
    public Optional<Order> declared() throws Trouble {
        Optional<SystemOrder> order;
        synchronized (ordering) {
            order = state.order();
            if (order.isPresent()) {
                state.order(Optional.empty());
            }
        }
        if (order.isPresent()) {
            look("the order of " + order.get().path() + " was ended");
        }
        return order.map(SystemOrder::told);
    }

    // ---- a repository

    @Override
    public Polled poll() throws Trouble {
        if (!(declaredSpec().source() instanceof SystemSource.Git source)) {
            throw Trouble.conflict("the system does not come from a repository", "nixos.from says where it comes from");
        }
        GitSource.Answer answer = ask(source, true)
                .orElseThrow(() -> new IllegalStateException("a question without a pause has an answer"));
        return new Polled(GitSource.name(source), answer.commit().text(), answer.news());
    }

    private Optional<GitSource.Answer> ask(SystemSource.Git source, boolean now) throws Trouble {
        try {
            return tree.git().poll(source, now);
        } finally {
            look("its repository was asked"); // also a refusal is news
        }
    }

    /** By the timetable. What goes wrong, the next look tells. */
    void ask() {
        if (current.map(d -> d.spec().source()).orElse(null) instanceof SystemSource.Git source) {
            try {
                ask(source, false);
            } catch (Trouble t) {
                LOG.debugf("asking %s: %s", GitSource.name(source), t.sentence());
            }
        }
    }

    // ---- inputs

    private SystemSource.Generated generated() throws Trouble {
        if (declaredSpec().source() instanceof SystemSource.Generated source) {
            return source;
        }
        throw Trouble.conflict(
                "the system is not generated: its inputs are locked where it comes from",
                "update them there, such as by nix flake update");
    }

    @Override
    public Inputs inputs() throws Trouble {
        try {
            generated();
        } catch (Trouble t) {
            return new Inputs(List.of(), Optional.of(t.sentence()), Optional.empty());
        }
        return inputs.list();
    }

    @Override
    public InputsChange updateInputs(List<String> names, Consumer<String> progress) throws Trouble {
        SystemSource.Generated source = generated();
        InputsChange change = inputs.update(source, tree.flake(source), names, progress);
        look("its inputs were updated");
        return change;
    }

    @Override
    public InputsChange restoreInputs() throws Trouble {
        generated();
        InputsChange change = inputs.restore();
        look("its former inputs were restored");
        return change;
    }
}
