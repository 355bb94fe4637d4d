/** Homeostat keeps a machine as its owner declared it. Each package below is a room of docs/architecture.md. */
package dev.homeostat;
