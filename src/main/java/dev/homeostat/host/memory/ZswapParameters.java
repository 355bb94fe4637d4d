package dev.homeostat.host.memory;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Parameters of the running kernel's zswap. They last until the next boot. Thread-safe. */
@ApplicationScoped
public class ZswapParameters {
    /** A parameter of zswap. */
    public enum Parameter {
        ENABLED("enabled"),
        COMPRESSOR("compressor"),
        MAX_POOL_PERCENT("max_pool_percent");

        private final String file;

        Parameter(String file) {
            this.file = file;
        }
    }

    /** A word and a line break. */
    private static final int VALUE_LIMIT_BYTES = 256;

    private final Path folder;

    @Inject
    public ZswapParameters() {
        this(Path.of("/"));
    }

    /** @param root below which sys is */
    public ZswapParameters(Path root) {
        this.folder = root.resolve("sys/module/zswap/parameters");
    }

    /**
     * Writes a parameter, and reads it back: the kernel may keep another value without saying so.
     *
     * @throws Trouble invalid if this kernel cannot do that; transient if it could not be written
     */
    public void set(Parameter parameter, String value) throws Trouble {
        Path file = folder.resolve(parameter.file);
        try {
            Files.write(file, value.getBytes(US_ASCII), StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
        } catch (NoSuchFileException e) {
            throw missing(parameter, value, file, e);
        } catch (AccessDeniedException e) {
            throw new Trouble(
                    Trouble.Sort.TRANSIENT,
                    file + " may not be written by the daemon",
                    "is it root, and does its unit have ReadWritePaths=-/sys/module/zswap/parameters?",
                    e);
        } catch (IOException e) {
            throw refused(parameter, value, file, e);
        }
        String kept = read(file);
        if (!kept.equals(value)) {
            throw refused(parameter, value, "it keeps " + kept, null);
        }
    }

    /** The kernel says ENOENT also for a compressor that it has not. */
    private Trouble missing(Parameter parameter, String value, Path file, IOException cause) {
        return Files.exists(file)
                ? refused(parameter, value, "it has no such compressor", cause)
                : Trouble.passing("there is no " + file, cause);
    }

    private Trouble refused(Parameter parameter, String value, Path file, IOException cause) {
        String reason = cause instanceof FileSystemException f && f.getReason() != null
                ? f.getReason()
                : String.valueOf(cause.getMessage());
        if (reason.equals("Read-only file system")) {
            return new Trouble(
                    Trouble.Sort.TRANSIENT,
                    file + " is read-only for the daemon",
                    "its unit needs ReadWritePaths=-/sys/module/zswap/parameters; in a container it belongs to the machine"
                            + " around it",
                    cause);
        }
        return refused(parameter, value, reason, cause);
    }

    private static Trouble refused(Parameter parameter, String value, String reason, IOException cause) {
        return new Trouble(
                Trouble.Sort.INVALID,
                "the kernel does not take " + value + " for zswap's " + parameter.file + ": " + reason,
                parameter == Parameter.COMPRESSOR
                        ? "it was built without " + value
                                + ", or the module is not loaded: load it before (boot.kernelModules"
                                + " on NixOS, /etc/modules-load.d elsewhere), or declare memory.zswap: off"
                        : "see dmesg; memory.zswap: off asks for nothing",
                cause);
    }

    private static String read(Path file) throws Trouble {
        try (InputStream in = Files.newInputStream(file)) {
            return new String(in.readNBytes(VALUE_LIMIT_BYTES), US_ASCII).strip();
        } catch (IOException e) {
            throw Trouble.passing(file + " cannot be read: " + e.getMessage(), e);
        }
    }
}
