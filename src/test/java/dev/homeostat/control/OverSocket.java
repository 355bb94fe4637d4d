package dev.homeostat.control;

import io.restassured.RestAssured;
import io.restassured.builder.RequestSpecBuilder;
import io.restassured.config.EncoderConfig;
import io.restassured.config.HttpClientConfig;
import io.restassured.config.RestAssuredConfig;
import io.restassured.http.ContentType;
import io.restassured.specification.RequestSpecification;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import jnr.unixsocket.UnixSocketAddress;
import jnr.unixsocket.UnixSocketChannel;
import org.apache.http.conn.scheme.PlainSocketFactory;
import org.apache.http.conn.scheme.Scheme;
import org.apache.http.conn.scheme.SchemeSocketFactory;
import org.apache.http.impl.client.DefaultHttpClient;
import org.apache.http.params.HttpParams;

/** REST Assured over a Unix socket. */
@SuppressWarnings("deprecation") // REST Assured is built on Apache's HTTP client 4.2
public final class OverSocket {
    private OverSocket() {}

    public static RequestSpecification given(Path socket) {
        RestAssuredConfig config = RestAssuredConfig.config()
                .encoderConfig(EncoderConfig.encoderConfig().encodeContentTypeAs("application/yaml", ContentType.TEXT))
                .httpClient(HttpClientConfig.httpClientConfig().httpClientFactory(() -> client(socket)));
        return RestAssured.given(new RequestSpecBuilder()
                .setConfig(config)
                .setBaseUri("http://localhost")
                .setPort(80)
                .setUrlEncodingEnabled(false)
                .build());
    }

    private static DefaultHttpClient client(Path socket) {
        DefaultHttpClient client = new DefaultHttpClient();
        client.getConnectionManager().getSchemeRegistry().register(new Scheme("http", 80, new Factory(socket)));
        return client;
    }

    private record Factory(Path path) implements SchemeSocketFactory {
        @Override
        public Socket createSocket(HttpParams params) throws IOException {
            return UnixSocketChannel.open().socket();
        }

        @Override
        public Socket connectSocket(Socket socket, InetSocketAddress remote, InetSocketAddress local, HttpParams params)
                throws IOException {
            socket.connect(new UnixSocketAddress(path.toFile()));
            return socket;
        }

        @Override
        public boolean isSecure(Socket socket) {
            return PlainSocketFactory.getSocketFactory().isSecure(socket);
        }
    }
}
