package dev.homeostat.control.console;

/**
 * One thing about the installation.
 *
 * @param what was looked at
 * @param found what was seen
 * @param remedy what to do, empty if nothing
 */
record Check(String what, Verdict verdict, String found, String remedy) {
    enum Verdict {
        ok,
        warning,
        wrong
    }

    static Check ok(String what, String found) {
        return new Check(what, Verdict.ok, found, "");
    }

    static Check warning(String what, String found, String remedy) {
        return new Check(what, Verdict.warning, found, remedy);
    }

    static Check wrong(String what, String found, String remedy) {
        return new Check(what, Verdict.wrong, found, remedy);
    }
}
