/** Models as resources: a registry, which of it suits the machine, and files that are fetched, checked and kept. */
package dev.homeostat.ai.model;
