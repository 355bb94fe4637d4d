/** Development shells that are kept built. */
package dev.homeostat.kind.devshell;
