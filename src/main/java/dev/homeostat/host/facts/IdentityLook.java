package dev.homeostat.host.facts;

import dev.homeostat.host.facts.Identity.Person;
import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/** Reads what the machine is called and whose it is, from the files of /etc and of its users. Starts no process. Thread-safe. */
@ApplicationScoped
public class IdentityLook {
    private static final Logger LOG = Logger.getLogger(IdentityLook.class);

    /** A line, or a few. */
    private static final int LINES_LIMIT_BYTES = 4096;
    /** Of a machine with its users in files; others have them in a directory service. */
    private static final int PASSWD_LIMIT_BYTES = 1 << 20;
    /** Of one file of somebody's own: longer than any that was written by hand. */
    private static final int CONFIGURATION_LIMIT_BYTES = 1 << 18;
    /** Where useradd and NixOS begin with people, and where systemd's nobody and containers begin. */
    private static final int FIRST_PERSON = 1000;

    private static final int LAST_PERSON = 60_000;
    private static final int MOST_PEOPLE = 100;
    private static final int PASSWD_FIELDS = 7;

    private static final Pattern LOGIN_SHELL = Pattern.compile(".*/([a-z]{0,6}sh|nu|elvish|xonsh)");
    private static final Pattern ZONE = Pattern.compile(".*/zoneinfo/(?:posix/|right/)?([A-Za-z0-9_+/-]{1,100})");
    private static final Pattern LANG =
            Pattern.compile("^\\s*LANG=[\"']?([A-Za-z0-9_.@-]{1,64})[\"']?\\s*$", Pattern.MULTILINE);
    private static final Pattern STATE_VERSION =
            Pattern.compile("^[^#\\n]*system\\.stateVersion\\s*=\\s*\"([0-9.]{1,8})\"", Pattern.MULTILINE);
    private static final Pattern GIT_SECTION = Pattern.compile("^\\s*\\[\\s*([^\\]]*?)\\s*]");
    private static final Pattern GIT_VALUE =
            Pattern.compile("^\\s*(name|email)\\s*=\\s*(.*?)\\s*$", Pattern.CASE_INSENSITIVE);

    private final SafeFiles files;
    private final Path root;

    @jakarta.inject.Inject
    public IdentityLook(SafeFiles files) {
        this(files, Path.of("/"));
    }

    /** @param root below which etc is */
    IdentityLook(SafeFiles files, Path root) {
        this.files = files;
        this.root = root;
    }

    /** @throws Trouble if a file of the system's is there and cannot be read */
    public Identity look() throws Trouble {
        return new Identity(
                hostName(),
                timeZone(),
                locale(),
                stateVersion(),
                Files.exists(root.resolve("etc/nixos/flake.nix")),
                people(),
                lingering());
    }

    private Optional<String> hostName() throws Trouble {
        return SmallFile.text(root.resolve("etc/hostname"), LINES_LIMIT_BYTES)
                .flatMap(text -> text.lines()
                        .map(String::strip)
                        .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                        .findFirst());
    }

    /** By where /etc/localtime leads; not every distribution has a file with the name. */
    private Optional<String> timeZone() throws Trouble {
        Path link = root.resolve("etc/localtime");
        if (!Files.isSymbolicLink(link)) {
            return Optional.empty();
        }
        try {
            // not where it leads in the end: on NixOS that is a path in the store, and still ends in zoneinfo/NAME
            Matcher zone = ZONE.matcher(Files.readSymbolicLink(link).toString());
            if (zone.matches()) {
                return Optional.of(zone.group(1));
            }
            Matcher real = ZONE.matcher(link.toRealPath().toString());
            return real.matches() ? Optional.of(real.group(1)) : Optional.empty();
        } catch (IOException e) {
            throw Trouble.passing(link + " cannot be read: " + e.getMessage(), e);
        }
    }

    private Optional<String> locale() throws Trouble {
        for (String file : List.of("etc/locale.conf", "etc/default/locale")) {
            Optional<String> text = SmallFile.text(root.resolve(file), LINES_LIMIT_BYTES);
            if (text.isPresent()) {
                Matcher lang = LANG.matcher(text.get());
                return lang.find() ? Optional.of(lang.group(1)) : Optional.empty();
            }
        }
        return Optional.empty();
    }

    /** Only where it stands in so many words in the files that NixOS makes at its installation. */
    private Optional<String> stateVersion() throws Trouble {
        for (String file : List.of("etc/nixos/configuration.nix", "etc/nixos/flake.nix")) {
            Optional<String> text = SmallFile.text(root.resolve(file), CONFIGURATION_LIMIT_BYTES);
            if (text.isPresent()) {
                Matcher version = STATE_VERSION.matcher(text.get());
                if (version.find()) {
                    return Optional.of(version.group(1));
                }
            }
        }
        return Optional.empty();
    }

    private List<String> lingering() throws Trouble {
        return files.list(root.resolve("var/lib/systemd/linger"));
    }

    private List<Person> people() throws Trouble {
        record Line(int uid, Person person) {}
        List<Line> people = new ArrayList<>();
        for (String line : SmallFile.required(root.resolve("etc/passwd"), PASSWD_LIMIT_BYTES)
                .split("\n", -1)) {
            String[] fields = line.split(":", -1);
            if (fields.length != PASSWD_FIELDS || !fields[2].matches("[0-9]{1,9}")) {
                continue;
            }
            int uid = Integer.parseInt(fields[2]);
            Matcher shell = LOGIN_SHELL.matcher(fields[6]);
            if (uid < FIRST_PERSON || uid >= LAST_PERSON || !shell.matches() || people.size() == MOST_PEOPLE) {
                continue;
            }
            String[] git = git(Path.of("/").resolve(fields[5]));
            people.add(new Line(
                    uid,
                    new Person(
                            fields[0],
                            Optional.of(fields[4].split(",", -1)[0]).filter(name -> !name.isEmpty()),
                            shell.group(1),
                            Optional.ofNullable(git[0]),
                            Optional.ofNullable(git[1]))));
        }
        return people.stream()
                .sorted(Comparator.comparing(Line::uid))
                .map(Line::person)
                .toList();
    }

    /** Name and address, null where nothing is said. A file that cannot be read says nothing: it is its owner's affair. */
    private String[] git(Path home) {
        String[] identity = new String[2];
        Path below = root.resolve(Path.of("/").relativize(home));
        Stream.of(below.resolve(".config/git/config"), below.resolve(".gitconfig"))
                .forEach(file -> text(file).ifPresent(text -> git(text, identity)));
        return identity;
    }

    private Optional<String> text(Path file) {
        try {
            return files.look(file).isPresent()
                    ? Optional.of(new String(files.read(file, CONFIGURATION_LIMIT_BYTES), StandardCharsets.UTF_8))
                    : Optional.empty();
        } catch (Trouble t) {
            LOG.debugf("whoever commits is not known by %s: %s", file, t.sentence());
            return Optional.empty();
        }
    }

    private static void git(String text, String[] identity) {
        boolean user = false;
        for (String line : text.split("\n", -1)) {
            Matcher section = GIT_SECTION.matcher(line);
            if (section.find()) {
                user = section.group(1).equalsIgnoreCase("user");
                continue;
            }
            Matcher value = GIT_VALUE.matcher(line);
            if (user && value.matches()) {
                String plain = value.group(2).replaceAll("^\"(.*)\"$", "$1");
                identity[value.group(1).equalsIgnoreCase("name") ? 0 : 1] = plain;
            }
        }
    }
}
