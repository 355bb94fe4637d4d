/** The vocabulary: what a resource is, how it differs, what can be done about it. Imports nothing of ours. */
package dev.homeostat.resource;
