package dev.homeostat.ai.document;

import dev.homeostat.ai.StackFolders;
import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.Inotify;
import dev.homeostat.host.posix.PosixFiles;
import dev.homeostat.host.posix.TreeWatch;
import dev.homeostat.host.systemd.NotifySocket;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.StandardLog;
import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * {@code homeostat knowledge follow}: a main of its own, so that nothing of the daemon is loaded. It runs as the user whose
 * folders it reads.
 */
public final class Follow {
    private static final String USAGE = "usage: homeostat knowledge follow [--config FILE] [--documentation FOLDER]";
    /** As sysexits.h has them. */
    private static final int USAGE_STATUS = 64;

    private static final int CONFIG_STATUS = 78;
    /** For what is under way when it is told to end. */
    private static final Duration END_LIMIT = Duration.ofSeconds(3);
    /** Between two lines of status: nobody reads faster. */
    private static final Duration STATUS_EVERY = Duration.ofMillis(500);

    /** What comes with the program or the stack, beside what is declared. Their names cannot be declared. */
    private static final String DECISIONS = "homeostat:decisions";

    private static final String SKILLS = "homeostat:skills";
    private static final int OWN_LIMIT = 2_000;

    private final Path config;
    private final Path documentation;
    private final Path skills;
    private final Told told;
    private final FollowLoop loop;
    private final Inotify inotify = new Inotify();
    private final PosixFiles files = new PosixFiles();
    private final Optional<NotifySocket> notify;
    private long statusAt = System.nanoTime() - STATUS_EVERY.toNanos();

    private Follow(
            Path config, Path documentation, Path skills, Path socket, Told told, Optional<NotifySocket> notify) {
        this.config = config;
        this.documentation = documentation;
        this.skills = skills;
        this.told = told;
        this.notify = notify;
        this.loop = new FollowLoop(
                files,
                inotify,
                TreeWatch::new,
                InstantSource.system(),
                socket,
                FollowLoop.Rhythm.USUAL,
                told,
                this::status);
    }

    /** @param args what follows {@code homeostat knowledge follow} */
    public static void main(String... args) throws InterruptedException {
        System.exit(run(System.getenv(), args));
    }

    private static int run(Map<String, String> environment, String... args) throws InterruptedException {
        Told told =
                new Told(new StandardLog(System.err, "homeostat documents", environment.get("JOURNAL_STREAM") != null));
        Path home = Path.of(environment.getOrDefault("HOME", System.getProperty("user.home")));
        StackFolders folders = StackFolders.of(home);
        Path config = folders.config().resolve(FollowSettings.FILE);
        Path documentation = Path.of("/usr/share/doc/homeostat");
        for (int i = 0; i < args.length; i += 2) {
            String value = i + 1 < args.length ? args[i + 1] : "";
            switch (value.isEmpty() ? "" : args[i]) {
                case "--config" -> config = Path.of(value).toAbsolutePath().normalize();
                case "--documentation" ->
                    documentation = Path.of(value).toAbsolutePath().normalize();
                default -> {
                    System.err.println(USAGE);
                    return USAGE_STATUS;
                }
            }
        }
        Follow follow = new Follow(
                config,
                documentation,
                folders.data().resolve("skills"),
                Locations.system(environment).socket(),
                told,
                NotifySocket.of(environment));
        return follow.run();
    }

    private int run() throws InterruptedException {
        try {
            loop.settings(read());
        } catch (Trouble t) {
            System.err.println("homeostat knowledge follow: " + t.sentence());
            return CONFIG_STATUS;
        }
        tell("READY=1");
        Thread main = Thread.currentThread();
        AtomicBoolean left = new AtomicBoolean();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> end(main)));
        Semaphore edits = new Semaphore(0);
        try (AutoCloseable watching = inotify.watch(Set.of(config), path -> edits.release(), edits::release)) {
            Thread.ofPlatform().daemon().name("config").start(() -> reload(edits, left));
            loop.run();
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            told.bug("watching did not end in order", e);
        } finally {
            inotify.close();
        }
        return 0;
    }

    /** A signal: what is being sent is finished. */
    private void end(Thread main) {
        tell("STOPPING=1");
        loop.end();
        try {
            main.join(END_LIMIT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void reload(Semaphore edits, AtomicBoolean left) {
        FollowSettings before = null;
        while (!left.get()) {
            try {
                edits.acquire();
                edits.drainPermits();
                if (files.look(config)
                        .isEmpty()) { // the stack was taken away, or whoever writes it is between two steps
                    told.info("there is no " + config + " any more: ends");
                    left.set(true);
                    loop.end();
                    return;
                }
                FollowSettings now = read();
                if (!now.equals(before)) {
                    before = now;
                    loop.settings(now);
                }
            } catch (Trouble t) {
                told.warning(t.sentence() + "; what was followed so far goes on");
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /** @throws Trouble invalid, if there are no usable settings */
    private FollowSettings read() throws Trouble {
        byte[] bytes = files.read(config, FollowSettings.FILE_LIMIT_BYTES);
        FollowSettings written;
        try {
            written = Json.read(new String(bytes, StandardCharsets.UTF_8), FollowSettings.class);
            check(written);
        } catch (IllegalArgumentException e) {
            throw new Trouble(
                    Trouble.Sort.INVALID,
                    config + " is not what the daemon writes: " + e.getMessage(),
                    "homeostat explain file/" + config + " says what should be there",
                    e);
        }
        Map<String, FollowSettings.Folder> all = new TreeMap<>(written.documents());
        all.put(
                DECISIONS,
                own(
                        documentation.resolve("docs/decisions"),
                        List.of("decision"),
                        List.of("*.md"),
                        List.of("README.md")));
        all.put(SKILLS, own(skills, List.of("skill"), List.of("SKILL.md"), List.of()));
        return new FollowSettings(written.knowledge(), written.owner(), written.machine(), all);
    }

    private static FollowSettings.Folder own(Path path, List<String> tags, List<String> include, List<String> exclude) {
        return new FollowSettings.Folder(path, Machine.PROJECT, tags, include, exclude, OWN_LIMIT, true);
    }

    private static void check(FollowSettings written) {
        if (written == null || written.knowledge() == null || written.owner() == null || written.documents() == null) {
            throw new IllegalArgumentException("knowledge, owner or documents is missing");
        }
        URI address = written.knowledge();
        if (!"http".equals(address.getScheme())
                || address.getHost() == null
                || !List.of("127.0.0.1", "localhost", "[::1]").contains(address.getHost())) {
            throw new IllegalArgumentException(address + " is not the address of a server on this machine");
        }
        written.documents().forEach((name, folder) -> {
            if (folder == null
                    || folder.path() == null
                    || !folder.path().isAbsolute()
                    || !folder.path().equals(folder.path().normalize())
                    || folder.project() == null
                    || folder.tags() == null
                    || folder.include() == null
                    || folder.exclude() == null) {
                throw new IllegalArgumentException("documents." + name + " is not complete");
            }
            new Patterns(folder.include(), folder.exclude());
        });
    }

    private void status(String line) {
        if (System.nanoTime() - statusAt >= STATUS_EVERY.toNanos()
                || line.startsWith("follows")
                || line.startsWith("waits")) {
            statusAt = System.nanoTime();
            tell("STATUS=" + line.replaceAll("\\p{Cntrl}", " "));
        }
    }

    private void tell(String state) {
        notify.ifPresent(socket -> {
            try {
                socket.send(state);
            } catch (IOException e) {
                told.trouble("notify", "the service manager cannot be told: " + e.getMessage());
            }
        });
    }
}
