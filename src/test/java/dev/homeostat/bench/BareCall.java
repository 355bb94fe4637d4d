package dev.homeostat.bench;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** The least that a client in Java can be: what {@code homeostat status} is measured by. */
public final class BareCall {
    private static final int BUFFER_BYTES = 65536;

    private BareCall() {}

    public static void main(String... args) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(args[0]))) {
            channel.write(ByteBuffer.wrap(
                    "GET /v1/version HTTP/1.0\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));
            ByteBuffer answer = ByteBuffer.allocate(BUFFER_BYTES);
            while (channel.read(answer) > 0) {
                // the whole answer is small
            }
            System.out.write(answer.array(), 0, answer.position());
            System.out.flush();
        }
    }
}
