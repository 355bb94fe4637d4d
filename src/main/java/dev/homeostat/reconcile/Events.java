package dev.homeostat.reconcile;

import dev.homeostat.resource.ResourceId;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** Tells listeners what happens. Thread-safe. */
final class Events {
    private final InstantSource clock;
    private final AtomicLong sequence = new AtomicLong();
    private final List<Consumer<Event>> listeners = new CopyOnWriteArrayList<>();

    Events(InstantSource clock) {
        this.clock = clock;
    }

    void tell(String type, ResourceId resource, String text) {
        if (listeners.isEmpty()) {
            return;
        }
        Event event = new Event(sequence.incrementAndGet(), clock.instant(), type, Optional.ofNullable(resource), text);
        listeners.forEach(l -> l.accept(event));
    }

    AutoCloseable listen(Consumer<Event> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }
}
