package dev.homeostat.ai;

import dev.homeostat.ai.client.McpPart;
import dev.homeostat.ai.document.DocumentsPart;
import dev.homeostat.ai.document.KnowledgePart;
import dev.homeostat.ai.mcp.McpServerPart;
import dev.homeostat.ai.model.Models;
import dev.homeostat.ai.server.ServerPart;
import dev.homeostat.ai.skill.BundledSkills;
import dev.homeostat.ai.skill.SkillsPart;
import dev.homeostat.ai.watch.ObservabilityPart;
import dev.homeostat.host.Locations;
import dev.homeostat.host.posix.Account;
import dev.homeostat.host.posix.Accounts;
import dev.homeostat.host.posix.PosixFiles;
import dev.homeostat.kind.catalog.Catalog;
import dev.homeostat.resource.Place;
import dev.homeostat.resource.Scope;
import dev.homeostat.resource.Section;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/** The stack's topic as the daemon has it, with every part there is. */
public final class Stacks {
    private static final Locations LOCATIONS = Locations.system(Map.of());

    /** No graphics card, 8 GiB, and room enough. */
    private static final Capacity SMALL = new Capacity(8L << 30, Optional.empty(), 0, OptionalLong.of(100L << 30), "");

    private Stacks() {}

    public static AiTopic topic(List<Section<?>> sections, Accounts accounts) {
        return topic(sections, accounts, SMALL);
    }

    public static AiTopic topic(List<Section<?>> sections, Accounts accounts, Capacity capacity) {
        Models models = models();
        ModelServer server = new ModelServer(new Catalog(LOCATIONS));
        return new AiTopic(
                sections,
                List.of(
                        new StackPart(models, server),
                        models,
                        new ServerPart(models, server),
                        new ObservabilityPart(),
                        new KnowledgePart(models, server),
                        new DocumentsPart(),
                        new McpServerPart(),
                        new McpPart(),
                        new SkillsPart(new BundledSkills())),
                accounts,
                new KnownMachine(capacity),
                server);
    }

    public static KnowledgePart knowledge() {
        return new KnowledgePart(models(), new ModelServer(new Catalog(LOCATIONS)));
    }

    /** On a disk that has room. */
    public static Models models() {
        return new Models(new PosixFiles()) {
            @Override
            protected long freeBytes(Path there) {
                return 100L << 30;
            }
        };
    }

    /** A stack of anna's. Its server for models, if it has one, is where the catalogue has it. */
    public static Stack stack(Path home, AiEntry entry, Profile profile, Function<String, Place> places) {
        return new Stack(
                Scope.of("anna"),
                new Account("anna", 1000, 1000, home),
                entry,
                new Choice(profile, "declared"),
                SMALL,
                new ModelServer(new Catalog(LOCATIONS)).address(entry, profile),
                StackFolders.of(home),
                places,
                "the stack is anna's: a test says so");
    }

    /** A machine that has that. */
    private static final class KnownMachine extends CapacityLook {
        private final Capacity capacity;

        KnownMachine(Capacity capacity) {
            super(null, null, LOCATIONS);
            this.capacity = capacity;
        }

        @Override
        Capacity capacity(Path home) {
            return capacity;
        }
    }
}
