package dev.homeostat.ai.model;

import dev.homeostat.ai.AiEntry;
import dev.homeostat.ai.Capacity;
import dev.homeostat.ai.Contribution;
import dev.homeostat.ai.Means;
import dev.homeostat.ai.ModelCatalog;
import dev.homeostat.ai.Part;
import dev.homeostat.ai.Profile;
import dev.homeostat.ai.Stack;
import dev.homeostat.host.posix.FileFacts;
import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.resource.DataSize;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.NearestKey;
import dev.homeostat.resource.Place;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jboss.logging.Logger;

/** The models of a stack: which there are, which are chosen, and each as a resource. Thread-safe. */
@ApplicationScoped
public class Models implements Part, ModelCatalog {
    private static final Logger LOG = Logger.getLogger(Models.class);
    private static final String LLAMA = "llama.cpp";
    private static final String GGML = "ggml";
    private static final String GGUF = ".gguf";
    /** Less would be silence to a download. */
    private static final long LEAST_RATE_BYTES_PER_SECOND = 64 * 1024;
    /** Of a look at a folder: one on a dead file system must not hold up those who read the declaration. */
    private static final long LOOK_LIMIT_SECONDS = 2;

    private static final Path ROOT = Path.of("/");

    private final Registry registry = Registry.ofProgram();
    private final SafeFiles files;
    /** What was last seen of folders. */
    private final Map<Path, Store> stores = new ConcurrentHashMap<>();

    @Inject
    public Models(SafeFiles files) {
        this.files = files;
    }

    /**
     * A folder of models.
     *
     * @param freeBytes with what is on its way, which is there already
     * @param names of files in it
     */
    private record Store(long freeBytes, Set<String> names) {
        static final Store UNKNOWN = new Store(Long.MAX_VALUE, Set.of());
    }

    // ---- which there are

    private static ModelsEntry entry(AiEntry entry) {
        return entry == null || entry.models() == null ? ModelsEntry.EMPTY : entry.models();
    }

    /** Of the registry and one's own, by id; one's own may be wrong still. */
    private SortedMap<String, Registered> known(ModelsEntry entry) {
        SortedMap<String, Registered> known = new TreeMap<>();
        entry.own().forEach((id, own) -> known.put(id, registered(id, own)));
        known.putAll(registry.models());
        return known;
    }

    private static Registered registered(String id, OwnModelEntry own) {
        return new Registered(
                id,
                own.name() == null ? id : own.name(),
                own.runtime() == null ? LLAMA : own.runtime(),
                own.backend() == null ? GGML : own.backend(),
                own.tasks() == null ? List.of(Registered.CHAT) : own.tasks(),
                Set.of(), // what is one's own is chosen by name
                own.storagePath() == null ? id + GGUF : own.storagePath(),
                0,
                0,
                new ModelSource(own.url(), own.file(), own.sha256(), own.bytes(), own.tokenFile()));
    }

    @Override
    public Optional<RegistryModel> find(Stack stack, String id) {
        return Optional.ofNullable(known(entry(stack.entry())).get(id)).map(m -> {
            Optional<Long> bytes = m.bytes();
            return new RegistryModel(
                    stack.id(ModelKind.NAME, m.id()),
                    m.id(),
                    m.name(),
                    stack.folders().models().resolve(m.file()),
                    bytes.isPresent() ? OptionalLong.of(bytes.get()) : OptionalLong.empty(),
                    Optional.ofNullable(m.source().sha256()),
                    m.runtime(),
                    m.backend(),
                    m.tasks());
        });
    }

    // ---- which are chosen

    @Override
    public Pick pick(AiEntry entry, Means means) {
        ModelsEntry models = entry(entry);
        return ModelChoice.of(known(models).values(), models.chat(), models.embedding(), means);
    }

    @Override
    public Pick pick(Stack stack) {
        Path folder = stack.folders().models();
        Store store = store(folder);
        Set<String> there = new HashSet<>();
        known(entry(stack.entry())).values().stream()
                .filter(m -> store.names().contains(m.file()))
                .forEach(m -> there.add(m.id()));
        Capacity has = stack.capacity();
        return pick(
                stack.entry(), new Means(stack.profile(), has.cardBytes(), has.ramBytes(), store.freeBytes(), there));
    }

    /** What was seen last if it cannot be seen now. */
    private Store store(Path folder) {
        CompletableFuture<Store> look = new CompletableFuture<>();
        // no virtual one: a look at a dead file system would hold on to the thread that carries it
        Thread.ofPlatform().daemon().name("look at " + folder).start(() -> {
            try {
                look.complete(look(folder));
            } catch (IOException | Trouble | RuntimeException e) {
                look.completeExceptionally(e);
            }
        });
        try {
            Store store = look.get(LOOK_LIMIT_SECONDS, TimeUnit.SECONDS);
            stores.put(folder, store);
            return store;
        } catch (TimeoutException | ExecutionException e) {
            LOG.debugf("%s cannot be looked at: %s", folder, e);
            return stores.getOrDefault(folder, Store.UNKNOWN);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return stores.getOrDefault(folder, Store.UNKNOWN);
        }
    }

    private Store look(Path folder) throws IOException, Trouble {
        Path at = folder;
        while (files.look(at).isEmpty() && !at.equals(ROOT)) {
            at = at.getParent();
        }
        long free = freeBytes(at);
        Set<String> names = Set.copyOf(files.list(folder));
        for (String name : names) {
            if (name.endsWith(PART)) {
                free += files.look(folder.resolve(name))
                        .map(FileFacts::sizeBytes)
                        .orElse(0L);
            }
        }
        return new Store(free, names);
    }

