package dev.homeostat.kind.generation;

import com.fasterxml.jackson.databind.JsonNode;
import dev.homeostat.kind.generation.settings.BuildSettings;
import dev.homeostat.kind.generation.settings.DeclaredElsewhere;
import dev.homeostat.kind.generation.settings.DeploymentSettings;
import dev.homeostat.kind.generation.settings.DevShellSettings;
import dev.homeostat.kind.generation.settings.GitSourceSettings;
import dev.homeostat.kind.generation.settings.HardwareSettings;
import dev.homeostat.kind.generation.settings.HomeSettings;
import dev.homeostat.kind.generation.settings.HostSettings;
import dev.homeostat.kind.generation.settings.MemorySettings;
import dev.homeostat.kind.generation.settings.NixosSettings;
import dev.homeostat.kind.generation.settings.PythonSettings;
import dev.homeostat.kind.generation.settings.SecretsSettings;
import dev.homeostat.kind.generation.settings.Settings;
import dev.homeostat.kind.generation.settings.UserSettings;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Scope;
import dev.homeostat.resource.SystemOptions;
import dev.homeostat.resource.Topic;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The declared NixOS system and the home of its user: {@code host} and what stands beside it make {@code generation/system}
 * and {@code home/USER}.
 */
@ApplicationScoped
public class GenerationTopic implements Topic {
    public static final String KIND = GenerationKind.NAME;
    public static final ResourceId ID = GenerationKind.SYSTEM;

    private static final Key<HostSettings> HOST = Key.one(
            "host",
            "What this machine is called and what it is for. With it Homeostat makes the NixOS system",
            HostSettings.class);
    private static final Key<UserSettings> USER = Key.one("user", "The person whose machine it is", UserSettings.class);
    private static final Key<BuildSettings> BUILD = Key.one("build", "How and where Nix builds", BuildSettings.class);
    private static final Key<NixosSettings> NIXOS = Key.one(
            "nixos",
            "Where the system comes from, what is installed for everybody, and how a new generation is put in force",
            NixosSettings.class);
    private static final Key<HomeSettings> HOME =
            Key.one("home", "What Home Manager keeps for the user", HomeSettings.class);
    private static final Key<DevShellSettings> DEV_SHELLS = Key.many(
            "devShells",
            "Development shells by name. pcb-design, ic-design, cad-cam and ts-dev are there without being declared",
            DevShellSettings.class,
            new Names(DevShellSettings.NAME_PATTERN, DevShellSettings.NAME_FORM));
    private static final Key<PythonSettings> PYTHON = Key.one(
            "python",
            "The user's Python, and corrections of packages that do not build as they are",
            PythonSettings.class);
    private static final Key<SecretsSettings> SECRETS =
            Key.one("secrets", "Which secret goes where: names and paths, never a value", SecretsSettings.class);
    private static final Key<HardwareSettings> HARDWARE =
            Key.one("hardware", "What of the hardware gets drivers", HardwareSettings.class);
    private static final Key<MemorySettings> MEMORY =
            Key.one("memory", "Compressed memory and swap", MemorySettings.class);
    private static final Key<DeploymentSettings> DEPLOYMENT = Key.one(
            "deployment",
            "How a new generation is verified, and what becomes of one that does not pass",
            DeploymentSettings.class);

    /** What decides what is in a generated system; {@link #NIXOS} does in part. */
    private static final List<Key<?>> CONTENT = List.of(HOST, USER, BUILD, HOME, DEV_SHELLS, PYTHON, SECRETS);

    /** What is kept on the machine that runs, too, so that it needs no generated system. */
    private static final Set<Key<?>> ON_ANY_MACHINE = Set.of(HARDWARE, MEMORY);

    /** What of {@link #NIXOS} holds whatever the source. */
    private static final Set<String> OF_ANY_SOURCE = Set.of("from", "operation");

    /** What of {@link #HOME} does. */
    private static final String FROM = "from";

    /** The kinds that need Podman. */
    private static final Set<String> PODMANS = Set.of("container", "volume", "network");

    private static final String FILE_KIND = "file";
    /** Where NixOS puts homes unless told otherwise. */
    private static final String HOMES = "/home/";

