/**
 * The stack's server for the Model Context Protocol: a process of its own that looks at the machine for an agent, and takes
 * what it proposes to the daemon, where a person decides. It has the rights of the user who starts it, less all that changes
 * something.
 */
package dev.homeostat.ai.mcp;
