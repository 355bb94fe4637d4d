package dev.homeostat.host.process;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * Tells each line as soon as it is whole; of a line that is too long the beginning, once. The last one may lack its end.
 * For one stream.
 */
public final class LineReader implements Processes.Reader {
    private static final int PIECE_BYTES = 8192;

    private final int limitBytes;
    private final Consumer<String> lines;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    /**
     * @param limitBytes of one line; what is beyond is dropped
     * @param lines called by the thread that reads, without the line's end; must not wait for long
     */
    public LineReader(int limitBytes, Consumer<String> lines) {
        this.limitBytes = limitBytes;
        this.lines = lines;
    }

    @Override
    public void read(InputStream in) throws IOException {
        byte[] piece = new byte[PIECE_BYTES];
        for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
            int from = 0;
            for (int i = 0; i < n; i++) {
                if (piece[i] == '\n') {
                    keep(piece, from, i);
                    tell();
                    from = i + 1;
                }
            }
            keep(piece, from, n);
        }
        if (line.size() > 0) {
            tell();
        }
    }

    private void keep(byte[] piece, int from, int to) {
        line.write(piece, from, Math.min(to - from, limitBytes - line.size()));
    }

    private void tell() {
        String text = line.toString(StandardCharsets.UTF_8);
        line.reset();
        lines.accept(text.endsWith("\r") ? text.substring(0, text.length() - 1) : text);
    }
}
