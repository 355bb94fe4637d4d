package dev.homeostat.ai.document;

import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.List;

/** Which files of a folder are documents. Immutable. */
final class Patterns {
    /** What programs make and nobody reads. Names that begin with a dot are hidden, which is the same. */
    private static final String MODULES = "node_modules";

    private final List<PathMatcher> includeNames = new ArrayList<>();
    private final List<PathMatcher> includePaths = new ArrayList<>();
    private final List<PathMatcher> excludeNames = new ArrayList<>();
    private final List<PathMatcher> excludePaths = new ArrayList<>();

    /** @throws IllegalArgumentException if one is no pattern */
    Patterns(List<String> include, List<String> exclude) {
        include.forEach(pattern -> add(pattern, includeNames, includePaths));
        exclude.forEach(pattern -> add(pattern, excludeNames, excludePaths));
    }

    private static void add(String pattern, List<PathMatcher> names, List<PathMatcher> paths) {
        if (pattern.indexOf('/') < 0) {
            names.add(matcher(pattern));
            return;
        }
        paths.add(matcher(pattern));
        if (pattern.startsWith("**/")) { // also at the top
            paths.add(matcher(pattern.substring("**/".length())));
        }
        if (pattern.endsWith("/**")) { // the folder itself need not be looked into
            paths.add(matcher(pattern.substring(0, pattern.length() - "/**".length())));
        }
    }

    private static PathMatcher matcher(String pattern) {
        return FileSystems.getDefault().getPathMatcher("glob:" + pattern);
    }

    /** Whether a file or folder and all that is below it is none of ours. */
    boolean isLeftOut(String source) {
        Path path = Path.of(source);
        Path name = path.getFileName();
        return name.toString().startsWith(".")
                || name.toString().equals(MODULES)
                || any(excludeNames, name)
                || any(excludePaths, path);
    }

    /** Whether a file that is not left out is a document, going by its name. */
    boolean isDocument(String source) {
        Path path = Path.of(source);
        return any(includeNames, path.getFileName()) || any(includePaths, path);
    }

    private static boolean any(List<PathMatcher> matchers, Path path) {
        for (PathMatcher matcher : matchers) {
            if (matcher.matches(path)) {
                return true;
            }
        }
        return false;
    }
}
