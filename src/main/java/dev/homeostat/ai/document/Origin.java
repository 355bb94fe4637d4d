package dev.homeostat.ai.document;

import dev.homeostat.resource.Sha256;
import dev.homeostat.resource.Trouble;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** Where documents come from: a folder, or what the daemon tells. For the thread of the loop only. */
interface Origin {
    /** Of a digest: enough that no two sources of one origin share it. */
    int DIGITS = 32;

    String name();

    /** Looks at all of it. */
    void look();

    /** Whether it is not known if there is such a document: what the knowledge base has of it stays. */
    boolean isUnclear(String source);

    /** Null if there is no such document. */
    Leaf leaf(String source);

    void each(Consumer<Leaf> use);

    /** What was found and is to be read: the number that is left after some of it. */
    int read(int count);

    /** What the knowledge base has to be told; taken away by the caller when it was. */
    Set<Leaf> due();

    /** Sources of which there are no documents any more; taken away by the caller when they are removed. */
    Collection<String> gone();

    String project();

    List<String> tags(Leaf leaf);

    /**
     * The text as it is now; the leaf knows its digest after.
     *
     * @return null if there is none any more
     * @throws Trouble if it cannot be read
     */
    String text(Leaf leaf) throws Trouble;

    /** How it is with it, in a few words; empty if there is nothing to say. */
    String trouble();

    /** The same for the same source, whatever project it is found under. */
    static String id(String owner, String origin, String source) {
        return origin + ":" + Sha256.hex(owner + '\0' + source).substring(0, DIGITS);
    }
}
