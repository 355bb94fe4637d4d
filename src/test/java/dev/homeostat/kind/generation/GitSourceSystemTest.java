package dev.homeostat.kind.generation;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.homeostat.kind.generation.settings.GitSourceSettings;
import dev.homeostat.resource.Action;
import dev.homeostat.resource.Assessment;
import dev.homeostat.resource.Impact;
import dev.homeostat.resource.Trouble;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A system from a repository, with the real git, real signatures and the real Nix. */
@Tag("system")
@Timeout(180)
class GitSourceSystemTest {
    private static final String SECRET = "s3cr3t-token-of-the-test";
    private static final Duration POLL = Duration.ofMinutes(5);

    @TempDir
    private Path folder;

    private final Map<String, String> gitOptions = new HashMap<>();
    private Deployed deployed;
    private Path repository;

    @BeforeEach
    void begin() throws Exception {
        folder = folder.toRealPath();
        gitOptions.put("http.sslCAInfo", folder.resolve("server.pem").toString());
        deployed = new Deployed(folder, gitOptions);
        repository = deployed.machine.folder();
        git("init", "--quiet", "--initial-branch=main");
        commit("first");
    }

    @AfterEach
    void end() throws Exception {
        deployed.close();
    }

    // ---- the owner's repository

    private Map<String, String> owner() {
        Map<String, String> environment = new TreeMap<>();
        environment.put("HOME", folder.resolve("owner").toString());
        environment.put("GNUPGHOME", folder.resolve("owner-gpg").toString());
        for (String who : List.of("AUTHOR", "COMMITTER")) {
            environment.put("GIT_" + who + "_NAME", "Anna");
            environment.put("GIT_" + who + "_EMAIL", "anna@example.org");
        }
        return environment;
    }

    private String git(String... arguments) throws Trouble {
        return deployed.run(
                owner(),
                Stream.concat(Stream.of("git", "-C", repository.toString()), Stream.of(arguments))
                        .toArray(String[]::new));
    }

    /** Another system, as the newest commit. */
    private String commit(String motd, String... options) throws Exception {
        deployed.machine.declare(m -> m.put("motd", motd));
        git("add", "--all");
        git(Stream.concat(Stream.of("commit", "--quiet", "--message", motd), Stream.of(options))
                .toArray(String[]::new));
        return head();
    }

    private String head() throws Trouble {
        return git("rev-parse", "HEAD");
    }

    /** @return the public key */
    private String sshKey(String name) throws Exception {
        Path key = folder.resolve(name);
        deployed.run(Map.of(), "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", key.toString());
        return Files.readString(folder.resolve(name + ".pub")).strip();
    }

    private String signed(String motd, String key) throws Exception {
        git("config", "gpg.format", "ssh");
        git("config", "user.signingKey", folder.resolve(key).toString());
        return commit(motd, "--gpg-sign");
    }

    private SystemSource.Git source(String... signatures) {
        return source("file://" + repository, new GitSourceSettings(null, POLL, List.of(signatures), null));
    }

    private static SystemSource.Git source(String url, GitSourceSettings settings) {
        return new SystemSource.Git(url, "machine", settings);
    }

    // ---- what passes

    @Test
    void a_commit_is_fetched_and_deployed_and_the_next_one_when_it_is_asked_for() throws Exception {
        deployed.declare(source());
        assertThat(deployed.processes).isEmpty();
        assertThat(deployed.verbs()).containsExactly(GenerationComparison.FETCH);
        deployed.deploy();
        assertThat(deployed.motd()).isEqualTo("first");

        List<List<String>> before = deployed.processesSoFar();
        assertThat(deployed.look().inSync()).isTrue();
        String second = commit("second");
        assertThat(deployed.look().inSync()).as("nobody asked yet").isTrue();
        deployed.restart();
        assertThat(deployed.look().inSync()).isTrue();
        assertThat(deployed.started(before)).isZero();

        assertThat(deployed.kind.pollEvery(List.of())).isEmpty();
        deployed.kind.poll(); // as the timetable does
        assertThat(deployed.verbs()).contains(GenerationComparison.VALIDATE, GenerationComparison.BUILD);
        deployed.deploy();
        assertThat(deployed.motd()).isEqualTo("second");
        assertThat(deployed.orders().poll().news()).isFalse();
        assertThat(deployed.orders().poll().commit()).isEqualTo(second);
    }

