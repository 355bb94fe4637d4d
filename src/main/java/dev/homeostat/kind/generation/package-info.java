/** The generations of the system and of homes: made from the declaration, put in force through the phases, verified, rolled back. */
package dev.homeostat.kind.generation;
