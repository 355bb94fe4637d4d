package dev.homeostat.ai;

import com.fasterxml.jackson.annotation.JsonValue;

/** How large models may be. */
public enum Profile {
    /** A graphics card computes. */
    GPU("gpu"),
    /** The processor computes, and there is memory for models of some size. */
    CPU_FULL("cpu_full"),
    /** The processor computes with the smallest models. */
    CPU_SLIM("cpu_slim"),
    /** No models. */
    OFF("off");

    private final String label;

    Profile(String label) {
        this.label = label;
    }

    /** As people and programs read it. */
    @JsonValue
    public String label() {
        return label;
    }
}
