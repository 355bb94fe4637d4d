package dev.homeostat.declaration;

import dev.homeostat.ai.Stacks;
import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.NameService;
import dev.homeostat.kind.Tooling;
import dev.homeostat.kind.catalog.Catalog;
import dev.homeostat.kind.catalog.CatalogClash;
import dev.homeostat.kind.catalog.CatalogSection;
import dev.homeostat.kind.container.ContainerSection;
import dev.homeostat.kind.container.UnitClash;
import dev.homeostat.kind.file.FileSection;
import dev.homeostat.kind.file.PathClash;
import dev.homeostat.kind.generation.GenerationTopic;
import dev.homeostat.kind.network.NetworkSection;
import dev.homeostat.kind.port.PortClash;
import dev.homeostat.kind.service.ServiceSection;
import dev.homeostat.kind.service.UnitFileCheck;
import dev.homeostat.kind.service.UnitPlaces;
import dev.homeostat.kind.volume.VolumeSection;
import dev.homeostat.resource.Section;
import dev.homeostat.resource.Topic;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The reader as the daemon has it, with every section and check there is. */
final class Readers {
    private Readers() {}

    private static final Locations LOCATIONS = Locations.system(Map.of());
    private static final NameService ACCOUNTS = new NameService();
    private static final UnitPlaces PLACES = new UnitPlaces(LOCATIONS, ACCOUNTS);

    private static final Catalog CATALOG = new Catalog(LOCATIONS);

    static List<Section<?>> sections() {
        List<Section<?>> written = List.of(
                new FileSection(LOCATIONS, ACCOUNTS),
                new ServiceSection(PLACES),
                new ContainerSection(ACCOUNTS, LOCATIONS),
                new VolumeSection(),
                new NetworkSection());
        List<Section<?>> all = new ArrayList<>(written);
        all.add(new CatalogSection(CATALOG, written, ACCOUNTS, LOCATIONS));
        return Tooling.and(all, LOCATIONS, ACCOUNTS);
    }

    static List<Topic> topics() {
        return List.of(new GenerationTopic(), Stacks.topic(sections(), ACCOUNTS));
    }

    static DeclarationReader system() {
        return new DeclarationReader(
                sections(),
                topics(),
                List.of(
                        new PathClash(),
                        new PortClash(),
                        new UnitClash(),
                        new UnitFileCheck(PLACES),
                        new CatalogClash(CATALOG)),
                LOCATIONS);
    }
}
