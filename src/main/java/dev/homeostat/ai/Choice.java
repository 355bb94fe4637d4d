package dev.homeostat.ai;

import java.util.Locale;

/**
 * How large models may be on the machine at hand. A pure function of what it has.
 *
 * @param why a sentence
 */
public record Choice(Profile profile, String why) {
    private static final long GIB = 1024L * 1024 * 1024;
    /** The smallest models with their context need about half of that; the other half is for what is on the screen. */
    static final long CARD_LEAST_BYTES = 6 * GIB;
    /** Firmware and a graphics chip on the board keep some of what was bought: 16 GB are told as 15.x GiB or less. */
    static final long RAM_FULL_BYTES = 14 * GIB;

    /** @param wish null stands for {@link AiEntry.Wish#AUTO} */
    static Choice of(AiEntry.Wish wish, Capacity capacity) {
        return switch (wish == null ? AiEntry.Wish.AUTO : wish) {
            case GPU ->
                new Choice(
                        Profile.GPU,
                        "declared"
                                + (capacity.card().isPresent()
                                        ? ""
                                        : StackKind.ALTHOUGH + "no graphics card has memory of its own"));
            case CPU_FULL -> new Choice(Profile.CPU_FULL, "declared");
            case CPU_SLIM -> new Choice(Profile.CPU_SLIM, "declared");
            case OFF -> new Choice(Profile.OFF, "declared");
            case AUTO -> chosen(capacity);
        };
    }

    private static Choice chosen(Capacity capacity) {
        String card = capacity.card()
                .map(maker ->
                        "the graphics card (" + maker.label() + ") has " + gib(capacity.cardBytes()) + " of its own")
                .orElse("no graphics card has memory of its own");
        String unknown = capacity.unknown().isEmpty() ? "" : " (" + capacity.unknown() + ")";
        if (capacity.card().isPresent() && capacity.cardBytes() >= CARD_LEAST_BYTES) {
            return new Choice(Profile.GPU, card + unknown);
        }
        String less = capacity.card().isPresent() ? card + ", less than " + gib(CARD_LEAST_BYTES) : card;
        boolean full = capacity.ramBytes() >= RAM_FULL_BYTES;
        return new Choice(
                full ? Profile.CPU_FULL : Profile.CPU_SLIM,
                less + "; the machine has " + gib(capacity.ramBytes())
                        + (full ? "" : ", less than " + gib(RAM_FULL_BYTES)) + unknown);
    }

    static String gib(long bytes) {
        return String.format(Locale.ROOT, "%.1f GiB", (double) bytes / GIB);
    }
}
