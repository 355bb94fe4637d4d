/** The HTTP API, version 1: thin over {@link dev.homeostat.reconcile.Engine}. */
package dev.homeostat.control.api;
