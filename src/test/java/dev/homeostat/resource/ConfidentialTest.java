package dev.homeostat.resource;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfidentialTest {
    @ParameterizedTest
    @CsvSource({
        "POSTGRES_PASSWORD, x",
        "MYSQL_PWD, x",
        "JUPYTER_TOKEN, x",
        "CLIENT_SECRET, x",
        "OPENAI_API_KEY, x",
        "--api-key, x",
        "--requirepass, x",
        "KEY, x",
        "DB_URL, postgres://anna:x@db/shop",
        "CERT, -----BEGIN CERTIFICATE-----",
        "HASH, $6$salt$hash",
        "ID, 9f8e7d6c5b4a39281706f5e4d3c2b1a0",
        "HF, hf_AbCdEfGhIjKlMnOpQrStUv12"
    })
    void what_may_be_a_secret(String name, String value) {
        assertThat(Confidential.is(name, value)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "LEVEL, 3",
        "KEYBOARD, de",
        "MONKEY, banana",
        "URL, https://example.org/a",
        "FOLDER, /var/lib/postgresql/17/data/base",
        "NAME, a-name-that-is-quite-long-without-digits",
        "NUMBER, 123456789012345678901234567890"
    })
    void what_is_none(String name, String value) {
        assertThat(Confidential.is(name, value)).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''|--token=ghp_0123456789",
                "--token|ghp_0123456789",
                "''|--api-key=abc",
                "--api-key|abc",
                "--apiKey|abc",
                "--requirepass|hunter2",
                "''|ghp_0123456789",
                "run|sk-proj-a1b2c3d4e5",
                "''|sk-a1b2c3d4e5f6a7b8c9d0e1f2",
                "''|9f8e7d6c5b4a39281706f5e4d3c2b1a0",
                "''|postgres://anna:hunter2@db/shop",
                "''|--dsn=postgres://anna:hunter2@db/shop",
                "--url|https://ghp_0123456789@example.org/a",
                "''|https://example.org/mcp?a=b&api_key=abc",
                "''|--url=https://example.org/mcp?token=abc",
                "-e|GITHUB_TOKEN=abc",
                "''|--env=GITHUB_TOKEN=abc",
                "--header|Authorization: Bearer abc",
                "--header|Authorization:abc",
                "''|--header=X-Api-Key: abc",
                "-c|exec lab-mcp --password=hunter2",
                "''|Server=db;User=anna;Password=hunter2",
                "''|--config={\"apiKey\": \"abc\"}",
                "--hash|$6$salt$hash",
                "--password|$6$salt$hash"
            })
    void what_may_be_a_secret_among_arguments(String before, String argument) {
        assertThat(Confidential.isArgument(before, argument)).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''|token-counter",
                "-y|@anna/token-counter",
                "''|--token-counter",
                "''|passwords",
                "--port|80",
                "''|--port=8080",
                "''|--max-tokens=4096",
                "--max-tokens|4096",
                "--tokenizer|cl100k",
                "--author|anna",
                "''|--no-auth",
                "--no-auth|server.js",
                "--auth|none",
                "--token-file|/run/secrets/token",
                "''|--token=$TOKEN",
                "-c|exec lab-mcp --token=\"$TOKEN\"",
                "--header|Authorization:${AUTH_HEADER}",
                "--header|Authorization: Bearer ${TOKEN}",
                "-e|GITHUB_TOKEN",
                "--key|/etc/lab/key.pem",
                "--api-key|--verbose",
                "''|ghcr.io/anna/auth-server:17",
                "''|modelcontextprotocol/server-e2b-v16",
                "''|mcp-server-postgres-readonly-v2",
                "''|--enable-feature-x86-64-of-http2",
                "''|--userDataFolder=some-longer-name-of-2024",
                "''|ssh://git@example.org/anna/shop",
                "''|postgres://anna:${PASSWORD}@db/shop",
                "''|postgres://anna@db/shop",
                "''|https://example.org/mcp?project=shop&sort_key=name",
                "''|github:anna/mcp-shop",
                "''|/nix/store/9f8e7d6c5b4a39281706f5e4d3c2b1a0-lab",
                "''|find the token of the day"
            })
    void what_is_none_among_arguments(String before, String argument) {
        assertThat(Confidential.isArgument(before, argument)).isFalse();
    }
}
