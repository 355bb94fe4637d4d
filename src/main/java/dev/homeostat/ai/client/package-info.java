/** Servers of the Model Context Protocol: what clients are told of them, and how one is started with its secrets. */
package dev.homeostat.ai.client;