    @Test
    void exactly_the_judged_commit_is_built_whatever_the_repository_says_later() throws Exception {
        deployed.declare(source());
        deployed.deploy();
        commit("judged");
        deployed.orders().poll();
        commit("later");
        deployed.deploy();
        assertThat(deployed.motd()).isEqualTo("judged");
        Files.move(repository, folder.resolve("gone")); // and it needs nobody
        deployed.machine.files.remove(folder.resolve("state/deployment/verified.json"));
        deployed.deploy();
        assertThat(deployed.motd()).isEqualTo("judged");
        Files.move(folder.resolve("gone"), repository);
    }

    @Test
    void a_branch_is_followed_and_no_other() throws Exception {
        git("switch", "--quiet", "--create", "deploy/lab");
        commit("of the branch");
        git("switch", "--quiet", "main");
        deployed.declare(source("file://" + repository, new GitSourceSettings("deploy/lab", POLL, null, null)));
        deployed.deploy();
        assertThat(deployed.motd()).isEqualTo("of the branch");
        assertThat(deployed.orders().poll().news()).isFalse();

        deployed.declare(source("file://" + repository, new GitSourceSettings("nowhere", POLL, null, null)));
        assertThat(deployed.refused()).hasMessageContaining("nowhere");
        assertThat(deployed.motd()).isEqualTo("of the branch");
    }

    @Test
    void a_system_that_the_repository_does_not_have_is_told_by_the_repositorys_name() throws Exception {
        deployed.declare(new SystemSource.Git("file://" + repository, "nohost", GitSourceSettings.DEFAULT));
        assertThat(deployed.refused())
                .hasMessageContaining("nohost")
                .hasMessageContaining("file://" + repository)
                .message()
                .doesNotContain("mirror.git");
    }

    @Test
    void what_does_not_build_is_quarantined_and_a_newer_commit_is_taken() throws Exception {
        deployed.declare(source());
        deployed.deploy();
        deployed.machine.declare(m -> m.put("build", "fail"));
        commit("bad");
        deployed.orders().poll();
        assertThat(deployed.refused()).hasMessageContaining("this build was told to fail");
        assertThat(deployed.motd()).isEqualTo("first");
        git("reset", "--quiet", "--soft", "HEAD^"); // what never passed may be taken back
        deployed.machine.declare(m -> m.put("build", "work"));
        commit("mended");
        deployed.orders().poll();
        deployed.deploy();
        assertThat(deployed.motd()).isEqualTo("mended");
    }

    // ---- signatures

