package dev.homeostat.host.witness;

import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Rival;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jboss.logging.Logger;

/**
 * What was seen lately of those who act on our resources. Whoever hears of an event says so here at once; the search for the
 * process behind it is made aside, one for all that wait for it, so that a storm of events costs one search after the other
 * and no more. What was seen is told once, and is forgotten when newer events have begun another story, or after a while.
 *
 * <p>Thread-safe. Nothing here delays an event or a correction.
 */
@ApplicationScoped
public class Witness {
    private static final Logger LOG = Logger.getLogger(Witness.class);

    /** What follows one another so closely belongs together: a stop, the end of the process, the end of the unit. */
    private static final Duration ONE_STORY = Duration.ofSeconds(3);
    /** The longest correction after which somebody asks: a start that waits for a health check. */
    private static final Duration KEPT = Duration.ofMinutes(3);
    /** Stories of resources that nobody asked about: far more than anybody disturbs in {@link #KEPT}. */
    private static final int STORIES_LIMIT = 1024;
    /** A search takes some milliseconds; whoever asks after a correction does not wait for longer than he would notice. */
    private static final Duration WAIT = Duration.ofMillis(100);

    private final ProcessTable processes;
    private final Writers writers;
    private final InstantSource clock;
    private final AtomicBoolean warm = new AtomicBoolean();
    private final Object lock = new Object();

