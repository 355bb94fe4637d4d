package dev.homeostat.ai.server;

import dev.homeostat.resource.Observation;

/**
 * How something that is to answer stands.
 *
 * @param answers what it answers with, for people; empty if it does not answer
 * @param silence why it does not answer; empty if it does
 */
public record EndpointSeen(String answers, String silence) implements Observation {
    @Override
    public String evidence() {
        return answers.isEmpty() ? silence : "answers: " + answers;
    }
}
