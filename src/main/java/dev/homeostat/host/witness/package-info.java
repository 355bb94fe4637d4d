/** Who else acts on this machine: processes as they are seen at the moment, and what was seen lately. Evidence, no decisions. */
package dev.homeostat.host.witness;
