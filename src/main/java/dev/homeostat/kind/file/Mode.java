package dev.homeostat.kind.file;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** Permission bits, written in octal: {@code 0644}. */
record Mode(int bits) {
    @JsonCreator
    static Mode parse(String octal) {
        return new Mode(Integer.parseInt(octal, 8));
    }

    @Override
    @JsonValue
    public String toString() {
        return String.format("%04o", bits);
    }
}
