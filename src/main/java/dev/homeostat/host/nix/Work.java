package dev.homeostat.host.nix;

import dev.homeostat.host.process.Cancellation;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * How something long is to be done.
 *
 * @param limit after which it is ended
 * @param progress told by some thread, one at a time and in order; must return soon
 * @param cancellation asks for it to be given up
 */
public record Work(Duration limit, Consumer<NixProgress> progress, Cancellation cancellation) {
    /** Nobody looks and nobody cancels. */
    public static Work within(Duration limit) {
        return new Work(limit, progress -> {}, new Cancellation());
    }
}
