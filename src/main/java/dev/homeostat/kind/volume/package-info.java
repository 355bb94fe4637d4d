/** Volumes of containers. They are made, and never removed. */
package dev.homeostat.kind.volume;
