package dev.homeostat.resource;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonValue;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What one deployment of a resource came to.
 *
 * @param began when the point to roll back to was recorded
 * @param ended when it was known what became of it
 * @param outcome what became of it
 * @param reason why it did not pass, and what was done about that, a sentence; empty if it passed
 * @param operation how it was, or would have been, put in force: {@code switch}
 * @param number of the generation that was made; empty if none was, or if it did not stay
 * @param target what was to be put in force; empty if it could not even be built
 * @param beforeNumber of the generation to roll back to; empty if there was none
 * @param before what was in force; empty if nothing was
 * @param took time of each phase, as far as the daemon that ended it carried it out
 * @param changes packages that differ from before, at most as many as are shown; empty if nothing was before
 * @param changed how many packages differ
 * @param sizeBeforeBytes of all that the generation before needs; 0 if that is not known
 * @param sizeAfterBytes of all that this one needs; 0 if that is not known
 * @param reboot why the machine needs a reboot, a sentence for each reason
 * @param deleted numbers of old generations that were deleted
 */
public record Deployed(
        ResourceId resource,
        Instant began,
        Instant ended,
        Outcome outcome,
        String reason,
        String operation,
        Optional<Integer> number,
        Optional<String> target,
        Optional<Integer> beforeNumber,
        Optional<String> before,
        Map<Phase, Duration> took,
        List<Change> changes,
        int changed,
        long sizeBeforeBytes,
        long sizeAfterBytes,
        List<String> reboot,
        List<Integer> deleted) {
    /** What became of it. */
    public enum Outcome {
        /** It passed. */
        IN_FORCE("in force"),
        /** It did not pass, and the machine is where it was. */
        ROLLED_BACK("rolled back"),
        /** It did not pass, and stays, as was declared or because there was nothing to go back to. */
        LEFT("left as it is"),
        /** It did not pass before anything on the machine was changed. */
        REFUSED("refused");

        private final String label;

        Outcome(String label) {
            this.label = label;
        }

        /** As people and programs read it. */
        @JsonValue
        public String label() {
            return label;
        }
    }

    /**
     * A package that differs.
     *
     * @param before its versions; empty if it was not there
     * @param after its versions; empty if it is gone
     */
    public record Change(String name, List<String> before, List<String> after) {
        public Change {
            requireNonNull(name, "name is null");
            before = List.copyOf(before);
            after = List.copyOf(after);
        }
    }

    public Deployed {
        requireNonNull(resource, "resource is null");
        requireNonNull(began, "began is null");
        requireNonNull(ended, "ended is null");
        requireNonNull(outcome, "outcome is null");
        requireNonNull(reason, "reason is null");
        requireNonNull(operation, "operation is null");
        requireNonNull(number, "number is null");
        requireNonNull(target, "target is null");
        requireNonNull(beforeNumber, "beforeNumber is null");
        requireNonNull(before, "before is null");
        took = new TreeMap<>(took);
        changes = List.copyOf(changes);
        reboot = List.copyOf(reboot);
        deleted = List.copyOf(deleted);
    }
}
