/** What the daemon tells of itself: to the service manager, to health checks, to Prometheus, to the journal. */
package dev.homeostat.telemetry;
