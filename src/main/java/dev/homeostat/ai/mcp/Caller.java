package dev.homeostat.ai.mcp;

/**
 * Who uses a tool.
 *
 * @param client as it calls itself, such as {@code claude-code}
 */
record Caller(String tool, String client) {}
