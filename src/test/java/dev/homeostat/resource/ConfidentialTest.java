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
}
