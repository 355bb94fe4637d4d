/**
 * The client. It knows nothing of the work: it connects, sends the words it was given, prints what comes back. Plain JDK,
 * and as little of that as possible, because all its time is start-up time.
 */
package dev.homeostat.cli;