    /** Accounts that NixOS and systemd make for themselves. */
    private static final Pattern TAKEN_USER =
            Pattern.compile("root|nobody|messagebus|polkituser|sshd|homeostat|nixbld[0-9]*|systemd-.*");

    private static final String ROOT = "root";

    private static final String FLAKE = "path:";
    private static final String GIT = "git+";
    private static final String GIT_KEY = "git";
    private static final String STORE = "/nix/store/";

    @Override
    public List<Key<?>> keys() {
        return List.of(HOST, USER, BUILD, NIXOS, HOME, DEV_SHELLS, PYTHON, SECRETS, HARDWARE, MEMORY, DEPLOYMENT);
    }

    @Override
    public void read(Values values, Findings out) {
        DeploymentSettings deployment = Objects.requireNonNullElse(values.one(DEPLOYMENT), DeploymentSettings.DEFAULT);
        tell(deployment.faults(), out);
        UserSettings user = values.one(USER);
        if (user != null && TAKEN_USER.matcher(user.name()).matches()) {
            out.problem(
                    "user.name", "\"" + user.name() + "\" is an account of the system's own: expected a person's name");
        }
        duplicatePaths(values.one(SECRETS), out);
        if (!values.areComplete()) {
            return; // what the keys mean together is not known
        }
        NixosSettings nixos = values.one(NIXOS);
        HomeSettings home = values.one(HOME);
        if (!values.isDeclared(HOST) || nixos != null && !nixos.from().equals(NixosSettings.GENERATED)) {
            values.asked()
                    .forEach(asked -> out.problem(
                            asked.path(),
                            "needs options of NixOS, and there is no generated system that could have them: declare host"
                                    + (asked.otherwise().isEmpty() ? "" : ", or " + asked.otherwise())));
        }
        boolean isGenerated =
                values.isDeclared(HOST) && (nixos == null || nixos.from().equals(NixosSettings.GENERATED));
        MachineParts.read(
                values.isDeclared(HARDWARE) ? values.one(HARDWARE) : null,
                values.isDeclared(MEMORY) ? values.one(MEMORY) : null,
                isGenerated,
                nixos != null && nixos.allowUnfree(),
                values,
                out);
        boolean ownHome = home != null && !home.ofTemplates();
        if (ownHome) {
            ownHome(values, home.from(), deployment, out);
        }
        if (nixos != null && !nixos.from().equals(NixosSettings.GENERATED)) {
            withoutEffect(values, nixos.from(), ownHome, out);
            add(values, "nixos.from", foreign(nixos, out), nixos, deployment, out);
        } else if (values.isDeclared(HOST)) {
            SystemSource.Generated system = generated(values, out);
            add(values, "host", system, nixos, deployment, out);
            if (user != null && !ownHome) {
                HomeSpec spec = new HomeSpec(user.name(), new HomeSource.Generated(system), deployment);
                add(values, values.isDeclared(HOME) ? "home" : "user", spec, files(paths(system), values), out);
            }
        } else {
            keys().stream()
                    .filter(values::isDeclared)
                    .filter(key -> !ON_ANY_MACHINE.contains(key))
                    .filter(key -> !ownHome || key != HOME && key != DEPLOYMENT)
                    .forEach(key -> out.problem(
                            key.name(),
                            "has no effect without host: declare host.name and host.stateVersion"
                                    + (key == NIXOS || key == DEPLOYMENT
                                            ? ", or where the system comes from (nixos.from)"
                                            : key == HOME ? ", or where the home comes from (home.from)" : "")));
        }
    }

    /** A home that the owner's own flake makes: the name of the configuration says whose it is. */
    private static void ownHome(Values values, String from, DeploymentSettings deployment, Findings out) {
        values.written(HOME).stream()
                .filter(name -> !name.equals(FROM))
                .forEach(name -> out.problem(
                        HOME.name() + "." + name,
                        "has no effect: home.from says that the home comes from " + from
                                + "; take one of the two away"));
        int hash = from.indexOf('#');
        HomeSource.Flake flake = new HomeSource.Flake(from.substring(FLAKE.length(), hash), from.substring(hash + 1));
        int at = flake.name().indexOf('@');
        String user = at < 0 ? flake.name() : flake.name().substring(0, at);
        add(values, "home.from", new HomeSpec(user, flake, deployment), files(List.of(flake.folder()), values), out);
    }

