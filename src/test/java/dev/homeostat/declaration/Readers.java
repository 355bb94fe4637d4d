package dev.homeostat.declaration;

import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.NameService;
import dev.homeostat.kind.container.ContainerSection;
import dev.homeostat.kind.container.PortClash;
import dev.homeostat.kind.container.UnitClash;
import dev.homeostat.kind.file.FileSection;
import dev.homeostat.kind.file.PathClash;
import dev.homeostat.kind.network.NetworkSection;
import dev.homeostat.kind.service.ServiceSection;
import dev.homeostat.kind.service.UnitFileCheck;
import dev.homeostat.kind.service.UnitPlaces;
import dev.homeostat.kind.volume.VolumeSection;
import java.util.List;
import java.util.Map;

/** The reader as the daemon has it, with every section and check there is. */
final class Readers {
    private Readers() {}

    static DeclarationReader system() {
        Locations locations = Locations.system(Map.of());
        NameService accounts = new NameService();
        UnitPlaces places = new UnitPlaces(locations, accounts);
        return new DeclarationReader(
                List.of(
                        new FileSection(locations, accounts),
                        new ServiceSection(places),
                        new ContainerSection(accounts, locations),
                        new VolumeSection(),
                        new NetworkSection()),
                List.of(new PathClash(), new PortClash(), new UnitClash(), new UnitFileCheck(places)),
                locations);
    }
}
