/** Programs that belong to somebody: run with that user's rights, home and search path, and ended with all they started. */
package dev.homeostat.host.program;
