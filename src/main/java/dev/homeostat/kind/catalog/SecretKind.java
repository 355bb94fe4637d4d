package dev.homeostat.kind.catalog;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.Account;
import dev.homeostat.host.posix.Accounts;
import dev.homeostat.host.posix.FileFacts;
import dev.homeostat.host.posix.FolderWatch;
import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Difference;
import dev.homeostat.resource.Impact;
import dev.homeostat.resource.Kind;
import dev.homeostat.resource.LookAgain;
import dev.homeostat.resource.OneByOne;
import dev.homeostat.resource.Phase;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Sighting;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Passwords that nobody has to think of. Each is made once, by the kernel's generator, into a file that its owner alone may
 * read, and is never made anew by itself: what was locked with it (a database) would stay locked. It gets into no log, no
 * answer, no argument and no store; programs are given the file.
 */
@ApplicationScoped
public class SecretKind implements Kind<SecretSpec, SecretSeen> {
    public static final String NAME = "secret";

    private static final String GENERATE = "generate";
    private static final String PROTECT = "protect";
    private static final String RECORD = "record";

    /** 256 bits: as strong as what it is compared by, and 43 characters, which every program takes. */
    private static final int RANDOM_BYTES = 32;
    /** A file with one variable; more is none of ours. */
    private static final long LIMIT_BYTES = 4096;

    private static final int FILE_MODE = 0600;
    private static final int FOLDER_MODE = 0700;

    private final SafeFiles files;
    private final Accounts accounts;
    private final FolderWatch folderWatch;
    private final Locations locations;
    private final SecureRandom random = new SecureRandom();
    private AutoCloseable watching = () -> {};

