/** Commands with a guard that says whether they are still needed: for what has no kind of its own. */
package dev.homeostat.kind.command;
