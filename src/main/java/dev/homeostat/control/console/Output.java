package dev.homeostat.control.console;

import java.io.IOException;

/** Where a command writes. Thread-safe: progress comes from another thread than the answer. */
interface Output {
    /** @throws IOException if nobody reads any more */
    void line(String text) throws IOException;

    /** A line for standard error. */
    void error(String text) throws IOException;

    /** Shows what has been written so far. */
    void flush() throws IOException;
}