    @Test
    void every_commit_since_the_last_that_passed_has_to_be_signed() throws Exception {
        String anna = sshKey("anna");
        sshKey("mallory");
        deployed.declare(source(anna));
        assertThat(deployed.refused()).hasMessageContaining(head()).hasMessageContaining("it is not signed");
        String good = signed("good", "anna"); // the newest says what is in the tree; what was before is not asked for
        deployed.orders().poll();
        deployed.deploy();
        assertThat(deployed.motd()).isEqualTo("good");

        signed("better", "anna");
        String unsigned = commit("smuggled");
        signed("on top", "anna");
        Trouble told = Deployed.refused(() -> deployed.orders().poll());
        assertThat(told).hasMessageContaining(unsigned).hasMessageContaining("it is not signed");
        assertThat(Deployed.refused(deployed::look)).hasMessageContaining(unsigned);
        assertThat(deployed.motd()).isEqualTo("good");

        git("reset", "--quiet", "--hard", good); // nothing of it was deployed
        String foreign = signed("foreign", "mallory");
        assertThat(Deployed.refused(() -> deployed.orders().poll()))
                .hasMessageContaining(foreign)
                .hasMessageContaining("a key that is not declared");

        git("reset", "--quiet", "--hard", good);
        git("switch", "--quiet", "--create", "side");
        String onTheSide = commit("on the side");
        git("switch", "--quiet", "main");
        signed("main goes on", "anna");
        git("merge", "--quiet", "--no-ff", "--strategy=ours", "--gpg-sign", "--message", "merge", "side");
        assertThat(Deployed.refused(() -> deployed.orders().poll()))
                .as("what a merge brings in counts as well")
                .hasMessageContaining(onTheSide);

        git("reset", "--quiet", "--hard", "HEAD^");
        assertThat(deployed.orders().poll().news()).isTrue();
        deployed.deploy();
        assertThat(deployed.motd()).isEqualTo("main goes on");
    }

    @Test
    void another_key_that_is_declared_makes_a_refused_commit_welcome_and_one_that_is_taken_back_does_not()
            throws Exception {
        String anna = sshKey("anna");
        String bert = sshKey("bert");
        signed("by anna", "anna");
        deployed.declare(source(anna));
        deployed.deploy();
        signed("by bert", "bert");
        Deployed.refused(() -> deployed.orders().poll());
        deployed.declare(source(anna, bert));
        deployed.deploy();
        assertThat(deployed.motd()).isEqualTo("by bert");

        String third = signed("by bert again", "bert");
        deployed.orders().poll();
        deployed.declare(source(anna)); // judged with both, and not deployed yet
        assertThat(deployed.refused()).hasMessageContaining(third);
        assertThat(deployed.motd()).isEqualTo("by bert");
    }

    @Test
    void keys_of_openpgp_count_as_well() throws Exception {
        Path home = Files.createDirectories(folder.resolve("owner-gpg"));
        Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwx------"));
        deployed.run(
                owner(),
                "gpg",
                "--batch",
                "--passphrase",
                "",
                "--quick-gen-key",
                "anna@example.org",
                "ed25519",
                "sign",
                "never");
        Path key = folder.resolve("anna.asc");
        deployed.run(owner(), "gpg", "--batch", "--armor", "--output", key.toString(), "--export", "anna@example.org");
        git("config", "gpg.format", "openpgp");
        git("config", "user.signingKey", "anna@example.org");
        commit("by gpg", "--gpg-sign");
        deployed.declare(source(key.toString()));
        deployed.deploy();
        assertThat(deployed.motd()).isEqualTo("by gpg");
        deployed.run(
                owner(),
                "gpg",
                "--batch",
                "--passphrase",
                "",
                "--quick-gen-key",
                "mallory@example.org",
                "ed25519",
                "sign",
                "never");
        git("config", "user.signingKey", "mallory@example.org");
        String foreign = commit("by another", "--gpg-sign");
        assertThat(Deployed.refused(() -> deployed.orders().poll()))
                .hasMessageContaining(foreign)
                .hasMessageContaining("a key that is not declared");
        deployed.run(owner(), "gpgconf", "--kill", "all");
    }

    // ---- another history

    @Test
    void another_history_waits_for_an_approval() throws Exception {
        deployed.declare(source());
        String first = head();
        commit("second");
        deployed.deploy();
        git("reset", "--quiet", "--hard", first);
        String other = commit("rewritten");
        Trouble told = Deployed.refused(() -> deployed.orders().poll());
        assertThat(told).hasMessageContaining("another history");
        assertThat(told.remedy()).contains("homeostat approve generation/system");

        Assessment asked = deployed.look();
        assertThat(asked.actions()).extracting(Action::impact).containsExactly(Impact.CONTESTED);
        assertThat(asked.actions().getFirst().summary()).contains(other);
        assertThat(deployed.motd()).isEqualTo("second");
        deployed.restart();
        assertThat(deployed.look()).isEqualTo(asked);

        deployed.perform(GenerationComparison.ACCEPT);
        deployed.deploy();
        assertThat(deployed.motd()).isEqualTo("rewritten");
        commit("third");
        assertThat(deployed.orders().poll().news()).isTrue();
    }

