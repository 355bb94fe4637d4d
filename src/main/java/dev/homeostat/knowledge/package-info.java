/** The knowledge base: a process of its own, which the rest of the program neither knows nor waits for. */
package dev.homeostat.knowledge;
