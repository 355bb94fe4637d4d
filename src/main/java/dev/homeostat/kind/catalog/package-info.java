/** The catalogue: ready-made entries that a declaration turns on with one line, and the secrets that they need. */
package dev.homeostat.kind.catalog;