    @Test
    void another_history_that_was_taken_back_needs_no_approval() throws Exception {
        String first = head();
        deployed.declare(source());
        String second = commit("second");
        deployed.deploy();
        git("reset", "--quiet", "--hard", first);
        Deployed.refused(() -> deployed.orders().poll());
        assertThat(deployed.verbs()).containsExactly(GenerationComparison.ACCEPT);
        git("reset", "--quiet", "--hard", second);
        assertThat(deployed.orders().poll().news()).isFalse();
        assertThat(deployed.look().inSync()).isTrue();
    }

    @Test
    void an_approval_of_another_history_is_none_of_its_signatures() throws Exception {
        String anna = sshKey("anna");
        signed("signed", "anna");
        deployed.declare(source(anna));
        deployed.deploy();
        git("reset", "--quiet", "--hard", "HEAD^");
        String other = commit("not signed");
        Deployed.refused(() -> deployed.orders().poll());
        assertThat(Deployed.refused(() -> deployed.perform(GenerationComparison.ACCEPT)))
                .hasMessageContaining(other)
                .hasMessageContaining("it is not signed");
        assertThat(deployed.motd()).isEqualTo("signed");
    }

    // ---- what goes wrong elsewhere

    @Test
    void while_it_cannot_be_reached_the_last_good_commit_stays_and_status_says_since_when() throws Exception {
        deployed.declare(source());
        deployed.deploy();
        Path gone = folder.resolve("gone");
        Files.move(repository, gone);
        String since = deployed.now.get().toString();
        Deployed.refused(() -> deployed.orders().poll());
        Assessment rest = deployed.look();
        assertThat(rest.inSync()).isTrue();
        assertThat(rest.note()).contains("has not been reached since " + since).contains("stays in force");

        Duration before = Duration.ZERO;
        for (int i = 0; i < 8; i++) { // pauses grow, up to an hour
            deployed.now.set(deployed.seen().source().away().orElseThrow().next());
            List<List<String>> processes = deployed.processesSoFar();
            deployed.kind.poll();
            assertThat(deployed.started(processes)).isPositive();
            Duration pause = Duration.between(
                    deployed.now.get(),
                    deployed.seen().source().away().orElseThrow().next());
            assertThat(pause).isGreaterThanOrEqualTo(before).isLessThanOrEqualTo(Duration.ofHours(1));
            before = pause;
        }
        assertThat(before).isEqualTo(Duration.ofHours(1));
        List<List<String>> processes = deployed.processesSoFar();
        deployed.kind.poll();
        assertThat(deployed.started(processes)).as("the pause is not over").isZero();
        assertThat(deployed.look().note()).contains("since " + since);

        Files.move(gone, repository);
        commit("back");
        assertThat(deployed.orders().poll().news())
                .as("asked by a person, it does not wait")
                .isTrue();
        deployed.deploy();
        assertThat(deployed.look().note()).isEmpty();
        assertThat(deployed.motd()).isEqualTo("back");
    }

    @Test
    void what_was_never_reached_is_told_and_tried_again() throws Exception {
        deployed.declare(source("file://" + folder.resolve("nowhere"), GitSourceSettings.DEFAULT));
        Trouble told = deployed.refused();
        assertThat(told.sort()).isEqualTo(Trouble.Sort.TRANSIENT);
        assertThat(told).hasMessageContaining(folder.resolve("nowhere").toString());
        assertThat(deployed.verbs()).containsExactly(GenerationComparison.FETCH);
    }

