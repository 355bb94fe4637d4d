/** What was tried and what happened, in SQLite. */
package dev.homeostat.journal;
