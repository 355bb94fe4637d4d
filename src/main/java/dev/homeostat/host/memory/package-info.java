/** Compressed memory and swap of the live kernel, as they are changed. What there is, is among the facts. */
package dev.homeostat.host.memory;
