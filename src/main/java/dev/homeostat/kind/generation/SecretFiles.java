package dev.homeostat.kind.generation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.homeostat.host.posix.FileFacts;
import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.kind.generation.settings.SecretsSettings;
import dev.homeostat.resource.Json;
import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Whether the encrypted files are there that a system decrypts when it is put in force, and whether each declared secret is
 * in them by name. Values are encrypted and are not looked at. Thread-safe.
 */
final class SecretFiles {
    /** A file of sops with a thousand secrets has some hundred kilobytes. */
    private static final long LIMIT_BYTES = 2L << 20;

    private static final int OTHERS = 0077;
    /** In a file of sops, what it says of itself. */
    private static final String METADATA = "sops";

    private final SafeFiles files;

    SecretFiles(SafeFiles files) {
        this.files = files;
    }

    /** @throws Trouble names every secret that is missing, and every file */
    void check(SecretsSettings secrets) throws Trouble {
        List<String> missing = new ArrayList<>();
        if (secrets.keyFile() != null) {
            Optional<Path> key = file(secrets.keyFile(), "secrets.keyFile", missing);
            if (key.isPresent() && (files.look(key.get()).map(FileFacts::mode).orElse(0) & OTHERS) != 0) {
                missing.add("secrets.keyFile " + secrets.keyFile()
                        + " may be read by others than its owner: chmod 0600 " + secrets.keyFile());
            }
        }
        if (secrets.format() == SecretsSettings.Format.SOPS) {
            Optional<Path> file = file(secrets.file(), "secrets.file", missing);
            if (file.isPresent()) {
                names(secrets, file.get(), missing);
            }
        } else {
            secrets.entries().forEach((name, entry) -> file(entry.file(), "the secret \"" + name + "\":", missing));
        }
        if (!missing.isEmpty()) {
            throw new Trouble(
                    Trouble.Sort.TRANSIENT,
                    String.join("; ", missing),
                    "make what is missing, or take it out of the declaration");
        }
    }

    /** Where it is in the end: it is only read. */
    private static Optional<Path> file(String path, String what, List<String> missing) {
        try {
            Path real = Path.of(path).toRealPath();
            if (Files.isRegularFile(real)) {
                return Optional.of(real);
            }
            missing.add(what + " " + path + " is no file");
        } catch (NoSuchFileException e) {
            missing.add(what + " " + path + " is not there");
        } catch (IOException e) {
            missing.add(what + " " + path + " cannot be looked at: " + e.getMessage());
        }
        return Optional.empty();
    }

    /** In the formats whose names are not encrypted; the others (binary, ini, dotenv) are known when they are decrypted. */
    private void names(SecretsSettings secrets, Path file, List<String> missing) throws Trouble {
        String path = secrets.file();
        if (!path.matches(".*\\.(ya?ml|json)")) {
            return;
        }
        JsonNode content;
        try {
            content = Json.MAPPER
                    .reader()
                    .with(new YAMLFactory()) // of which JSON is a part
                    .readTree(files.read(file, LIMIT_BYTES));
        } catch (IOException e) {
            missing.add("secrets.file " + path + " cannot be read as YAML or JSON");
            return;
        }
        if (!content.path(METADATA).isObject()) {
            missing.add("secrets.file " + path + " is not encrypted by sops: it says nothing of sops. Encrypt it:"
                    + " sops --encrypt --in-place " + path);
            return;
        }
        for (String name : secrets.entries().keySet()) {
            if (!content.hasNonNull(name) || name.equals(METADATA)) {
                missing.add("the secret \"" + name + "\" is not in " + path);
            }
        }
    }
}
