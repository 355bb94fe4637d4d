package dev.homeostat.kind.service;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.FileFacts;
import dev.homeostat.host.posix.SafeFiles;
import dev.homeostat.host.systemd.ServiceManager;
import dev.homeostat.host.systemd.Systemd;
import dev.homeostat.host.systemd.UnitFile;
import dev.homeostat.host.systemd.UnitName;
import dev.homeostat.host.systemd.UnitState;
import dev.homeostat.resource.Inventory;
import dev.homeostat.resource.Scope;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Units whose file the owner wrote, as entries of {@code services}: how they are to run, not what is in their files. Links
 * are the distribution's units, or another's; on NixOS all of them are.
 */
@ApplicationScoped
public class ServiceInventory implements Inventory {
    /** As systemd reads no longer line. */
    private static final long FILE_LIMIT_BYTES = 1 << 20;

    private final UnitPlaces places;
    private final SafeFiles files;
    private final Systemd systemd;

    public ServiceInventory(UnitPlaces places, SafeFiles files, Systemd systemd) {
        this.places = places;
        this.files = files;
        this.systemd = systemd;
    }

    @Override
    public String section() {
        return "services";
    }

    @Override
    public List<Found> find(Scope scope) throws Trouble {
        Path folder = places.of(scope).folder();
        List<Found> found = new ArrayList<>();
        ServiceManager manager = null;
        for (String file : files.list(folder)) {
            Optional<UnitName> name = unit(file);
            if (name.isEmpty() || !isFile(folder.resolve(file))) {
                continue;
            }
            if (manager == null) {
                manager = systemd.of(scope);
            }
            String text = new String(files.read(folder.resolve(file), FILE_LIMIT_BYTES), UTF_8);
            found(name.get().text(), text, manager.look(name.get())).ifPresent(found::add);
        }
        return found;
    }

    /** Empty if it neither runs nor comes up with the machine. */
    static Optional<Found> found(String name, String text, UnitState unit) {
        boolean enabled = unit.unitFile().equals("enabled");
        if (!enabled && !unit.isActive()) {
            return Optional.empty();
        }
        ObjectNode entry = JsonNodeFactory.instance.objectNode();
        List<String> remarks = new ArrayList<>();
        if (unit.isActive()) {
            entry.put("state", "running");
        } else if (unit.isFailed()) {
            remarks.add("It has failed: state is left out, so that it is not started again and again.");
        }
        if (enabled) {
            entry.put("startup", "enabled");
        }
        return Optional.of(new Found(
                name,
                entry,
                remarks,
                UnitFile.isOurs(text)
                        ? Optional.of("Homeostat wrote its file, and the declaration that said so had more of it:"
                                + " homeostat revisions show")
                        : Optional.empty()));
    }

    private boolean isFile(Path path) throws Trouble {
        return files.look(path).filter(f -> f.type() == FileFacts.Type.FILE).isPresent();
    }

    /** Empty for templates, which do not run, for our own unit, and for what is no unit. */
    private static Optional<UnitName> unit(String file) {
        if (file.contains("@.") || file.startsWith(Locations.NAME + ".")) {
            return Optional.empty();
        }
        try {
            UnitName name = UnitName.parse(file);
            return name.text().equals(file) ? Optional.of(name) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // some other file, such as an editor's
        }
    }
}
