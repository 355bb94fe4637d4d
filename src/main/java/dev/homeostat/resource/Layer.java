package dev.homeostat.resource;

import com.fasterxml.jackson.annotation.JsonValue;

/**
 * What a resource is part of. What is above is looked at, corrected and waited for apart: what is below neither needs it nor
 * waits for it, and is right whatever becomes of it.
 */
public enum Layer {
    /** Phases 1 to 8. */
    MACHINE("machine"),
    /** Phase 9, on top of the machine: {@link Phase#AI}. */
    STACK("ai");

    private final String label;

    Layer(String label) {
        this.label = label;
    }

    /** @throws IllegalArgumentException if there is none of that label */
    public static Layer of(String label) {
        for (Layer layer : values()) {
            if (layer.label.equals(label)) {
                return layer;
            }
        }
        throw new IllegalArgumentException("there is no layer \"" + label + "\"");
    }

    /**
     * What to say to somebody who asks for {@link #STACK} where it is empty.
     *
     * @param declaration the state of the declaration on disk, {@code in-force} or another
     */
    public static String noStack(String declaration) {
        return "no AI stack is declared; to have one, write into machine.yaml: ai: {enabled: true}"
                + (declaration.equals("in-force")
                        ? ""
                        : " (the declaration on disk is not in force, but " + declaration
                                + ": homeostat status says why)");
    }

    /** As people and programs read it. */
    @JsonValue
    public String label() {
        return label;
    }
}
