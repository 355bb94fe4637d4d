package dev.homeostat.ai;

import dev.homeostat.ai.client.McpPart;
import dev.homeostat.ai.skill.BundledSkills;
import dev.homeostat.ai.skill.SkillsPart;
import dev.homeostat.host.posix.Accounts;
import dev.homeostat.resource.Section;
import java.util.List;

/** The stack's topic as the daemon has it, with every part there is. */
public final class Stacks {
    private Stacks() {}

    public static AiTopic topic(List<Section<?>> sections, Accounts accounts) {
        return new AiTopic(
                sections, List.of(new McpPart(), new SkillsPart(new BundledSkills())), accounts, new Choice());
    }
}
