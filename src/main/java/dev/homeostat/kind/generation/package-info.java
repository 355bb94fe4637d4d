/** The generation of the system: made from the declaration, put in force through the phases, verified, rolled back. */
package dev.homeostat.kind.generation;
