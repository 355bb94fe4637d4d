package dev.homeostat.kind.generation;

import static java.util.Objects.requireNonNull;

import dev.homeostat.host.nix.ClosureDifference;
import dev.homeostat.host.nix.DryActivation;
import dev.homeostat.host.nix.StorePath;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What putting a system in force would do, told after it was built and before anything is touched.
 *
 * @param key of what it was built from
 * @param before what was in force then
 * @param units what the switch would do to units
 * @param changes packages and sizes
 * @param reboot why the machine would need a reboot, a sentence for each reason; empty if it would need none
 */
record Preview(
        String key,
        StorePath before,
        StorePath target,
        DryActivation units,
        ClosureDifference changes,
        List<String> reboot) {
    /** More names make no line for people; the report has all packages. */
    private static final int NAMES_SHOWN = 5;

    private static final long MEBIBYTE = 1 << 20;

    Preview {
        requireNonNull(before, "before is null");
        requireNonNull(target, "target is null");
        requireNonNull(units, "units is null");
        requireNonNull(changes, "changes is null");
        reboot = List.copyOf(reboot);
        if (!key.matches(DeploymentState.KEY)) {
            throw new IllegalArgumentException("not a key: " + key);
        }
    }

    boolean isOf(String otherKey, Optional<StorePath> built, Optional<StorePath> activated) {
        return key.equals(otherKey)
                && built.filter(target::equals).isPresent()
                && activated.filter(before::equals).isPresent();
    }

    /** Whether units would begin to run, or begin anew: some of them may end soon after. */
    boolean startsUnits() {
        return units.restartsSystemd()
                || !units.starts().isEmpty()
                || !units.restarts().isEmpty()
                || !units.reloads().isEmpty()
                || !units.ofUsers().isEmpty();
    }

    /** One line for people. */
    String words() {
        List<String> parts = new ArrayList<>();
        names("stops", units.stops(), parts);
        names("restarts", units.restarts(), parts);
        names("reloads", units.reloads(), parts);
        names("starts", units.starts(), parts);
        names("of users:", units.ofUsers(), parts);
        if (units.restartsSystemd()) {
            parts.add("executes systemd anew");
        }
        if (parts.isEmpty()) {
            parts.add("touches no unit");
        }
        int packages = changes.packages().size();
        long more = (changes.sizeAfterBytes() - changes.sizeBeforeBytes()) / MEBIBYTE;
        parts.add(packages
                + (packages == 1 ? " package differs" : " packages differ")
                + (more == 0 ? "" : ", " + Math.abs(more) + " MiB " + (more > 0 ? "more" : "less")));
        parts.add(reboot.isEmpty() ? "needs no reboot" : "needs a reboot: " + String.join(", ", reboot));
        return String.join("; ", parts);
    }

    private static void names(String what, List<String> names, List<String> parts) {
        if (!names.isEmpty()) {
            int more = names.size() - NAMES_SHOWN;
            parts.add(what + " " + String.join(", ", names.subList(0, Math.min(names.size(), NAMES_SHOWN)))
                    + (more > 0 ? " and " + more + " more" : ""));
        }
    }
}
