package dev.homeostat.ai.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.homeostat.ai.client.ClientSeen.State;
import dev.homeostat.ai.client.Records.Written;
import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.Account;
import dev.homeostat.host.posix.Accounts;
import dev.homeostat.host.posix.FileFacts;
import dev.homeostat.host.posix.FolderWatch;
import dev.homeostat.host.posix.KeptFiles;
import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Difference;
import dev.homeostat.resource.Impact;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Kind;
import dev.homeostat.resource.LookAgain;
import dev.homeostat.resource.OneByOne;
import dev.homeostat.resource.Phase;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Sha256;
import dev.homeostat.resource.Sighting;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jboss.logging.Logger;

/**
 * What programs are told of servers, in their own settings files. Only the servers that are declared, and those we wrote,
 * count; the rest of the file is its owner's and stays to the character. A file that the program writes at the same moment
 * is read again.
 */
@ApplicationScoped
public class ClientKind implements Kind<ClientSpec, ClientSeen> {
    public static final String NAME = "mcp-client";

    private static final Logger LOG = Logger.getLogger(ClientKind.class);
    private static final String WRITE = "write";
    private static final String REMOVE = "remove";

    /** Settings may hold tokens. */
    private static final int NEW_FILE_MODE = 0600;

    private static final int NEW_FOLDER_MODE = 0700;
    /** A file that stays empty for so long is not about to be written. */
    private static final Duration SETTLED = Duration.ofSeconds(2);
    /** A program writes its settings now and then, not all the time. */
    private static final int TRIES = 8;

    private final SafeFiles files;
    private final Accounts accounts;
    private final FolderWatch folderWatch;
    private final KeptFiles kept;
    private final Locations locations;
    private final Records records;
    private final InstantSource clock;
    private AutoCloseable watching = () -> {};

