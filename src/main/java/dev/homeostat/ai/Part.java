package dev.homeostat.ai;

/**
 * One part of the stack: models, skills, documents. CDI finds them; each turns what is declared below {@code ai} into
 * resources. Looks at nothing that can change.
 */
public interface Part {
    /** Called for a stack that is enabled. */
    void read(Stack stack, Contribution out);
}
