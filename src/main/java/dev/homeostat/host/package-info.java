/** Doors to the live machine. They take no decisions and know nothing of declarations. */
package dev.homeostat.host;
