package dev.homeostat.ai;

import jakarta.enterprise.context.ApplicationScoped;

/** What the machine at hand can carry. */
@ApplicationScoped
public class Choice {
    /** @param wish null stands for {@link AiEntry.Wish#AUTO} */
    Profile profile(AiEntry.Wish wish) {
        return switch (wish == null ? AiEntry.Wish.AUTO : wish) {
            case GPU -> Profile.GPU;
            case CPU_FULL -> Profile.CPU_FULL;
            case AUTO, CPU_SLIM -> Profile.CPU_SLIM;
            case OFF -> Profile.OFF;
        };
    }
}
