package dev.homeostat.ai.model;

import dev.homeostat.ai.Means;
import dev.homeostat.ai.ModelCatalog.Pick;
import dev.homeostat.ai.Profile;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Which models suit a machine: the largest whose needs it meets, with room for its file. Pure. */
final class ModelChoice {
    private ModelChoice() {}

    /**
     * @param chat as declared; null if it is to be chosen, {@link #NONE} if there is to be none
     * @param embedding the same
     */
    static Pick of(Collection<Registered> models, String chat, String embedding, Means means) {
        List<String> why = new ArrayList<>();
        return new Pick(
                one(models, chat, Registered.CHAT, means, why),
                one(models, embedding, Registered.EMBEDDING, means, why),
                why);
    }

    /** Written instead of an id. */
    static final String NONE = "none";

    private static Optional<String> one(
            Collection<Registered> models, String declared, String task, Means means, List<String> why) {
        if (means.profile() == Profile.OFF) {
            why.add("no model for " + task + ": the profile is off");
            return Optional.empty();
        }
        if (NONE.equals(declared)) {
            why.add("no model for " + task + ": so it is declared");
            return Optional.empty();
        }
        if (declared != null) {
            why.add(declared + " for " + task + ": so it is declared");
            return Optional.of(declared);
        }
        List<Registered> suited = models.stream()
                .filter(m -> m.can(task) && m.profiles().contains(means.profile()))
                .filter(m -> m.needsBytes(means.profile()) <= memory(means))
                .sorted(Comparator.comparingLong((Registered m) -> m.needsBytes(means.profile()))
                        .thenComparing(m -> m.bytes().orElse(0L))
                        .thenComparing(Registered::id)
                        .reversed())
                .toList();
        Optional<Registered> largest = suited.stream().findFirst();
        Optional<Registered> fits =
                suited.stream().filter(m -> hasRoom(m, means)).findFirst();
        if (fits.isEmpty()) {
            why.add("no model for " + task + ": "
                    + (largest.isEmpty()
                            ? "none is known for the profile " + means.profile().label() + " with " + told(means)
                            : "there is no room for the smallest, "
                                    + suited.getLast().id() + ": " + Sizes.told(means.freeBytes()) + " are free"));
            return Optional.empty();
        }
        Registered chosen = fits.get();
        long needs = chosen.needsBytes(means.profile());
        why.add(chosen.id() + " for " + task + ": profile " + means.profile().label() + ", " + told(means)
                + (needs == 0 ? "" : ", of which it wants " + Sizes.told(needs))
                + (chosen.equals(largest.get())
                        ? ""
                        : "; there is no room for " + largest.get().id() + ": " + Sizes.told(means.freeBytes())
                                + " are free"));
        return Optional.of(chosen.id());
    }

    private static long memory(Means means) {
        return means.profile() == Profile.GPU ? means.vramBytes() : means.ramBytes();
    }

    private static String told(Means means) {
        return means.profile() == Profile.GPU
                ? Sizes.told(means.vramBytes()) + " of memory on the graphics card"
                : Sizes.told(means.ramBytes()) + " of memory";
    }

    /** With what is kept for the machine; of one whose length nobody says, nothing is known against it. */
    private static boolean hasRoom(Registered model, Means means) {
        return means.there().contains(model.id())
                || model.bytes().orElse(0L) <= means.freeBytes() - Math.min(means.freeBytes(), Room.RESERVE_BYTES);
    }
}