    public SecretKind(SafeFiles files, Accounts accounts, FolderWatch folderWatch, Locations locations) {
        this.files = files;
        this.accounts = accounts;
        this.folderWatch = folderWatch;
        this.locations = locations;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Class<SecretSpec> specType() {
        return SecretSpec.class;
    }

    // ---- look

    @Override
    public Map<ResourceId, Sighting<SecretSeen>> observe(Collection<Desired<SecretSpec>> resources) {
        return OneByOne.look(resources, this::look);
    }

    private SecretSeen look(Desired<SecretSpec> desired) throws Trouble {
        Account owner = owner(desired.id());
        Optional<FileFacts> facts = files.look(desired.spec().file());
        boolean whole = facts.isPresent()
                && facts.get().type() == FileFacts.Type.FILE
                && facts.get().sizeBytes() <= LIMIT_BYTES
                && isWhole(desired.spec());
        return new SecretSeen(
                facts.orElse(null),
                whole,
                owner.uid(),
                owner.gid(),
                files.look(made(desired.id())).isPresent());
    }

    /** The content is looked at for its form and forgotten. */
    private boolean isWhole(SecretSpec spec) throws Trouble {
        byte[] content = files.read(spec.file(), LIMIT_BYTES);
        byte[] beginning = (spec.variable() + "=").getBytes(US_ASCII);
        boolean whole = content.length > beginning.length
                && Arrays.equals(content, 0, beginning.length, beginning, 0, beginning.length)
                && content[beginning.length] > ' ';
        Arrays.fill(content, (byte) 0);
        return whole;
    }

    private Account owner(ResourceId id) throws Trouble {
        return id.scope().isOwn() ? self() : accounts.require(id.scope().user());
    }

    private Account self() throws Trouble {
        return accounts.require(locations.unprivileged() ? System.getProperty("user.name") : "root");
    }

    private Path made(ResourceId id) {
        return SecretPlaces.made(locations, id.scope().user(), id.name());
    }

    // ---- compare

    @Override
    public Assessment assess(Desired<SecretSpec> desired, SecretSeen seen) {
        SecretSpec spec = desired.spec();
        if (spec.retired()) {
            return Assessment.IN_SYNC;
        }
        ResourceId id = desired.id();
        if (!seen.whole()) {
            Difference difference = new Difference(
                    "state", "there", seen.facts() == null ? "absent" : seen.isFile() ? "damaged" : "no file");
            boolean locks = seen.made() || seen.facts() != null;
            return new Assessment(
                    List.of(difference),
                    List.of(new Action(
                            id,
                            GENERATE,
                            Phase.DEPLOYMENT,
                            locks ? Impact.DESTRUCTIVE : Impact.NONE,
                            locks
                                    ? "make another " + spec.variable() + " in " + spec.file()
                                            + ", although there was one: what was locked with that one stays locked."
                                            + " Better put the file back from a backup"
                                    : "make " + spec.variable() + " in " + spec.file(),
                            "")));
        }
        if (seen.facts().mode() != FILE_MODE
                || seen.facts().uid() != seen.owner()
                || seen.facts().gid() != seen.group()) {
            return new Assessment(
                    List.of(new Difference(
                            "readers",
                            "its owner alone",
                            String.format(
                                    "mode %04o, owner %d",
                                    seen.facts().mode(), seen.facts().uid()))),
                    List.of(action(id, PROTECT, "let nobody but its owner read " + spec.file())));
        }
        if (!seen.made()) {
            return new Assessment(
                    List.of(new Difference("record", "made", "nothing")),
                    List.of(action(id, RECORD, "put down that " + spec.file() + " is there")));
        }
        return Assessment.IN_SYNC;
    }

    private static Action action(ResourceId id, String verb, String summary) {
        return new Action(id, verb, Phase.DEPLOYMENT, Impact.NONE, summary, "");
    }

    // ---- correct

    @Override
    public void perform(Desired<SecretSpec> desired, Action action) throws Trouble {
        SecretSpec spec = desired.spec();
        Account owner = owner(desired.id());
        switch (action.verb()) {
            case GENERATE -> {
                generate(spec, owner);
                record(desired.id());
            }
            case PROTECT -> files.attributes(spec.file(), FILE_MODE, owner.uid(), owner.gid());
            case RECORD -> record(desired.id());
            default -> throw new IllegalArgumentException("no such verb: " + action.verb());
        }
    }

    private void generate(SecretSpec spec, Account owner) throws Trouble {
        if (files.look(spec.file()).filter(f -> f.type() != FileFacts.Type.FILE).isPresent()) {
            throw Trouble.conflict("there is something else than a file at " + spec.file(), "move it away");
        }
        files.makeWay(spec.file().getParent(), FOLDER_MODE, owner.uid(), owner.gid());
        byte[] value = new byte[RANDOM_BYTES];
        random.nextBytes(value);
        byte[] text = Base64.getUrlEncoder().withoutPadding().encode(value);
        byte[] beginning = (spec.variable() + "=").getBytes(US_ASCII);
        byte[] content = Arrays.copyOf(beginning, beginning.length + text.length + 1);
        System.arraycopy(text, 0, content, beginning.length, text.length);
        content[content.length - 1] = '\n';
        files.write(spec.file(), content, FILE_MODE, owner.uid(), owner.gid());
        Arrays.fill(value, (byte) 0);
        Arrays.fill(text, (byte) 0);
        Arrays.fill(content, (byte) 0);
    }

    /** After the secret: whoever is killed between the two finds a secret, and no record that one is missing. */
    private void record(ResourceId id) throws Trouble {
        Path made = made(id);
        Account self = self();
        files.makeWay(made.getParent(), FOLDER_MODE, self.uid(), self.gid());
        files.write(made, new byte[0], FILE_MODE, self.uid(), self.gid());
    }

    // ---- leave behind, watch

    @Override
    public Optional<SecretSpec> whenUndeclared(Desired<SecretSpec> desired, SecretSeen before, boolean ours) {
        return Optional.empty(); // it stays
    }

    @Override
    public synchronized void watch(Collection<Desired<SecretSpec>> resources, LookAgain lookAgain) {
        Map<Path, ResourceId> ids = new ConcurrentHashMap<>();
        resources.forEach(d -> ids.put(d.spec().file(), d.id()));
        AutoCloseable next = folderWatch.watch(
                Set.copyOf(ids.keySet()),
                path -> lookAgain.at(ids.get(path), "inotify"),
                () -> lookAgain.all(NAME, "inotify lost events"));
        try {
            watching.close();
        } catch (Exception e) {
            throw new IllegalStateException("closing a watch does not fail", e);
        }
        watching = next;
    }
}
