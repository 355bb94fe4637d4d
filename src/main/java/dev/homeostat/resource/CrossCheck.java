package dev.homeostat.resource;

import java.util.Collection;
import java.util.List;

/** A rule over the whole declaration that no single entry can break, such as: no port is declared twice. */
public interface CrossCheck {
    List<Problem> check(Collection<Desired<?>> all);
}
