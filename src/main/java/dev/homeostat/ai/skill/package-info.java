/** Skills for agents: what comes with the program, and what is the owner's own. */
package dev.homeostat.ai.skill;
