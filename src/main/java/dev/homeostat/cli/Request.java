package dev.homeostat.cli;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;

/** The request of a command line, as HTTP/1.1. */
final class Request {
    private Request() {}

    static byte[] of(String[] args, Map<String, byte[]> files, int columns, boolean color) {
        StringBuilder json = new StringBuilder(256);
        json.append("{\"args\":[");
        for (int i = 0; i < args.length; i++) {
            if (i > 0) {
                json.append(',');
            }
            string(json, args[i]);
        }
        json.append("],\"columns\":")
                .append(columns)
                .append(",\"color\":")
                .append(color)
                .append(",\"files\":{");
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            string(json, file.getKey());
            json.append(":\"")
                    .append(Base64.getEncoder().encodeToString(file.getValue()))
                    .append('"');
        }
        json.append("}}");
        byte[] body = json.toString().getBytes(StandardCharsets.UTF_8);
        StringBuilder head = new StringBuilder(192);
        head.append("POST /v1/console HTTP/1.1\r\nhost: homeostat\r\nconnection: close\r\n")
                .append("accept: text/plain\r\ncontent-type: application/json\r\ncontent-length: ")
                .append(body.length)
                .append("\r\n\r\n");
        byte[] start = head.toString().getBytes(StandardCharsets.US_ASCII);
        byte[] request = new byte[start.length + body.length];
        System.arraycopy(start, 0, request, 0, start.length);
        System.arraycopy(body, 0, request, start.length, body.length);
        return request;
    }

    private static void string(StringBuilder out, String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < 0x20 || c >= 0xd800 && c <= 0xdfff) {
                out.append("\\u");
                for (int shift = 12; shift >= 0; shift -= 4) {
                    out.append(Character.forDigit(c >> shift & 0xf, 16));
                }
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }
}
