package dev.homeostat.control;

import dev.homeostat.reconcile.Refusal;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.SystemOrders;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.inject.Alternative;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Orders that are carried out at once, and are as wrong as the {@link EngineDouble} is told to be. */
@Alternative
@Singleton
public class OrdersDouble implements SystemOrders {
    public static final String PATH = "/nix/store/0123456789abcdfghijklmnpqrsvwxyz-nixos-system-lab";
    public static final String COMMIT = "0123456789".repeat(4);
    private static final Input OLD =
            new Input("nixpkgs", "github", Optional.of(COMMIT), Optional.of(EngineDouble.LONG_AGO));
    private static final Input NEW = new Input("nixpkgs", "path", Optional.empty(), Optional.empty());

    private final EngineDouble engine;
    private Optional<Order> order = Optional.empty();
    /** The system is not generated. */
    public volatile boolean bare;

    OrdersDouble(EngineDouble engine) {
        this.engine = engine;
    }

    private void mayRefuse() throws Trouble {
        if (engine.bug != null) {
            throw engine.bug;
        }
        if (engine.refusal != null) {
            throw engine.refusal.sort() == Refusal.Sort.INVALID
                    ? Trouble.invalid(engine.refusal.getMessage(), "")
                    : Trouble.conflict(engine.refusal.getMessage(), "");
        }
    }

    @Override
    public ResourceId resource() {
        return EngineDouble.MOTD;
    }

    @Override
    public Polled poll() throws Trouble {
        mayRefuse();
        return new Polled("branch main of https://example.org/config", COMMIT, true);
    }

    @Override
    public Order deploy(String path, Optional<String> operation, String by) throws Trouble {
        mayRefuse();
        order = Optional.of(new Order(path, operation.orElse("switch"), Instant.EPOCH, by));
        return order.get();
    }

    @Override
    public Optional<Order> declared() throws Trouble {
        mayRefuse();
        Optional<Order> ended = order;
        order = Optional.empty();
        return ended;
    }

    @Override
    public Inputs inputs() throws Trouble {
        mayRefuse();
        return bare
                ? new Inputs(List.of(), Optional.of("the system is not generated"), Optional.empty())
                : new Inputs(List.of(OLD, NEW), Optional.empty(), Optional.of(EngineDouble.LONG_AGO));
    }

    @Override
    public InputsChange updateInputs(List<String> names, Consumer<String> progress) throws Trouble {
        mayRefuse();
        progress.accept("fetching nixpkgs");
        return new InputsChange(List.of(OLD), List.of(NEW), Duration.ofSeconds(2));
    }

    @Override
    public InputsChange restoreInputs() throws Trouble {
        mayRefuse();
        return new InputsChange(List.of(), List.of(), Duration.ofMillis(3));
    }
}
