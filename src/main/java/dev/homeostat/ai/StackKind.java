package dev.homeostat.ai;

import dev.homeostat.host.posix.Accounts;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Kind;
import dev.homeostat.resource.LookAgain;
import dev.homeostat.resource.OneByOne;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Sighting;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * {@code ai/USER@stack}: what was chosen for the machine at hand and why. It does nothing by itself; its folders come before
 * it and the parts of the stack after it.
 */
@ApplicationScoped
public class StackKind implements Kind<StackSpec, StackSeen> {
    static final String NAME = "ai";
    static final String STACK = "stack";
    /** In a reason that somebody should hear of. */
    static final String ALTHOUGH = ", although ";
    /** How a choice of models begins that found none, and ends where that is how it is declared. */
    private static final String NO_MODEL = "no model for ";

    private static final String DECLARED = "so it is declared";

    private final CapacityLook capacities;
    private final Accounts accounts;

    public StackKind(CapacityLook capacities, Accounts accounts) {
        this.capacities = capacities;
        this.accounts = accounts;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Class<StackSpec> specType() {
        return StackSpec.class;
    }

    @Override
    public Map<ResourceId, Sighting<StackSeen>> observe(Collection<Desired<StackSpec>> resources) {
        return OneByOne.look(resources, this::look);
    }

    private StackSeen look(Desired<StackSpec> desired) throws Trouble {
        Capacity capacity = capacities.capacity(
                accounts.require(desired.id().scope().user()).home());
        return new StackSeen(
                Choice.gib(capacity.ramBytes()),
                capacity.card().isPresent() ? Choice.gib(capacity.cardBytes()) : "none",
                capacity.freeBytes().isPresent()
                        ? Choice.gib(capacity.freeBytes().getAsLong())
                        : "not known");
    }

    @Override
    public Assessment assess(Desired<StackSpec> desired, StackSeen observed) {
        return Assessment.inSync(desired.spec().because().stream()
                .filter(why -> why.contains(ALTHOUGH) || why.startsWith(NO_MODEL) && !why.endsWith(DECLARED))
                .collect(Collectors.joining("; ")));
    }

    @Override
    public void perform(Desired<StackSpec> desired, Action action) throws Trouble {
        throw new IllegalStateException("bug: nothing is ever done to " + desired.id());
    }

    @Override
    public Optional<StackSpec> whenUndeclared(Desired<StackSpec> desired, StackSeen before, boolean ours) {
        return Optional.empty();
    }

    @Override
    public void watch(Collection<Desired<StackSpec>> resources, LookAgain lookAgain) {
        // a machine gets its memory before it starts
    }
}