    public ClientKind(
            SafeFiles files,
            Accounts accounts,
            FolderWatch folderWatch,
            KeptFiles kept,
            Locations locations,
            InstantSource clock) {
        this.files = files;
        this.accounts = accounts;
        this.folderWatch = folderWatch;
        this.kept = kept;
        this.locations = locations;
        this.records = new Records(files, locations);
        this.clock = clock;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Class<ClientSpec> specType() {
        return ClientSpec.class;
    }

    // ---- look

    @Override
    public Map<ResourceId, Sighting<ClientSeen>> observe(Collection<Desired<ClientSpec>> resources) {
        return OneByOne.look(resources, this::look);
    }

    private ClientSeen look(Desired<ClientSpec> desired) throws Trouble {
        ClientSpec spec = desired.spec();
        Optional<Written> record = records.of(desired.id());
        Written written = record.orElse(Written.NOTHING);
        boolean used =
                spec.sign() == null || spec.retired() || files.look(spec.sign()).isPresent();
        if (!used) {
            return new ClientSeen(false, false, new TreeMap<>(), record.isPresent());
        }
        byte[] content = content(spec, owner(desired.id()));
        JsonFile file = JsonFile.read(spec.file(), content, spec.key());
        SortedMap<String, State> servers = new TreeMap<>();
        spec.servers().forEach((name, server) -> servers.put(name, state(file, name, server, written)));
        written.entries().forEach((name, digest) -> {
            if (!spec.servers().containsKey(name) && isAsWritten(file, name, digest)) {
                servers.put(name, State.LEFT);
            }
        });
        return new ClientSeen(true, content != null, servers, record.isPresent());
    }

    private static State state(JsonFile file, String name, ObjectNode server, Written written) {
        Optional<JsonNode> there = file.entry(name);
        if (there.isEmpty()) {
            return State.MISSING;
        }
        if (server.equals(fields(there.get()))) {
            return State.RIGHT;
        }
        return written.entries().containsKey(name) ? State.CHANGED : State.FOREIGN;
    }

    private static boolean isAsWritten(JsonFile file, String name, String digest) {
        return file.entry(name)
                .map(there -> digest(fields(there)).equals(digest))
                .orElse(false);
    }

    /** Of an entry, what is about the server. Whether it is switched off, say, is a matter of the program and its user. */
    private static JsonNode fields(JsonNode entry) {
        return entry instanceof ObjectNode object ? object.deepCopy().retain(ClientName.FIELDS) : entry;
    }

    private static String digest(JsonNode fields) {
        return Sha256.hex(Json.write(fields));
    }

    /** Null if there is no file. */
    private byte[] content(ClientSpec spec, Account owner) throws Trouble {
        Path path = spec.file();
        Optional<FileFacts> found = files.look(path);
        if (found.isEmpty()) {
            return null;
        }
        FileFacts facts = found.get();
        switch (facts.type()) {
            case FILE -> {}
            case LINK ->
                throw Trouble.conflict(
                        path + " is a symbolic link to " + facts.link(),
                        "links are not followed: put the file itself there, or leave the program out (ai.mcp.clients)");
            case FOLDER, OTHER -> throw Trouble.conflict(path + " is no regular file", "move it away");
        }
        if (facts.uid() != owner.uid()) {
            throw Trouble.conflict(
                    path + " belongs to uid " + facts.uid() + " instead of " + owner.name(),
                    "chown " + owner.name() + " " + path);
        }
        if (facts.sizeBytes() > KeptFiles.LIMIT_BYTES) {
            throw Trouble.conflict(
                    path + " has " + facts.sizeBytes() + " bytes, more than the " + KeptFiles.LIMIT_BYTES
                            + " that are read",
                    "see what has filled it");
        }
        byte[] content = files.read(path, KeptFiles.LIMIT_BYTES);
        if (isBlank(content)) {
            Duration age = Duration.between(facts.modified(), clock.instant()).abs();
            if (age.compareTo(SETTLED) < 0) { // a file that is written in place is empty first
                throw Trouble.passing(path + " was emptied a moment ago: its program may be writing it");
            }
        }
        return content;
    }

    private static boolean isBlank(byte[] content) {
        for (byte b : content) {
            if (!Character.isWhitespace(b)) {
                return false;
            }
        }
        return true;
    }

    private Account owner(ResourceId id) throws Trouble {
        return accounts.require(
                !id.scope().isOwn()
                        ? id.scope().user()
                        : locations.unprivileged() ? System.getProperty("user.name") : "root");
    }

    // ---- compare

    @Override
    public Assessment assess(Desired<ClientSpec> desired, ClientSeen seen) {
        ClientSpec spec = desired.spec();
        if (!seen.used()) {
            return Assessment.idle("the program is not used here: it is told as soon as there is " + spec.sign());
        }
        List<Difference> differences = new ArrayList<>();
        List<String> names = new ArrayList<>();
        seen.servers().forEach((name, state) -> {
            if (state != State.RIGHT) {
                differences.add(new Difference(
                        spec.key() + "." + name, state == State.LEFT ? "absent" : "as declared", state.words()));
                names.add(name);
            }
        });
        if (spec.retired()) {
            if (!seen.record()) {
                return Assessment.IN_SYNC;
            }
            if (differences.isEmpty()) {
                differences.add(new Difference("record", "none", "of what was written and is gone"));
            }
            return new Assessment(
                    differences,
                    List.of(new Action(
                            desired.id(),
                            REMOVE,
                            Phase.AI,
                            Impact.NONE,
                            "take " + (names.isEmpty() ? "nothing that is left" : String.join(", ", names)) + " out of "
                                    + spec.file() + " (no longer declared, made by us)",
                            "declare it again")));
        }
        if (differences.isEmpty()) {
            return Assessment.IN_SYNC;
        }
        return new Assessment(
                differences,
                List.of(new Action(
                        desired.id(),
                        WRITE,
                        Phase.AI,
                        Impact.NONE,
                        "write " + String.join(", ", names) + " in " + spec.file(),
                        seen.file() ? "the former content is kept in " + kept.folder() : "remove it")));
    }

    // ---- correct

    @Override
    public void perform(Desired<ClientSpec> desired, Action action) throws Trouble {
        if (!action.verb().equals(WRITE) && !action.verb().equals(REMOVE)) {
            throw new IllegalArgumentException("no such verb: " + action.verb());
        }
        for (int i = 0; i < TRIES; i++) {
            if (tried(desired)) {
                return;
            }
        }
        throw Trouble.passing(desired.spec().file() + " is being written by somebody else all the time");
    }

    /** False if somebody else wrote it meanwhile. */
    private boolean tried(Desired<ClientSpec> desired) throws Trouble {
        ClientSpec spec = desired.spec();
        ResourceId id = desired.id();
        Account owner = owner(id);
        Optional<FileFacts> facts = files.look(spec.file());
        byte[] former = content(spec, owner);
        Written before = records.of(id).orElse(Written.NOTHING);
        JsonFile file = JsonFile.read(spec.file(), former, spec.key());
        Merged merged = merge(spec, file, before);
        boolean madeFile = former == null || before.file();
        boolean goes = madeFile && merged.entries.isEmpty() && merged.file.isEmpty();
        byte[] next = goes ? null : merged.file == file ? former : merged.file.bytes();
        Written after = new Written(madeFile, before.holder() || !file.hasHolder(), merged.entries);
        if (!Arrays.equals(former, next)) {
            Map<String, String> both = new TreeMap<>(before.entries());
            both.putAll(after.entries());
            records.put(id, new Written(after.file(), after.holder(), both));
            if (!replace(spec, owner, facts, former, next)) {
                return false;
            }
        }
        if (spec.retired() || after.entries().isEmpty()) {
            records.forget(id);
        } else if (!after.equals(before)) {
            records.put(id, after);
        }
        if (!merged.foreign.isEmpty()) {
            throw Trouble.conflict(
                    spec.file() + " has " + String.join(", ", merged.foreign)
                            + " already, another than the declared, and somebody else wrote it",
                    "give the declared one another name, or take the other one out of the file");
        }
        return true;
    }

    private boolean replace(ClientSpec spec, Account owner, Optional<FileFacts> facts, byte[] former, byte[] next)
            throws Trouble {
        Path path = spec.file();
        if (former == null) {
            files.makeWay(path.getParent(), NEW_FOLDER_MODE, owner.uid(), owner.gid());
        } else if (former.length > 0) {
            kept.keep(path, former);
        }
        List<byte[]> displaced = new ArrayList<>();
        boolean done = files.replaceIf(
                path,
                former,
                next,
                facts.map(FileFacts::mode).orElse(NEW_FILE_MODE),
                owner.uid(),
                facts.map(FileFacts::gid).orElse(owner.gid()),
                displaced::add);
        for (byte[] other : displaced) {
            kept.keep(path, other);
            LOG.warnf("%s was written by two others in one moment; what the first wrote is kept", path);
        }
        return done;
    }

    /**
     * @param entries what of ours is in it, by digest
     * @param foreign names under which somebody else has another
     */
    private record Merged(JsonFile file, Map<String, String> entries, List<String> foreign) {}

    private static Merged merge(ClientSpec spec, JsonFile before, Written written) throws Trouble {
        JsonFile file = before;
        Map<String, String> entries = new TreeMap<>();
        List<String> foreign = new ArrayList<>();
        for (Map.Entry<String, String> each : written.entries().entrySet()) {
            if (!spec.servers().containsKey(each.getKey()) && isAsWritten(file, each.getKey(), each.getValue())) {
                file = file.without(each.getKey());
            }
        }
        for (Map.Entry<String, ObjectNode> each : spec.servers().entrySet()) {
            String name = each.getKey();
            switch (state(file, name, each.getValue(), written)) {
                case FOREIGN -> foreign.add(name);
                case RIGHT -> {
                    if (written.entries().containsKey(name)) {
                        entries.put(name, digest(each.getValue()));
                    }
                }
                case MISSING, CHANGED -> {
                    file = file.with(name, joined(each.getValue(), file.entry(name)));
                    entries.put(name, digest(each.getValue()));
                }
                case LEFT -> throw new IllegalStateException("bug: declared and left at once: " + name);
            }
        }
        return new Merged(written.holder() && entries.isEmpty() ? file.withoutEmptyHolder() : file, entries, foreign);
    }

    /** With what the program's user has set of it. */
    private static JsonNode joined(ObjectNode server, Optional<JsonNode> there) {
        ObjectNode joined = server.deepCopy();
        if (there.isPresent() && there.get() instanceof ObjectNode object) {
            joined.setAll((ObjectNode) object.deepCopy().without(ClientName.FIELDS));
        }
        return joined;
    }

    // ---- leave behind, watch

    @Override
    public Optional<ClientSpec> whenUndeclared(Desired<ClientSpec> desired, ClientSeen before, boolean ours) {
        return desired.spec().retired()
                ? Optional.empty()
                : Optional.of(desired.spec().asRetired());
    }

    @Override
    public synchronized void watch(Collection<Desired<ClientSpec>> resources, LookAgain lookAgain) {
        Map<Path, Set<ResourceId>> ids = new HashMap<>();
        for (Desired<ClientSpec> d : resources) {
            ids.computeIfAbsent(d.spec().file(), p -> new HashSet<>()).add(d.id());
            if (d.spec().sign() != null) {
                ids.computeIfAbsent(d.spec().sign(), p -> new HashSet<>()).add(d.id());
            }
        }
        AutoCloseable next = folderWatch.watch(
                Set.copyOf(ids.keySet()),
                path -> ids.get(path).forEach(id -> lookAgain.at(id, "inotify")),
                () -> lookAgain.all(NAME, "inotify lost events"));
        try {
            watching.close();
        } catch (Exception e) {
            throw new IllegalStateException("closing a watch does not fail", e);
        }
        watching = next;
    }
}