    /** The home comes after the system, which makes the account; without a declared system that is looked through. */
    private static void add(Values values, String place, HomeSpec spec, Set<ResourceId> files, Findings out) {
        Set<ResourceId> requires = new HashSet<>(files);
        requires.add(ID);
        out.add(new Desired<>(HomeKind.id(spec.user()), spec, requires, values.place(place)));
    }

    private static void add(
            Values values,
            String place,
            SystemSource source,
            NixosSettings nixos,
            DeploymentSettings deployment,
            Findings out) {
        NixosSettings.Operation operation = nixos == null ? NixosSettings.Operation.SWITCH : nixos.operation();
        if (deployment.confirm() != null && operation == NixosSettings.Operation.BOOT) {
            out.problem(
                    "deployment.confirm",
                    "has no effect: nixos.operation is boot, so nothing can be tried before the next boot; take one of"
                            + " the two away");
        }
        GenerationSpec spec = new GenerationSpec(source, operation, deployment);
        out.add(new Desired<>(ID, spec, files(paths(source), values), values.place(place)));
    }

    /** The declared files that a system is made from, or needs when it is put in force: they come first. */
    private static Set<ResourceId> files(List<String> paths, Values values) {
        return values.elsewhere().stream()
                .map(Desired::id)
                .filter(id -> id.kind().equals(FILE_KIND))
                .filter(id -> paths.stream()
                        .anyMatch(path -> id.name().equals(path) || id.name().startsWith(path + "/")))
                .collect(Collectors.toSet());
    }

    /** Files, and folders with all that is in them. */
    private static List<String> paths(SystemSource source) {
        return switch (source) {
            case SystemSource.Ready ignored -> List.of();
            case SystemSource.Git git -> {
                List<String> paths = new ArrayList<>(git.settings().signatures());
                paths.add(Objects.requireNonNullElse(git.settings().tokenFile(), ""));
                paths.removeIf(path -> !path.startsWith("/"));
                yield paths;
            }
            case SystemSource.Flake flake -> List.of(flake.folder());
            case SystemSource.Generated(Settings settings, DeclaredElsewhere ignored) -> {
                List<String> paths = new ArrayList<>(settings.nixos().modules());
                paths.addAll(settings.home().modules());
                settings.home().dotfiles().values().forEach(file -> paths.add(file.source()));
                settings.build().remoteBuilders().forEach(builder -> paths.add(builder.sshKey()));
                if (settings.secrets() != null) {
                    paths.add(settings.secrets().file());
                    paths.add(settings.secrets().keyFile());
                    settings.secrets().entries().values().forEach(entry -> paths.add(entry.file()));
                }
                paths.removeIf(Objects::isNull);
                yield paths;
            }
        };
    }

    /** A system that others make, in the form that the schema lets pass. */
    private static SystemSource foreign(NixosSettings nixos, Findings out) {
        String from = nixos.from();
        if (from.startsWith(STORE)) {
            return new SystemSource.Ready(from);
        }
        int hash = from.indexOf('#');
        if (from.startsWith(GIT)) {
            tell(nixos.faults(), out);
            return new SystemSource.Git(
                    from.substring(GIT.length(), hash),
                    from.substring(hash + 1),
                    Objects.requireNonNullElse(nixos.git(), GitSourceSettings.DEFAULT));
        }
        return new SystemSource.Flake(from.substring(FLAKE.length(), hash), from.substring(hash + 1));
    }

    private static void withoutEffect(Values values, String from, boolean ownHome, Findings out) {
        String why = "has no effect: nixos.from says that the system comes from " + from + "; take one of the two away";
        CONTENT.stream()
                .filter(values::isDeclared)
                .filter(key -> !ownHome || key != HOME)
                .forEach(key -> out.problem(key.name(), why));
        values.written(NIXOS).stream()
                .filter(name -> !OF_ANY_SOURCE.contains(name) && !(from.startsWith(GIT) && name.equals(GIT_KEY)))
                .forEach(name -> out.problem(NIXOS.name() + "." + name, why));
    }

