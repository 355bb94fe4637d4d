package dev.homeostat.ai;

/**
 * On whose behalf a program of the stack asks the daemon.
 *
 * @param program of ours: {@code mcp}, {@code suggest}
 * @param tool of it that is used
 * @param client whom it does that for, as that calls itself, such as {@code claude-code}
 */
public record Caller(String program, String tool, String client) {}
