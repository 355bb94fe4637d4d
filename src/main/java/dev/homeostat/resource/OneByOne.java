package dev.homeostat.resource;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/** Looks at resources one after the other: for kinds whose looks are quick, and where trouble with one is that one's alone. */
public final class OneByOne {
    private OneByOne() {}

    /** Looks at one resource. */
    public interface Look<S extends Spec, O extends Observation> {
        O at(Desired<S> desired) throws Trouble;
    }

    public static <S extends Spec, O extends Observation> Map<ResourceId, Sighting<O>> look(
            Collection<Desired<S>> resources, Look<S, O> look) {
        Map<ResourceId, Sighting<O>> answers = HashMap.newHashMap(resources.size());
        for (Desired<S> desired : resources) {
            Sighting<O> answer;
            try {
                answer = new Sighting.Seen<>(look.at(desired));
            } catch (Trouble t) {
                answer = new Sighting.Unclear<>(t);
            }
            answers.put(desired.id(), answer);
        }
        return answers;
    }
}
