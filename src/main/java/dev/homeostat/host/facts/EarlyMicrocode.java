package dev.homeostat.host.facts;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.nio.file.Path;
import java.util.Optional;

/** Whether the kernel that runs was given corrections of the processor when it was booted. Thread-safe; a file is read. */
@ApplicationScoped
public class EarlyMicrocode {
    /** Where NixOS has the initial RAM disk of the system that was booted. */
    private static final String DISK = "run/booted-system/initrd";
    /** The kernel takes it from the uncompressed archive at the very beginning: this is the name of its folder. */
    private static final String NAME = "kernel/x86/microcode/";

    private static final int HEAD_BYTES = 64 * 1024;

    private final Path root;

    @Inject
    public EarlyMicrocode() {
        this(Path.of("/"));
    }

    /** @param root below which run is */
    public EarlyMicrocode(Path root) {
        this.root = root;
    }

    /**
     * Empty if this is no NixOS, or it was booted without a RAM disk.
     *
     * @throws Trouble if it cannot be read
     */
    public Optional<Boolean> isThere() throws Trouble {
        return SmallFile.head(root.resolve(DISK), HEAD_BYTES).map(head -> new String(head, ISO_8859_1).contains(NAME));
    }
}
