package dev.homeostat.control;

import io.quarkus.test.junit.QuarkusTestProfile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/** The whole server on a socket of its own, around a loop that keeps nothing. */
public final class ControlProfile implements QuarkusTestProfile {
    public static final Path FOLDER = temporary();
    public static final Path SOCKET = FOLDER.resolve("control.sock");

    @Override
    public Set<Class<?>> getEnabledAlternatives() {
        return Set.of(
                EngineDouble.class,
                AccountsDouble.class,
                MachineDouble.class,
                OrdersDouble.class,
                ExaminerDouble.class);
    }

    @Override
    public Map<String, String> getConfigOverrides() {
        return Map.of(
                "homeostat.socket", SOCKET.toString(),
                "homeostat.state", FOLDER.resolve("state").toString(),
                "homeostat.config", FOLDER.resolve("config").toString());
    }

    /** One for both class loaders of a Quarkus test: they only share properties. */
    private static Path temporary() {
        String known = System.getProperty("test.control.folder");
        if (known != null) {
            return Path.of(known);
        }
        try {
            Path folder = Files.createTempDirectory("homeostat-control");
            folder.toFile().deleteOnExit();
            System.setProperty("test.control.folder", folder.toString());
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
