package dev.homeostat.reconcile;

import dev.homeostat.reconcile.MachineStatus.DeclarationState;
import dev.homeostat.resource.Condition;
import dev.homeostat.resource.Layer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Sums up how everything stands. */
final class Standing {
    private Standing() {}

    static MachineStatus of(
            World world,
            DeclarationState declaration,
            Optional<String> journalTrouble,
            Optional<Instant> lastPass,
            Optional<Duration> lastPassTook,
            int queued,
            String version,
            long pid,
            Instant started) {
        List<ResourceStatus> statuses = world.statuses();
        Map<Layer, List<ResourceStatus>> layers =
                statuses.stream().collect(Collectors.groupingBy(ResourceStatus::layer));
        List<ResourceStatus> machine = layers.getOrDefault(Layer.MACHINE, List.of());
        Map<Condition, Long> counts = World.count(machine);
        List<ResourceStatus> above = layers.getOrDefault(Layer.STACK, List.of());
        List<ResourceStatus> known =
                above.stream().filter(ResourceStatus::looked).toList();
        Map<Condition, Long> stack = above.isEmpty() ? Map.of() : World.count(known);
        boolean right = declaration.state().equals("in-force")
                && machine.stream()
                        .allMatch(s -> s.condition() == Condition.IN_SYNC || s.condition() == Condition.PAUSED);
        return new MachineStatus(
                right,
                summary(counts, stack, above.size() - known.size(), declaration, journalTrouble),
                world.declaration()
                        .map(d -> new RevisionInfo(
                                d.revision(),
                                declaration.since(),
                                d.files(),
                                d.resources().size(),
                                true)),
                declaration,
                counts,
                stack,
                statuses,
                lastPass,
                lastPassTook,
                queued,
                journalTrouble,
                version,
                pid,
                started);
    }

    private static String summary(
            Map<Condition, Long> counts,
            Map<Condition, Long> stack,
            int unknown,
            DeclarationState declaration,
            Optional<String> journalTrouble) {
        String text = text(counts);
        if (!stack.isEmpty()) {
            text += "; AI stack: " + text(stack) + (unknown == 0 ? "" : ", " + unknown + " not looked at yet");
        }
        if (!declaration.state().equals("in-force")) {
            text += "; declaration " + declaration.state()
                    + (declaration.message().isEmpty() ? "" : ": " + declaration.message());
        }
        return text
                + journalTrouble
                        .map(t -> "; the journal cannot be written: " + t)
                        .orElse("");
    }

    private static String text(Map<Condition, Long> counts) {
        List<String> parts = new ArrayList<>();
        for (Condition c : Condition.values()) {
            long n = counts.get(c);
            if (c == Condition.IN_SYNC) {
                parts.add(n + " in sync");
            } else if (n > 0) {
                parts.add(n + " " + c.label().toLowerCase(Locale.ROOT));
            }
        }
        return String.join(", ", parts);
    }
}