    private static SystemSource.Generated generated(Values values, Findings out) {
        Settings settings = new Settings(
                values.one(HOST),
                values.one(USER),
                values.one(BUILD),
                values.one(NIXOS),
                values.one(HOME),
                values.many(DEV_SHELLS),
                values.one(PYTHON),
                values.one(SECRETS));
        tell(settings.faults(), out);
        if (settings.nixos().git() != null) {
            out.problem("nixos.git", "has no effect: nixos.from names no repository");
        }
        if (settings.user() != null) {
            declaredFiles(settings, values.elsewhere(), out);
        }
        return new SystemSource.Generated(settings, elsewhere(settings, values, out));
    }

    /** What other sections ask of the system. */
    private static DeclaredElsewhere elsewhere(Settings settings, Values values, Findings out) {
        boolean podman = false;
        Set<String> users = new TreeSet<>();
        for (Desired<?> d : values.elsewhere()) {
            if (PODMANS.contains(d.id().kind())) {
                podman = true;
                users.add(d.id().scope().user());
            }
        }
        users.remove(Scope.OWN.user());
        users.removeIf(user -> !mayExist(user, settings, out));
        DeclaredElsewhere nothing = DeclaredElsewhere.NOTHING;
        MemorySettings memory = Objects.requireNonNullElse(values.one(MEMORY), nothing.memory());
        HardwareSettings hardware = Objects.requireNonNullElse(values.one(HARDWARE), nothing.hardware());
        if (hardware.nvidia() && !settings.nixos().allowUnfree()) {
            out.problem("hardware.gpu", "NVIDIA's driver is not free: allow it with nixos.allowUnfree: true");
        }
        return new DeclaredElsewhere(
                nothing.services(),
                new DeclaredElsewhere.Containers(podman, users),
                hardware,
                memory,
                nothing.virtualization(),
                nothing.ai(),
                catalog(values.asked()));
    }

    private static DeclaredElsewhere.Catalog catalog(List<SystemOptions> asked) {
        Map<String, Map<String, JsonNode>> options = new TreeMap<>();
        asked.forEach(each -> options.put(each.by(), each.options()));
        return new DeclaredElsewhere.Catalog(options);
    }

    /** Whether the generated system can have that user; tells if not. Own modules may make any account. */
    private static boolean mayExist(String user, Settings settings, Findings out) {
        if (!user.matches(UserSettings.NAME_PATTERN)) {
            out.problem(
                    "users." + user,
                    "a generated system cannot have the user \"" + user
                            + "\": expected lower case letters, digits and _ -");
            return false;
        }
        boolean declared =
                settings.user() != null && user.equals(settings.user().name());
        if (!declared && !user.equals(ROOT) && settings.nixos().modules().isEmpty()) {
            out.problem(
                    "users." + user,
                    "has containers, but the generated system has no such user: it is neither user.name nor can a"
                            + " module make the account (nixos.modules)");
            return false;
        }
        return true;
    }

    /** A file in the home has one keeper: Home Manager, or a declared file. */
    private static void declaredFiles(Settings settings, Collection<Desired<?>> others, Findings out) {
        Map<String, Desired<?>> files = new HashMap<>();
        others.stream().filter(d -> d.id().kind().equals(FILE_KIND)).forEach(d -> files.put(d.id().name(), d));
        settings.home().dotfiles().keySet().forEach(path -> {
            String home = HOMES + settings.user().name();
            Desired<?> file = path.startsWith("~/") ? files.get(home + path.substring(1)) : null;
            if (file != null) {
                out.problem(
                        "home.dotfiles." + path,
                        "is declared as " + file.id() + " too (" + file.place() + "): keep one of the two");
            }
        });
    }

    private static void duplicatePaths(SecretsSettings secrets, Findings out) {
        if (secrets == null) {
            return;
        }
        Map<String, String> owners = new HashMap<>();
        secrets.entries().forEach((name, entry) -> {
            String other = entry.path() == null ? null : owners.putIfAbsent(entry.path(), name);
            if (other != null) {
                out.problem(
                        "secrets.entries." + name + ".path",
                        entry.path() + " is the path of the secret \"" + other + "\" too: choose another one");
            }
        });
    }

    private static void tell(List<Settings.Fault> faults, Findings out) {
        faults.forEach(fault -> out.problem(fault.key(), fault.message()));
    }
}