    @Test
    void a_damaged_copy_is_made_anew() throws Exception {
        deployed.declare(source());
        deployed.deploy();
        damage();
        commit("second");
        assertThat(deployed.orders().poll().news()).isTrue();
        deployed.deploy();
        assertThat(deployed.motd()).isEqualTo("second");

        commit("third");
        deployed.orders().poll();
        damage(); // between judgement and build
        deployed.deploy();
        assertThat(deployed.motd()).isEqualTo("third");

        commit("fourth");
        Files.writeString(folder.resolve("state/git/mirror.git/HEAD"), "nonsense");
        deployed.orders().poll();
        deployed.deploy();
        assertThat(deployed.motd()).isEqualTo("fourth");
    }

    private void damage() throws Exception {
        try (Stream<Path> packs = Files.list(folder.resolve("state/git/mirror.git/objects/pack"))) {
            for (Path pack : packs.filter(p -> p.toString().endsWith(".pack")).toList()) {
                byte[] content = Files.readAllBytes(pack);
                for (int i = content.length / 3; i < content.length / 2; i++) {
                    content[i] ^= 0x55;
                }
                Files.delete(pack);
                Files.write(pack, content);
            }
        }
    }

    @Test
    void hooks_and_settings_of_a_repository_run_nothing_here() throws Exception {
        Path trace = folder.resolve("trace");
        Path hook = Files.writeString(folder.resolve("hook"), "#!/bin/sh\necho ran >>" + trace + "\nexec \"$@\"\n");
        Files.setPosixFilePermissions(hook, PosixFilePermissions.fromString("rwxr-xr-x"));
        git("config", "uploadpack.packObjectsHook", hook.toString());
        git("config", "core.fsmonitor", hook.toString());
        git("config", "core.sshCommand", hook.toString());
        deployed.run(Map.of(), "chown", "-R", "app:app", repository.toString());
        deployed.declare(source());
        deployed.perform(GenerationComparison.FETCH);
        assertThat(trace).doesNotExist();
    }

    // ---- over https, with a secret

    @Test
    void a_token_is_sent_and_shown_to_nobody() throws Exception {
        try (var server = new Server()) {
            Path token = Files.writeString(folder.resolve("token"), "anna:" + SECRET + "\n");
            Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-r--r--"));
            String url = "https://localhost:" + server.port() + "/machine/.git";
            deployed.declare(source(url, new GitSourceSettings(null, POLL, null, token.toString())));
            assertThat(deployed.refused()).hasMessageContaining("others may read it");
            Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-------"));
            deployed.deploy();
            assertThat(deployed.motd()).isEqualTo("first");

            Files.writeString(token, SECRET + "-wrong\n");
            commit("second");
            Trouble told = Deployed.refused(() -> deployed.orders().poll());
            assertThat(told.sentence()).contains(url).doesNotContain(SECRET);
            assertThat(deployed.look().note()).contains("has not been reached").doesNotContain(SECRET);
            assertThat(deployed.processes.toString()).contains("fetch").doesNotContain(SECRET);
            try (Stream<Path> state = Files.walk(folder.resolve("state"))) {
                for (Path file : state.filter(Files::isRegularFile).toList()) {
                    assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
                            .as(file.toString())
                            .doesNotContain(SECRET)
                            .doesNotContain(Base64.getEncoder()
                                    .encodeToString(("anna:" + SECRET).getBytes(StandardCharsets.UTF_8)));
                }
            }

            server.redirect = true; // a token is for the server that is declared
            assertThat(Deployed.refused(() -> deployed.orders().poll()).sentence())
                    .doesNotContain(SECRET);
            assertThat(server.elsewhere).isFalse();
        }
    }

    /** git http-backend behind https, with a password. */
    private final class Server implements AutoCloseable {
        private final HttpsServer server;
        volatile boolean redirect;
        volatile boolean elsewhere;

