package dev.homeostat.control.socket;

import dev.homeostat.host.Locations;
import io.quarkus.vertx.http.DomainSocketServerStart;
import jakarta.enterprise.event.ObservesAsync;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import org.jboss.logging.Logger;

/**
 * Opens the socket for those who may connect once it is bound: the group {@link Locations#GROUP} for the system's daemon,
 * nobody else for a user's. Until then the process's umask (the unit's UMask=0077) keeps it closed. A socket of systemd's
 * has the mode its unit says.
 */
@Singleton
final class SocketMode {
    private static final Logger LOG = Logger.getLogger(SocketMode.class);

    private final Locations locations;

    SocketMode(Locations locations) {
        this.locations = locations;
    }

    void bound(@ObservesAsync DomainSocketServerStart start) throws IOException {
        if (Activation.present()) {
            return;
        }
        Path socket = locations.socket();
        // with NOFOLLOW_LINKS the JDK would open the file, which a socket does not allow; only root and we write its
        // folder
        PosixFileAttributeView view = Files.getFileAttributeView(socket, PosixFileAttributeView.class);
        view.setPermissions(PosixFilePermissions.fromString("rw-------"));
        if (locations.unprivileged()) {
            return;
        }
        try {
            GroupPrincipal group =
                    socket.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByGroupName(Locations.GROUP);
            view.setGroup(group);
            view.setPermissions(PosixFilePermissions.fromString("rw-rw----"));
        } catch (UserPrincipalNotFoundException e) {
            LOG.warnf(
                    "there is no group %s on this machine: only root can use %s; create it with systemd-sysusers",
                    Locations.GROUP, socket);
        } catch (IOException e) {
            LOG.warnf("cannot give %s to the group %s: %s", socket, Locations.GROUP, e.getMessage());
        }
    }
}