    /** The eldest first. Guarded by {@code lock}. */
    private final Map<ResourceId, Story> stories = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<ResourceId, Story> eldest) {
            return size() > STORIES_LIMIT;
        }
    };

    /** To be searched for next. Guarded by {@code lock}. */
    private Search next = new Search();
    /** Being searched for; null if nothing is. Guarded by {@code lock}. */
    private Search running;

    public Witness(ProcessTable processes, Writers writers, InstantSource clock) {
        this.processes = processes;
        this.writers = writers;
        this.clock = clock;
    }

    /** What a process would have done to the resource, {@code stopped}; empty if it is none of its business. */
    public interface Suspicion extends Function<ProcessFacts, Optional<String>> {}

    private static final class Search {
        final Map<ResourceId, Suspicion> wanted = new HashMap<>();
        final CompletableFuture<Void> done = new CompletableFuture<>();
    }

    /** What was seen of one disturbance. Guarded by {@code lock}. */
    private static final class Story {
        final Instant begun;
        Instant last;
        Rival seen;
        Rival presumed;
        String ending = "";

        Story(Instant now) {
            begun = now;
            last = now;
        }
    }

    // ---- processes

    /** Something happens to the resource at this moment: whoever does it is searched for among the processes. */
    public void look(ResourceId id, Suspicion suspicion) {
        synchronized (lock) {
            story(id);
            next.wanted.put(id, suspicion);
            if (running == null) {
                running = next;
                next = new Search();
                Thread.ofVirtual().name("witness").start(this::search);
            }
        }
    }

    /** The first search loads classes and takes tenths of a second: let it be one that nobody needs. */
    private void warmUp() {
        Thread.ofVirtual().name("witness").start(() -> {
            processes.newestFirst().forEach(pid -> Commands.mayMatter(processes.arguments(pid)));
            processes.of(ProcessHandle.current().pid()).ifPresent(self -> processes.rival(self, "", clock.instant()));
        });
    }

    /** How the main process ended, as a sentence: evidence where nobody is seen. */
    public void ended(ResourceId id, String sentence) {
        synchronized (lock) {
            story(id).ending = sentence;
        }
    }

    /**
     * Somebody asked the service manager to stop it, but is seen only if he still waits for that.
     *
     * @param user whose service manager it is: nobody else, but for root, can have asked
     */
    public void stopRequested(ResourceId id, Optional<Integer> user) {
        Instant now = clock.instant();
        String deed = "stopped by a job of systemd (whoever asked for it was not seen)";
        Rival presumed = user.map(u -> processes.presumed(u, deed, now)).orElseGet(() -> Rival.unseen(deed, now));
        synchronized (lock) {
            story(id).presumed = presumed;
        }
    }

    /** The story of now; call with the lock held. */
    private Story story(ResourceId id) {
        Instant now = clock.instant();
        Story story = stories.get(id);
        if (story == null || now.isAfter(story.last.plus(ONE_STORY))) {
            story = new Story(now);
            stories.remove(id);
            stories.put(id, story);
        }
        story.last = now;
        return story;
    }

    private void search() {
        while (true) {
            Search search;
            synchronized (lock) {
                search = running;
            }
            try {
                search(search.wanted);
            } catch (RuntimeException e) {
                LOG.error("bug: the search for whoever disturbs resources failed", e);
            } finally {
                search.done.complete(null);
            }
            synchronized (lock) {
                running = next.wanted.isEmpty() ? null : next;
                if (running == null) {
                    return;
                }
                next = new Search();
            }
        }
    }

    private void search(Map<ResourceId, Suspicion> wanted) {
        Map<ResourceId, Suspicion> left = new HashMap<>(wanted);
        for (long pid : processes.newestFirst()) {
            if (left.isEmpty()) {
                return;
            }
            if (!Commands.mayMatter(processes.arguments(pid))) {
                continue;
            }
            Optional<ProcessFacts> process = processes.of(pid).filter(p -> !processes.isOurs(p));
            process.ifPresent(p -> left.entrySet().removeIf(e -> testify(e.getKey(), p, e.getValue())));
        }
    }

    /** @return whether it is him */
    private boolean testify(ResourceId id, ProcessFacts process, Suspicion suspicion) {
        Optional<String> deed = suspicion.apply(process);
        if (deed.isEmpty()) {
            return false;
        }
        Rival rival = processes.rival(process, deed.get(), clock.instant());
        synchronized (lock) {
            Story story = stories.get(id);
            if (story != null) {
                // the moment when it was noticed is nearer to the deed than the one when it was found
                story.seen = new Rival(
                        rival.uid(),
                        rival.user(),
                        rival.pid(),
                        rival.program(),
                        rival.deed(),
                        Optional.of(story.begun));
            }
        }
        return true;
    }

    /** Whether the process belongs to the unit itself, such as its ExecStopPost=. */
    public boolean isOfUnit(ProcessFacts process, String unit) {
        return processes.isOfUnit(process.pid(), unit);
    }

    /** Tells what was seen of the last disturbance, once. May wait for a search that is under way. */
    public Optional<Rival> of(ResourceId id) {
        CompletableFuture<Void> search = null;
        synchronized (lock) {
            if (next.wanted.containsKey(id)) {
                search = next.done;
            } else if (running != null && running.wanted.containsKey(id)) {
                search = running.done;
            }
        }
        if (search != null) {
            await(search);
        }
        Story story;
        synchronized (lock) {
            story = stories.remove(id);
        }
        if (story == null || clock.instant().isAfter(story.last.plus(KEPT))) {
            return Optional.empty();
        }
        if (story.seen != null) {
            return Optional.of(story.seen);
        }
        return story.presumed != null
                ? Optional.of(story.presumed)
                : story.ending.isEmpty() ? Optional.empty() : Optional.of(Rival.unseen(story.ending, story.begun));
    }

    /** The same; if no process was seen at it, then who touched one of its files. */
    public Optional<Rival> whoever(ResourceId id, Collection<Path> paths) {
        Optional<Rival> story = of(id);
        Optional<Rival> writer = writer(paths, id);
        boolean seen = story.filter(s -> s.pid().isPresent()).isPresent();
        return seen || writer.isEmpty() ? story : writer;
    }

    private static void await(CompletableFuture<Void> search) {
        try {
            search.get(WAIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            LOG.debug("the search for whoever disturbed a resource takes too long: it is told without");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a search never fails", e);
        }
    }

    // ---- files

    /** From now on writers of these paths are seen, if this machine lets us; until closed. */
    public AutoCloseable watchFiles(Set<Path> paths) {
        if (warm.compareAndSet(false, true)) {
            warmUp();
        }
        return writers.watch(paths);
    }

    /** Who touched the first of these paths that somebody touched lately, told once to each who asks. */
    public Optional<Rival> writer(Collection<Path> paths, ResourceId asks) {
        return paths.stream()
                .map(path -> writers.last(path, asks))
                .flatMap(Optional::stream)
                .findFirst();
    }

    /** The path bears the mark of a user, but the program is not known. */
    public Rival presumed(int uid, String deed, Instant at) {
        return processes.presumed(uid, deed, at);
    }
}