        Server() throws Exception {
            Path store = folder.resolve("server.p12");
            deployed.run(
                    Map.of(),
                    "keytool",
                    "-genkeypair",
                    "-alias",
                    "s",
                    "-keyalg",
                    "EC",
                    "-dname",
                    "CN=localhost",
                    "-ext",
                    "san=dns:localhost",
                    "-keystore",
                    store.toString(),
                    "-storepass",
                    "changeit",
                    "-storetype",
                    "PKCS12");
            deployed.run(
                    Map.of(),
                    "keytool",
                    "-exportcert",
                    "-rfc",
                    "-alias",
                    "s",
                    "-keystore",
                    store.toString(),
                    "-storepass",
                    "changeit",
                    "-file",
                    folder.resolve("server.pem").toString());
            KeyStore keys = KeyStore.getInstance(store.toFile(), "changeit".toCharArray());
            KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            managers.init(keys, "changeit".toCharArray());
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(managers.getKeyManagers(), null, null);
            server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.setHttpsConfigurator(new HttpsConfigurator(context));
            server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
            server.createContext("/", this::handle);
            server.start();
        }

        int port() {
            return server.getAddress().getPort();
        }

        private void handle(HttpExchange exchange) throws IOException {
            try (exchange) {
                String path = exchange.getRequestURI().getPath();
                if (path.startsWith("/elsewhere/")) {
                    elsewhere = true;
                }
                if (redirect) {
                    exchange.getResponseHeaders().add("location", "https://localhost:" + port() + "/elsewhere" + path);
                    exchange.sendResponseHeaders(302, -1);
                    return;
                }
                String expected = "Basic "
                        + Base64.getEncoder().encodeToString(("anna:" + SECRET).getBytes(StandardCharsets.UTF_8));
                if (!expected.equals(exchange.getRequestHeaders().getFirst("authorization"))) {
                    exchange.getResponseHeaders().add("www-authenticate", "Basic realm=\"git\"");
                    exchange.sendResponseHeaders(401, -1);
                    return;
                }
                backend(exchange, path);
            }
        }

        /** The Common Gateway Interface, as far as git http-backend needs it. */
        private void backend(HttpExchange exchange, String path) throws IOException {
            ProcessBuilder builder = new ProcessBuilder("git", "-c", "safe.directory=*", "http-backend");
            Map<String, String> environment = builder.environment();
            environment.put("GIT_PROJECT_ROOT", folder.toString());
            environment.put("GIT_HTTP_EXPORT_ALL", "1");
            environment.put("PATH_INFO", path);
            environment.put("REQUEST_METHOD", exchange.getRequestMethod());
            environment.put(
                    "QUERY_STRING", String.valueOf(exchange.getRequestURI().getRawQuery()));
            header(exchange, "content-type", environment, "CONTENT_TYPE");
            header(exchange, "git-protocol", environment, "HTTP_GIT_PROTOCOL");
            header(exchange, "content-encoding", environment, "HTTP_CONTENT_ENCODING");
            Process backend = builder.start();
            try (OutputStream in = backend.getOutputStream()) {
                exchange.getRequestBody().transferTo(in);
            }
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            try (InputStream out = backend.getInputStream()) {
                out.transferTo(all);
            }
            String text = all.toString(StandardCharsets.ISO_8859_1);
            int end = text.indexOf("\r\n\r\n");
            int status = 200;
            for (String line : text.substring(0, end).split("\r\n")) {
                String[] parts = line.split(": ", 2);
                if (parts[0].equals("Status")) {
                    status = Integer.parseInt(parts[1].substring(0, 3));
                } else {
                    exchange.getResponseHeaders().add(parts[0], parts[1]);
                }
            }
            byte[] body = text.substring(end + 4).getBytes(StandardCharsets.ISO_8859_1);
            exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
        }

        private static void header(
                HttpExchange exchange, String name, Map<String, String> environment, String variable) {
            String value = exchange.getRequestHeaders().getFirst(name);
            if (value != null) {
                environment.put(variable, value);
            }
        }

        @Override
        public void close() {
            server.stop(0);
        }
    }
}
