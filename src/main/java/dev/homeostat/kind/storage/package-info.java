/** Whether there is room, and whether containers are kept in a way that works. Mends nothing: what it takes may lose data. */
package dev.homeostat.kind.storage;
