/** The machine's memory and drivers: compared with what is declared of them, and corrected where that is safe. */
package dev.homeostat.kind.generation.hardware;
