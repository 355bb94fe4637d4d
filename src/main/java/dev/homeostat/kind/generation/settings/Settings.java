package dev.homeostat.kind.generation.settings;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * All that is declared about the generated system. The parts are null where nothing is said, but for {@code host}, without
 * which there is nothing to generate. Immutable.
 */
public record Settings(
        HostSettings host,
        UserSettings user,
        BuildSettings build,
        NixosSettings nixos,
        HomeSettings home,
        Map<String, DevShellSettings> devShells,
        PythonSettings python,
        SecretsSettings secrets) {

    public Settings {
        build = build == null ? new BuildSettings(null, null, null, null, null) : build;
        nixos = nixos == null ? new NixosSettings(null, null, null, null, null, null, null) : nixos;
        home = home == null ? HomeSettings.nothing() : home;
        devShells = devShells == null ? new TreeMap<>() : new TreeMap<>(devShells);
    }

    /** What no single value shows to be wrong. Empty if all is right. */
    public List<Fault> faults() {
        List<Fault> faults = new ArrayList<>();
        if (host == null) {
            faults.add(new Fault("host", "is missing: a generated system needs at least name and stateVersion"));
        } else if (host.bootDevice() != null && host.bootLoader() != HostSettings.BootLoader.GRUB) {
            faults.add(new Fault("host.bootDevice", "is for grub only: declare bootLoader: grub, or take it away"));
        }
        nameFaults(faults);
        if (secrets != null) {
            secretFaults(faults);
        }
        String hash = user == null ? null : user.passwordHash();
        if (hash != null && (secrets == null || !secrets.entries().containsKey(hash))) {
            faults.add(new Fault(
                    "user.passwordHash", "names the secret \"" + hash + "\", which is not in secrets.entries"));
        }
        if (user == null && home.ofTemplates() && !home.equals(HomeSettings.nothing())) {
            faults.add(new Fault("home", "is nobody's: declare user.name"));
        }
        home.dotfiles().forEach((path, file) -> {
            if ((file.content() == null) == (file.source() == null)) {
                faults.add(new Fault("home.dotfiles." + path, "needs either content or source"));
            }
        });
        devShells.forEach((name, shell) -> {
            if (!DevShellSettings.READY_MADE.contains(name) && shell.packages().isEmpty() && !shell.python()) {
                faults.add(new Fault(
                        "devShells." + name,
                        "has nothing in it; ready-made are "
                                + String.join(
                                        ", ",
                                        DevShellSettings.READY_MADE.stream()
                                                .sorted()
                                                .toList())));
            }
        });
        return faults;
    }

    /** Names that are keys: the schema has no place for what they are made of. */
    private void nameFaults(List<Fault> faults) {
        names(faults, "nixos.inputs", nixos.inputs(), NixosSettings.INPUT, NixosSettings.INPUT_FORM);
        names(faults, "home.dotfiles", home.dotfiles(), Patterns.HOME_PATH, Patterns.HOME_PATH_FORM);
        names(faults, "home.shell.aliases", home.shell().aliases(), Patterns.ALIAS, Patterns.ALIAS_FORM);
        names(faults, "home.shell.environment", home.shell().environment(), Patterns.VARIABLE, Patterns.VARIABLE_FORM);
        names(faults, "devShells", devShells, Patterns.ATTRIBUTE, Patterns.ATTRIBUTE_FORM);
        devShells.forEach((name, shell) -> names(
                faults,
                "devShells." + name + ".environment",
                shell.environment(),
                Patterns.VARIABLE,
                Patterns.VARIABLE_FORM));
        if (python != null) {
            names(faults, "python.overrides", python.overrides(), Patterns.ATTRIBUTE, Patterns.ATTRIBUTE_FORM);
        }
        if (secrets != null) {
            names(faults, "secrets.entries", secrets.entries(), Patterns.SECRET, Patterns.SECRET_FORM);
        }
    }

    private static void names(List<Fault> faults, String key, Map<String, ?> values, String pattern, String form) {
        values.keySet().stream()
                .filter(name -> !name.matches(pattern))
                .sorted()
                .forEach(name -> faults.add(new Fault(key, "the name \"" + name + "\" is not " + form)));
    }

    private void secretFaults(List<Fault> faults) {
        boolean sops = secrets.format() == SecretsSettings.Format.SOPS;
        if (sops && secrets.file() == null && !secrets.entries().isEmpty()) {
            faults.add(new Fault("secrets.file", "is missing: with sops it names the encrypted file"));
        }
        if (!sops && secrets.file() != null) {
            faults.add(new Fault("secrets.file", "is for sops; with age each entry has a file of its own"));
        }
        secrets.entries().forEach((name, entry) -> {
            String key = "secrets.entries." + name;
            if (sops == (entry.file() != null)) {
                faults.add(new Fault(
                        key + ".file",
                        sops ? "is for age; with sops all are in secrets.file" : "is missing: its encrypted file"));
            }
            boolean ofUser = user != null && name.equals(user.passwordHash());
            if (sops && ofUser && (entry.owner() != null || entry.group() != null)) {
                faults.add(new Fault(key, "is read before there are users: it has no owner or group but root"));
            }
        });
    }

    /**
     * Something that is wrong.
     *
     * @param key dotted, such as {@code user.passwordHash}
     */
    public record Fault(String key, String message) {}
}
