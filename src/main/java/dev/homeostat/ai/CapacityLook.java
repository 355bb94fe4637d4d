package dev.homeostat.ai;

import dev.homeostat.host.Locations;
import dev.homeostat.host.facts.GraphicsMemory;
import dev.homeostat.host.facts.Machine;
import dev.homeostat.host.facts.MachineLook;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jboss.logging.Logger;

/**
 * What the machine has for models. A card's memory is asked for once in the life of the process, and no answer is waited for
 * longer than a moment: a home folder or a driver that hangs holds up no declaration. What a card had is noted, so that one that
 * is slow to answer after a restart does not look like none, and its model is not another for that. Thread-safe.
 */
@ApplicationScoped
public class CapacityLook {
    private static final Duration LIMIT = Duration.ofSeconds(1);

    private static final Logger LOG = Logger.getLogger(CapacityLook.class);
    /** In the state folder. */
    private static final String NOTE = "graphics-card.json";

    private final MachineLook machine;
    private final GraphicsMemory graphics;
    /** Guarded by this; null before the first question, and after one that failed. */
    private CompletableFuture<Optional<GraphicsMemory.Card>> card;

    private final Path note;

    public CapacityLook(MachineLook machine, GraphicsMemory graphics, Locations locations) {
        this.machine = machine;
        this.graphics = graphics;
        this.note = locations.state().resolve(NOTE);
    }

    /** @param card null if there was none */
    private record Noted(GraphicsMemory.Card card) {}

    /** @param home of the user whose models it is about */
    Capacity capacity(Path home) {
        List<String> unknown = new ArrayList<>();
        CompletableFuture<Machine> here = asked("machine", machine::machine);
        CompletableFuture<Optional<GraphicsMemory.Card>> graphicsCard = card();
        CompletableFuture<Long> free = asked("room", () -> free(home));
        Optional<GraphicsMemory.Card> found =
                answer(graphicsCard, "the memory of the graphics card", unknown).orElseGet(this::noted);
        Optional<Machine> known = answer(here, "the memory of the machine", unknown);
        Optional<Long> room = answer(free, "the room in " + home, unknown);
        return new Capacity(
                known.map(Machine::ramBytes).orElse(0L),
                found.map(GraphicsMemory.Card::maker),
                found.map(GraphicsMemory.Card::bytes).orElse(0L),
                room.map(OptionalLong::of).orElse(OptionalLong.empty()),
                String.join("; ", unknown));
    }

    private synchronized CompletableFuture<Optional<GraphicsMemory.Card>> card() {
        if (card == null || card.isCompletedExceptionally()) {
            card = asked("graphics card", () -> {
                Optional<GraphicsMemory.Card> largest = graphics.largest();
                keep(largest);
                return largest;
            });
        }
        return card;
    }

    private void keep(Optional<GraphicsMemory.Card> seen) {
        if (seen.equals(noted())) {
            return;
        }
        Path next = note.resolveSibling(NOTE + ".new");
        try {
            Files.writeString(next, Json.write(new Noted(seen.orElse(null))));
            Files.move(next, note, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) { // it is asked for again at the next start
            LOG.debugf("%s cannot be written: %s", note, e.getMessage());
        }
    }

    private Optional<GraphicsMemory.Card> noted() {
        try {
            return Optional.ofNullable(
                    Json.MAPPER.readValue(note.toFile(), Noted.class).card());
        } catch (IOException e) { // there is none yet, or somebody else wrote it
            return Optional.empty();
        }
    }

    /** By a thread of its own and not a virtual one: a look at a dead file system holds on to the thread that carries it. */
    private static <T> CompletableFuture<T> asked(String what, Callable<T> look) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        Thread.ofPlatform().daemon().name("look at the " + what).start(() -> {
            try {
                answer.complete(look.call());
            } catch (Exception e) {
                answer.completeExceptionally(e);
            }
        });
        return answer;
    }

    private static <T> Optional<T> answer(CompletableFuture<T> asked, String what, List<String> unknown) {
        try {
            return Optional.of(asked.get(LIMIT.toMillis(), TimeUnit.MILLISECONDS));
        } catch (TimeoutException e) {
            unknown.add(what + " was not known within " + LIMIT.toSeconds() + " s");
        } catch (ExecutionException | CompletionException e) {
            unknown.add(what + " is not known: "
                    + (e.getCause() instanceof Trouble t
                            ? t.sentence()
                            : e.getCause().getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            unknown.add(what + " was not waited for");
        }
        return Optional.empty();
    }

    /** Where the folder is to be, as long as it is not there. */
    private static long free(Path folder) throws IOException {
        for (Path at = folder; ; at = at.getParent()) {
            try {
                return Files.getFileStore(at).getUsableSpace();
            } catch (NoSuchFileException e) {
                if (at.getParent() == null) {
                    throw e;
                }
            }
        }
    }
}
