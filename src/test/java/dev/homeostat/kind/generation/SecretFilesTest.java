package dev.homeostat.kind.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.homeostat.host.posix.PosixFiles;
import dev.homeostat.kind.generation.settings.SecretsSettings;
import dev.homeostat.kind.generation.settings.SecretsSettings.Entry;
import dev.homeostat.kind.generation.settings.SecretsSettings.Format;
import dev.homeostat.resource.Trouble;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretFilesTest {
    private static final String ENCRYPTED = "db: ENC[AES256_GCM,data:xx]\nmail: ENC[AES256_GCM,data:yy]\n";
    private static final String METADATA = "sops:\n  version: 3.9.0\n  mac: ENC[x]\n";

    @TempDir
    Path temporary;

    private Path folder;
    private final SecretFiles secrets = new SecretFiles(new PosixFiles());

    @BeforeEach
    void folder() throws Exception {
        folder = temporary.toRealPath();
    }

    private SecretsSettings sops(String file, String keyFile, String... names) {
        Map<String, Entry> entries = new HashMap<>();
        for (String name : names) {
            entries.put(name, new Entry(null, null, null, null, null, null));
        }
        return new SecretsSettings(
                Format.SOPS,
                folder.resolve(file).toString(),
                keyFile == null ? null : folder.resolve(keyFile).toString(),
                entries);
    }

    private String missing(SecretsSettings settings) {
        Trouble trouble = catchThrowableOfType(Trouble.class, () -> secrets.check(settings));
        assertThat(trouble).as("something is missing").isNotNull();
        return trouble.getMessage().replace(folder + "/", "");
    }

    @Test
    void what_is_there_by_name_is_enough() throws Exception {
        Files.writeString(folder.resolve("all.yaml"), ENCRYPTED + METADATA);
        Files.createFile(
                folder.resolve("key"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        assertThatCode(() -> secrets.check(sops("all.yaml", "key", "db", "mail")))
                .doesNotThrowAnyException();
        Files.createSymbolicLink(folder.resolve("link.yaml"), folder.resolve("all.yaml"));
        assertThatCode(() -> secrets.check(sops("link.yaml", null, "db"))).doesNotThrowAnyException();
        Files.writeString(folder.resolve("all.json"), "{\"db\": \"ENC[x]\", \"sops\": {\"mac\": \"\"}}");
        assertThatCode(() -> secrets.check(sops("all.json", null, "db"))).doesNotThrowAnyException();
    }

    @Test
    void every_secret_and_file_that_is_missing_is_named() throws Exception {
        Files.writeString(folder.resolve("all.yaml"), ENCRYPTED + "empty:\n" + METADATA);
        assertThat(missing(sops("all.yaml", "nokey", "db", "empty", "sops", "wifi")))
                .isEqualTo("secrets.keyFile nokey is not there; the secret \"empty\" is not in all.yaml;"
                        + " the secret \"sops\" is not in all.yaml; the secret \"wifi\" is not in all.yaml");
        assertThat(missing(sops("none.yaml", null, "db"))).isEqualTo("secrets.file none.yaml is not there");
        Files.createDirectory(folder.resolve("folder.yaml"));
        assertThat(missing(sops("folder.yaml", null, "db"))).isEqualTo("secrets.file folder.yaml is no file");
    }

    @Test
    void each_secret_of_age_has_a_file() throws Exception {
        Files.writeString(folder.resolve("db.age"), "age-encryption.org/v1\n");
        Map<String, Entry> entries = new HashMap<>();
        for (String name : new String[] {"db", "mail"}) {
            entries.put(name, new Entry(folder.resolve(name + ".age").toString(), null, null, null, null, null));
        }
        assertThat(missing(new SecretsSettings(Format.AGE, null, null, entries)))
                .isEqualTo("the secret \"mail\": mail.age is not there");
    }

    @Test
    void what_is_not_encrypted_or_cannot_be_read_is_told_without_its_content() throws Exception {
        Files.writeString(folder.resolve("plain.yaml"), "db: hunter2\n");
        assertThat(missing(sops("plain.yaml", null, "db")))
                .isEqualTo("secrets.file plain.yaml is not encrypted by sops: it says nothing of sops."
                        + " Encrypt it: sops --encrypt --in-place plain.yaml");
        Files.writeString(folder.resolve("broken.yaml"), "db: [hunter2\n");
        assertThat(missing(sops("broken.yaml", null, "db")))
                .isEqualTo("secrets.file broken.yaml cannot be read as YAML or JSON");
        Files.createFile(
                folder.resolve("open"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r-----")));
        Files.writeString(folder.resolve("all.yaml"), ENCRYPTED + METADATA);
        assertThat(missing(sops("all.yaml", "open", "db")))
                .isEqualTo("secrets.keyFile open may be read by others than its owner: chmod 0600 open");
    }
}
