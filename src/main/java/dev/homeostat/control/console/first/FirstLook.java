package dev.homeostat.control.console.first;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.homeostat.host.facts.Identity;
import dev.homeostat.host.facts.IdentityLook;
import dev.homeostat.host.facts.MachineLook;
import dev.homeostat.reconcile.Refusal;
import dev.homeostat.resource.Inventory;
import dev.homeostat.resource.Problem;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Scope;
import dev.homeostat.resource.Trouble;
import io.quarkus.arc.All;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/** Looks at the machine for a first machine.yaml, and holds what it would write against the machine. Changes nothing. Thread-safe. */
@ApplicationScoped
public class FirstLook {
    private static final String NAME = "machine.yaml";

    private final MachineLook machines;
    private final IdentityLook identities;
    private final List<Inventory> inventories;

    public FirstLook(MachineLook machines, IdentityLook identities, @All List<Inventory> inventories) {
        this.machines = machines;
        this.identities = identities;
        this.inventories = inventories.stream()
                .sorted(Comparator.comparing(Inventory::section)
                        .reversed()) // services before containers, as people read them
                .toList();
    }

    /** @throws Trouble if what every machine has cannot be read */
    public Findings look() throws Trouble {
        Identity identity = identities.look();
        List<Findings.Part> parts = new ArrayList<>();
        List<String> unseen = new ArrayList<>();
        find(Scope.OWN, parts, unseen);
        for (String user : identity.lingering()) {
            if (Scope.isUserName(user)) {
                find(Scope.of(user), parts, unseen);
            }
        }
        return new Findings(machines.machine(), machines.hardware(), identity, parts, unseen);
    }

    private void find(Scope scope, List<Findings.Part> parts, List<String> unseen) {
        for (Inventory inventory : inventories) {
            try {
                List<Inventory.Found> found = inventory.find(scope);
                if (!found.isEmpty()) {
                    parts.add(new Findings.Part(scope, inventory.section(), found));
                }
            } catch (Trouble t) {
                unseen.add("Not looked at: " + inventory.section() + (scope.isOwn() ? "" : " of " + scope) + ": "
                        + t.sentence() + ".");
            }
        }
    }

    /** Compares a declaration with the machine. */
    public interface Comparing {
        /**
         * What the machine is not yet, each with the reason.
         *
         * @throws Refusal invalid, with the problems
         */
        SortedMap<ResourceId, String> notSoYet(String name, byte[] yaml) throws Refusal;
    }

    /**
     * Why entries cannot be in force, by resource: the kinds compare each with the machine, as a plan does.
     *
     * @param validate what is wrong with a declaration
     * @throws Refusal if what is left is no declaration, which is a bug
     */
    public static SortedMap<ResourceId, String> reasons(
            Findings findings, Function<byte[], List<Problem>> validate, Comparing machine) throws Refusal {
        SortedMap<ResourceId, String> reasons = new TreeMap<>();
        for (Findings.Part part : findings.parts()) {
            part.found().forEach(f -> f.unfit().ifPresent(why -> reasons.put(part.id(f), why)));
        }
        SortedMap<ResourceId, String> refused = new TreeMap<>();
        boolean settled = false;
        while (!settled) {
            try {
                compare(findings, reasons, validate, machine);
                settled = true;
            } catch (Refusal refusal) {
                SortedMap<ResourceId, String> told = told(refusal.problems(), findings, reasons);
                if (told.isEmpty()) {
                    throw refusal;
                }
                refused.putAll(told);
                reasons.putAll(told);
            }
        }
        // what was refused beside another may do without it, now that the other is known to be a comment
        for (Map.Entry<ResourceId, String> entry : refused.entrySet()) {
            reasons.remove(entry.getKey());
            try {
                compare(findings, reasons, validate, machine);
            } catch (Refusal still) {
                reasons.put(entry.getKey(), entry.getValue());
            }
        }
        return reasons;
    }

    private static void compare(
            Findings findings,
            SortedMap<ResourceId, String> reasons,
            Function<byte[], List<Problem>> validate,
            Comparing machine)
            throws Refusal {
        byte[] yaml = FirstFile.of(findings, reasons, validate).getBytes(UTF_8);
        reasons.putAll(machine.notSoYet(NAME, yaml));
    }

    /** The entries that problems are about. */
    private static SortedMap<ResourceId, String> told(
            List<Problem> problems, Findings findings, Map<ResourceId, String> reasons) {
        SortedMap<ResourceId, String> told = new TreeMap<>();
        for (Findings.Part part : findings.parts()) {
            for (Inventory.Found f : part.found()) {
                String key = part.key(f);
                for (Problem problem : problems) {
                    boolean about = problem.key().equals(key) || problem.key().startsWith(key + ".");
                    if (about && !reasons.containsKey(part.id(f))) {
                        told.putIfAbsent(part.id(f), "not accepted: " + problem.message());
                    }
                }
            }
        }
        return told;
    }
}
