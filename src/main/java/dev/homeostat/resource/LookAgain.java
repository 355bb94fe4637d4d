package dev.homeostat.resource;

/**
 * Where event sources say "look again". Saying it too often is harmless, losing one costs only latency. Thread-safe,
 * returns at once.
 */
public interface LookAgain {
    /**
     * @param cause what was noticed, for people: {@code IN_MODIFY by inotify}, {@code unit went inactive}
     */
    void at(ResourceId id, String cause);

    /** Something was missed (overflow, lost connection): everything of one kind is to be looked at. */
    void all(String kind, String cause);
}
