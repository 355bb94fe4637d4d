package dev.homeostat.kind.generation.settings;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Whether the processor is given its maker's corrections at each boot. */
public enum Microcode {
    /** Where there are any: for processors of Intel and AMD. */
    @JsonProperty("auto")
    AUTO,
    @JsonProperty("on")
    ON,
    @JsonProperty("off")
    OFF;

    /**
     * As the generated system is told.
     *
     * @param processor null if it is of another maker
     * @return null: nothing is said
     */
    Boolean updated(MachineFacts.Processor processor) {
        return processor == null ? null : Boolean.valueOf(this != OFF);
    }
}
