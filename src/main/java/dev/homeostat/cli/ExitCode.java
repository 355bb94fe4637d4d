package dev.homeostat.cli;

/** How {@code homeostat} ends: the one list. Documented in docs/reference/cli.md. */
public enum ExitCode {
    /** Done, or nothing to do. */
    OK(0),
    /** It did not work; the message says why. */
    ERROR(1),
    /** {@code plan} and {@code diff}: there is something to do. */
    SOMETHING_TO_DO(2),
    /** {@code status} and {@code apply}: the machine is not as declared. */
    NOT_AS_DECLARED(3),
    /** Not permitted, or the world moved since the plan. */
    REFUSED(4),
    /** The command line is wrong. As sysexits.h has it. */
    USAGE(64),
    /** The daemon cannot be reached. As sysexits.h has it. */
    UNREACHABLE(69),
    /** {@code --timeout} is over. As timeout(1) has it. */
    TIMED_OUT(124),
    /** Between client and launcher only: no daemon, but the full program can answer this without one. */
    WITHOUT_DAEMON(125);

    private final int number;

    ExitCode(int number) {
        this.number = number;
    }

    public int number() {
        return number;
    }
}