    /** For everybody, in the file system of a folder that is there. */
    protected long freeBytes(Path there) throws IOException {
        return Files.getFileStore(there).getUsableSpace();
    }

    static final String PART = ".part";

    // ---- as resources

    @Override
    public void read(Stack stack, Contribution out) {
        ModelsEntry entry = entry(stack.entry());
        Reading reading = new Reading(entry, known(entry), out);
        reading.check();
        if (stack.profile() == Profile.OFF) {
            return;
        }
        Pick pick = pick(stack);
        Map<String, String> wanted = new LinkedHashMap<>(); // to where each is declared
        pick.chat().ifPresent(id -> wanted.putIfAbsent(id, entry.chat() == null ? "models" : "models.chat"));
        pick.embedding()
                .ifPresent(id -> wanted.putIfAbsent(id, entry.embedding() == null ? "models" : "models.embedding"));
        entry.also().forEach(id -> wanted.putIfAbsent(id, "models.also"));
        entry.own().keySet().stream().sorted().forEach(id -> wanted.put(id, "models.own." + id));
        wanted.forEach((id, path) -> {
            Registered model = reading.known.get(id);
            if (model != null && !reading.wrong.contains(id)) {
                out.add(desired(stack, model, reading.rate, stack.places().apply(path)));
            }
        });
    }

    private static Desired<ModelSpec> desired(Stack stack, Registered model, long rate, Place place) {
        return new Desired<>(
                stack.id(ModelKind.NAME, model.id()),
                new ModelSpec(stack.folders().models(), model.file(), model.source(), rate),
                Set.of(stack.id("ai", "stack")),
                place);
    }

    /** What is wrong with a declaration, told as it is found. */
    private final class Reading {
        private final ModelsEntry entry;
        private final SortedMap<String, Registered> known;
        private final Contribution out;
        private final Set<String> wrong = new HashSet<>();
        private long rate;

        Reading(ModelsEntry entry, SortedMap<String, Registered> known, Contribution out) {
            this.entry = entry;
            this.known = known;
            this.out = out;
        }

        void check() {
            rate();
            Map<String, String> taken = new HashMap<>();
            registry.models().values().forEach(m -> taken.put(m.file(), m.id()));
            new TreeMap<>(entry.own()).forEach((id, own) -> own(id, own, taken));
            one("chat", entry.chat(), Registered.CHAT);
            one("embedding", entry.embedding(), Registered.EMBEDDING);
            entry.also().forEach(id -> isKnown("also", id));
        }

        private void rate() {
            if (entry.rate() != null) {
                rate = DataSize.parse(entry.rate()).bytes();
                if (rate < LEAST_RATE_BYTES_PER_SECOND) {
                    out.problem("models.rate", "expected at least 64K, found " + entry.rate());
                }
            }
        }

        private void one(String field, String id, String task) {
            if (id == null || id.equals(ModelChoice.NONE) || !isKnown(field, id)) {
                return;
            }
            Registered model = known.get(id);
            if (!model.can(task)) {
                out.problem(
                        "models." + field,
                        "\"" + id + "\" is not for " + task + ", but for " + String.join(", ", model.tasks()));
            }
        }

        private boolean isKnown(String field, String id) {
            if (known.containsKey(id)) {
                return true;
            }
            Collection<String> ids = known.keySet();
            out.problem(
                    "models." + field,
                    "there is no model \"" + id + "\""
                            + NearestKey.of(id, ids)
                                    .map(near -> ": did you mean \"" + near + "\"?")
                                    .orElse("; known are " + String.join(", ", ids)));
            return false;
        }

        private void own(String id, OwnModelEntry own, Map<String, String> taken) {
            String path = "models.own." + id;
            int before = wrong.size();
            if (!id.matches(ModelsEntry.ID)) {
                problem(id, "models.own", "\"" + id + "\" is no id: expected " + ModelsEntry.ID_FORM);
            } else if (id.equals(ModelChoice.NONE)) {
                problem(id, path, "\"none\" stands for no model: choose another id");
            } else if (registry.models().containsKey(id)) {
                problem(id, path, "the registry has a model \"" + id + "\" already: choose another id");
            }
            if ((own.url() == null) == (own.file() == null)) {
                problem(id, path, "give either url or file");
            }
            if (own.tokenFile() != null && own.url() == null) {
                problem(id, path + ".tokenFile", "a file of this machine needs no token");
            }
            if (own.url() != null) {
                url(id, path, own);
            }
            String file = known.get(id).file();
            String other = taken.putIfAbsent(file, id);
            if (other != null && wrong.size() == before) {
                problem(id, path + ".storagePath", file + " is the file of \"" + other + "\" already");
            }
        }

        private void url(String id, String path, OwnModelEntry own) {
            try {
                URI uri = URI.create(own.url());
                Hop.check(uri, own.sha256() != null);
                if (own.tokenFile() != null && !Hop.isEncrypted(uri) && !Hop.isLoopback(uri)) {
                    problem(id, path + ".tokenFile", "a token is not sent without encryption: use https");
                }
            } catch (IllegalArgumentException e) {
                problem(id, path + ".url", "is no address");
            } catch (Trouble t) {
                problem(id, path + ".url", t.sentence());
            }
        }

        private void problem(String id, String path, String message) {
            wrong.add(id);
            out.problem(path, message);
        }
    }
}
