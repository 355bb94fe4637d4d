package dev.homeostat.ai;

/** What of memory this machine has for models. Thread-safe; starts no process. */
public interface MachineMemory {
    /**
     * @param vramBytes of the graphics card with most; 0 if there is none or it does not tell
     * @param ramBytes as the kernel reports it; 0 if it does not tell
     */
    record Memory(long vramBytes, long ramBytes) {}

    Memory memory();
}
