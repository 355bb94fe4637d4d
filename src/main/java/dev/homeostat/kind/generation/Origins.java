package dev.homeostat.kind.generation;

import dev.homeostat.host.nix.NixFailure;
import dev.homeostat.host.nix.SourcePosition;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where in the declaration, or in the owner's files, that comes from which Nix did not take. */
final class Origins {
    /** The templates declare an option for each key of the declaration. */
    private static final Pattern OPTION = Pattern.compile("\\bhomeostat\\.([A-Za-z][A-Za-z0-9_.\"~/-]{0,200})");
    /** Copies of the owner's files keep their whole path. */
    private static final Pattern OWN =
            Pattern.compile("(?:/[0-9a-z]{32}-[^/]{1,211}|/" + GenerationKind.TREE + ")/own(/.+)");

    private Origins() {}

    /** A sentence, or empty text if nothing shows it. */
    static String of(NixFailure failure) {
        List<String> told = new ArrayList<>(failure.trace());
        told.addFirst(failure.words());
        for (String text : told) {
            Matcher option = OPTION.matcher(text);
            if (option.find()) {
                return "declared as " + option.group(1).replaceFirst("[.\"]+$", "");
            }
        }
        for (SourcePosition position : failure.positions()) {
            Matcher own = OWN.matcher(position.file());
            if (own.find()) {
                return "in " + own.group(1) + ":" + position.line() + ":" + position.column();
            }
        }
        return "";
    }
}
