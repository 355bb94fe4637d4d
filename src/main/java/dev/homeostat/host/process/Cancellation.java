package dev.homeostat.host.process;

import java.util.concurrent.CompletableFuture;

/** A wish that something under way be given up. Once asked for it stays so. Thread-safe. */
public final class Cancellation {
    private final CompletableFuture<Void> asked = new CompletableFuture<>();

    /** Returns at once; whoever runs what is given up says when it is over. */
    public void ask() {
        asked.complete(null);
    }

    public boolean isAsked() {
        return asked.isDone();
    }

    /** Completed when it is asked for. */
    CompletableFuture<Void> asked() {
        return asked;
    }
}
