package dev.homeostat;

import dev.homeostat.control.console.CommandTree;
import io.quarkus.runtime.QuarkusApplication;

/** One command of the console in this process, without a daemon. */
final class Console implements QuarkusApplication {
    private final CommandTree commands;

    Console(CommandTree commands) {
        this.commands = commands;
    }

    @Override
    public int run(String... args) {
        return commands.runHere(args);
    }
}
