package dev.homeostat.kind.generation.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.homeostat.kind.generation.settings.SecretsSettings.Entry;
import dev.homeostat.kind.generation.settings.SecretsSettings.Format;
import java.lang.reflect.Field;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SettingsTest {
    private static final Entry PLAIN = new Entry(null, null, null, null, null, null);
    private static final Entry OF_AGE = new Entry("/var/db.age", null, null, null, null, null);

    private static List<String> faults(UserSettings user, SecretsSettings secrets) {
        return keys(new Settings(Samples.host(), user, null, null, null, null, null, secrets));
    }

    private static List<String> keys(Settings settings) {
        return settings.faults().stream().map(Settings.Fault::key).toList();
    }

    @Test
    void sound_settings_have_no_faults() {
        assertThat(Samples.full().faults()).isEmpty();
        assertThat(Samples.least().faults()).isEmpty();
    }

    @Test
    void without_a_host_there_is_nothing_to_generate() {
        Settings settings = new Settings(null, null, null, null, null, null, null, null);
        assertThat(keys(settings)).containsExactly("host");
        assertThatThrownBy(() -> MachineData.of(settings, Samples.FACTS, DeclaredElsewhere.NOTHING))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("host is missing");
    }

    @Test
    void a_missing_secret_is_named_before_anything_is_evaluated() {
        UserSettings anna = new UserSettings("anna", null, null, null, null, "anna-password");
        assertThat(faults(anna, null)).containsExactly("user.passwordHash");
        assertThat(faults(anna, new SecretsSettings(Format.SOPS, "/f", null, Map.of("other", PLAIN))))
                .containsExactly("user.passwordHash");
        assertThat(faults(anna, new SecretsSettings(Format.SOPS, "/f", null, Map.of("anna-password", PLAIN))))
                .isEmpty();
    }

    @Test
    void each_format_of_secrets_has_its_files() {
        assertThat(faults(null, new SecretsSettings(Format.SOPS, null, null, Map.of("db", PLAIN))))
                .containsExactly("secrets.file");
        assertThat(faults(null, new SecretsSettings(Format.SOPS, "/f", null, Map.of("db", OF_AGE))))
                .containsExactly("secrets.entries.db.file");
        assertThat(faults(null, new SecretsSettings(Format.AGE, "/f", null, Map.of("db", PLAIN))))
                .containsExactly("secrets.file", "secrets.entries.db.file");
        assertThat(faults(null, new SecretsSettings(Format.AGE, null, null, Map.of("db", OF_AGE))))
                .isEmpty();
    }

    @Test
    void a_password_is_read_before_there_are_users_to_own_it() {
        UserSettings anna = new UserSettings("anna", null, null, null, null, "anna-password");
        Entry owned = new Entry(null, null, "anna", null, null, null);
        assertThat(faults(anna, new SecretsSettings(Format.SOPS, "/f", null, Map.of("anna-password", owned))))
                .containsExactly("secrets.entries.anna-password");
    }

    @Test
    void a_home_is_somebodys() {
        HomeSettings home = new HomeSettings(null, List.of("ripgrep"), null, null, null);
        assertThat(keys(new Settings(Samples.host(), null, null, null, home, null, null, null)))
                .containsExactly("home");
    }

    @Test
    void a_dotfile_has_one_origin() {
        UserSettings anna = new UserSettings("anna", null, null, null, null, null);
        for (var file :
                List.of(new HomeSettings.Dotfile(null, null, null), new HomeSettings.Dotfile("x", "/etc/x", null))) {
            HomeSettings home = new HomeSettings(null, null, null, Map.of("~/.x", file), null);
            assertThat(keys(new Settings(Samples.host(), anna, null, null, home, null, null, null)))
                    .containsExactly("home.dotfiles.~/.x");
        }
    }

    @Test
    void a_shell_of_ones_own_has_something_in_it() {
        DevShellSettings empty = new DevShellSettings(null, null, null);
        assertThat(keys(new Settings(
                        Samples.host(), null, null, null, null, Map.of("mine", empty, "ts-dev", empty), null, null)))
                .containsExactly("devShells.mine");
    }

    @Test
    void a_boot_device_is_for_grub() {
        HostSettings host = new HostSettings("bench", null, null, "25.11", null, null, "/dev/sda");
        assertThat(keys(new Settings(host, null, null, null, null, null, null, null)))
                .containsExactly("host.bootDevice");
    }

    @Test
    void names_that_are_keys_are_checked_too() {
        Settings settings = new Settings(
                Samples.host(),
                new UserSettings("anna", null, null, null, null, null),
                null,
                new NixosSettings(null, null, Map.of("other", "github:a/b"), null, null, null, null),
                new HomeSettings(
                        null,
                        null,
                        new HomeSettings.ShellEnvironment(Map.of("a b", "x"), Map.of("A B", "x")),
                        Map.of("/etc/passwd", new HomeSettings.Dotfile("x", null, null)),
                        null),
                Map.of("-x", new DevShellSettings(List.of("hello"), Map.of("A=B", "x"), null)),
                new PythonSettings(null, null, Map.of("a.b", new PythonSettings.PackageOverride(null, null, null))),
                new SecretsSettings(Format.AGE, null, null, Map.of("../x", OF_AGE)));
        assertThat(keys(settings))
                .containsExactly(
                        "nixos.inputs",
                        "home.dotfiles",
                        "home.shell.aliases",
                        "home.shell.environment",
                        "devShells",
                        "devShells.-x.environment",
                        "python.overrides",
                        "secrets.entries");
        assertThat(settings.faults().getFirst().message())
                .isEqualTo("the name \"other\" is not one of nixpkgs, home-manager, sops-nix, agenix");
    }

    private record Form(String pattern, String good, String bad) {}

    private static final List<Form> FORMS = List.of(
            new Form("HOST_NAME", "workshop|a|my-host-2", "-a|a-|a.b|a_b|"),
            new Form(
                    "TIME_ZONE",
                    "UTC|Europe/Berlin|America/Argentina/Ushuaia|Etc/GMT+1",
                    "../etc|/UTC|Europe/Ber lin|a//b"),
            new Form("LOCALE", "C.UTF-8|de_DE.UTF-8|en_US|ca_ES.UTF-8@valencia", "de-DE|de_DE.UTF-8 x|DE"),
            new Form("RELEASE", "25.11|26.05", "25.12|2511|unstable"),
            new Form("USER", "anna|_x|a-b", "Anna|-anna|root:x|a b"),
            new Form("PACKAGE", "ripgrep|python313Packages.numpy|nodejs_22|gtk+", "-x|a..b|a b|a${b}|a;b|.a|a."),
            new Form("ATTRIBUTE", "numpy|_x", "a.b|-x|a b"),
            new Form("PATH", "/etc/x|/a b/c", "etc|/etc/|/a//b|/a/../b|/a/.|/"),
            new Form(
                    "NIX_PATH",
                    "/etc/nixos/mine.nix|/home/anna/.config/x|/a/b@1",
                    "/a/../b|/a/./b|/a b|/a${b}|/a\"b|a|/"),
            new Form("HOME_PATH", "~/.bashrc|~/.config/a b", "~/|/etc/x|~/../x|~/a/../b|~anna/x"),
            new Form("SECRET", "db|anna-password|a.b_c", "-db|.db|a/b|a b"),
            new Form("SERVICE", "nginx|getty@tty1|postgresql", "-x|a/b|a b"),
            new Form("MODE", "0400|640", "4755|9|0o400|rw"),
            new Form(
                    "CACHE", "https://c.example.org|s3://b?region=x|ssh://h", "c.example.org|https://a b|javascript:x"),
            new Form(
                    "PUBLIC_KEY",
                    "a.example.org-1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
                    "AAAA=|a:AAAA|-a:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
            new Form(
                    "FLAKE",
                    "github:NixOS/nixpkgs/nixos-unstable|path:/x|git+https://h/r?ref=a",
                    "-x|nixpkgs|github:a b|--impure"),
            new Form("SYSTEM", "x86_64-linux|aarch64-linux", "linux|x86_64-linux; rm"),
            new Form("FEATURE", "kvm|big-parallel", "-kvm|a,b|a b"),
            new Form("REMOTE_HOST", "builder|10.0.0.1|a.example.org", "-oProxyCommand=x|a b|a/b"),
            new Form("LINE", "anything at all; even $this", "a\nb|a\tb"),
            new Form("PASSWD_FIELD", "Anna Example|\u00c4nnchen", "a:b"),
            new Form("EMAIL", "anna@example.org", "anna|a@b@c|a b@c|-a@b"),
            new Form("VARIABLE", "PATH|_x", "1x|a-b|a b"),
            new Form("ALIAS", "ll|g++|..", "-x|a b|a=b"));

    @Test
    void names_and_values_are_written_so() throws Exception {
        for (Form form : FORMS) {
            Pattern regexp = regexp(form.pattern);
            for (String good : form.good.split("\\|")) {
                assertThat(regexp.matcher(good).matches())
                        .as("%s takes %s", form.pattern, good)
                        .isTrue();
                assertThat(regexp.matcher(good + "\n").matches())
                        .as("%s refuses %s with a line break", form.pattern, good)
                        .isFalse();
            }
            for (String bad : form.bad.split("\\|", -1)) {
                assertThat(regexp.matcher(bad).matches())
                        .as("%s refuses %s", form.pattern, bad)
                        .isFalse();
            }
        }
    }

    @Test
    void no_form_is_forgotten() {
        assertThat(FORMS.stream().map(Form::pattern).toList())
                .containsExactlyInAnyOrderElementsOf(Stream.of(Patterns.class.getDeclaredFields())
                        .map(Field::getName)
                        .filter(name -> !name.endsWith("_FORM"))
                        .toList());
    }

    private static Pattern regexp(String name) throws ReflectiveOperationException {
        return Pattern.compile((String) Patterns.class.getDeclaredField(name).get(null));
    }
}
