package dev.homeostat.kind.tool;

import dev.homeostat.resource.Spec;

/** A tool as it should be. */
sealed interface ToolSpec extends Spec permits FlatpakSpec, NpmSpec, ExtensionSpec {
    /** Which one; null if any will do. */
    String version();

    /** Whether it has left the declaration: a copy that we installed is taken away. */
    boolean retired();

    /** Where a copy that is ours came from; null if that is not told of copies. */
    String origin();
}
