package dev.homeostat.declaration;

import dev.homeostat.declaration.Located.Field;
import dev.homeostat.declaration.Located.Fields;
import dev.homeostat.declaration.Located.Items;
import dev.homeostat.declaration.Located.Scalar;
import dev.homeostat.resource.Problem;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Several files made one. Maps are joined key by key; a value that two files give alike is one; given differently it is a
 * problem naming both places. So the order of files never decides anything.
 */
final class Merge {
    private Merge() {}

    static Fields merge(List<Fields> files, List<Problem> problems) {
        Fields all = files.getFirst();
        for (Fields next : files.subList(1, files.size())) {
            all = fields("", all, next, problems);
        }
        return all;
    }

    private static Fields fields(String key, Fields a, Fields b, List<Problem> problems) {
        Map<String, Field> joined = new LinkedHashMap<>(a.fields());
        b.fields().forEach((name, field) -> {
            Field before = joined.get(name);
            if (before == null) {
                joined.put(name, field);
                return;
            }
            String path = key.isEmpty() ? name : key + "." + name;
            joined.put(name, new Field(before.keyPlace(), value(path, before, field, problems)));
        });
        return new Fields(joined, a.place());
    }

    private static Located value(String key, Field a, Field b, List<Problem> problems) {
        if (a.value() instanceof Fields x && b.value() instanceof Fields y) {
            return fields(key, x, y, problems);
        }
        if (isNull(a.value())) {
            return b.value();
        }
        if (!isNull(b.value()) && !same(a.value(), b.value())) {
            problems.add(new Problem(
                    b.keyPlace(), key, "is given differently at " + a.keyPlace() + ": keep one of the two"));
        }
        return a.value();
    }

    private static boolean isNull(Located value) {
        return value instanceof Scalar s && s.value().isNull();
    }

    private static boolean same(Located a, Located b) {
        return switch (a) {
            case Scalar x -> b instanceof Scalar y && x.value().equals(y.value());
            case Items x ->
                b instanceof Items y && x.items().size() == y.items().size() && allSame(x.items(), y.items());
            case Fields x ->
                b instanceof Fields y
                        && x.fields().keySet().equals(y.fields().keySet())
                        && x.fields().entrySet().stream()
                                .allMatch(e -> same(
                                        e.getValue().value(),
                                        y.fields().get(e.getKey()).value()));
        };
    }

    private static boolean allSame(List<Located> a, List<Located> b) {
        for (int i = 0; i < a.size(); i++) {
            if (!same(a.get(i), b.get(i))) {
                return false;
            }
        }
        return true;
    }
}
