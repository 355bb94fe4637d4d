package dev.homeostat.ai.skill;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.util.List;
import java.util.Map;

/** The key {@code ai.skills} as it is written; null where nothing is said. */
public record SkillsEntry(
        @JsonPropertyDescription("Whether there are any. Not given: yes")
        Boolean enabled,

        @JsonPropertyDescription("Those of ours that are there. Not given: all")
        List<@NotNull String> include,

        @JsonPropertyDescription("Those of ours that are not there")
        List<@NotNull String> exclude,

        @JsonPropertyDescription("Skills of one's own: the folder of each, absolute or beginning with ~/, by its name")
        @Size(max = 256, message = "at most 256 skills")
        Map<
                        String,
                        @NotNull
                        @Pattern(
                                regexp = "^(/|~/)[^\\p{Cntrl}]{1,2000}$",
                                message = "an absolute path (a user's may begin with ~/)")
                        String>
                own) {}
