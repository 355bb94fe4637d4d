package dev.homeostat.control.api;

import dev.homeostat.resource.Problem;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** Every error, as RFC 9457 has it. */
@Schema(name = "Error", description = "What went wrong, as RFC 9457 has it")
public record ErrorDocument(
        @Schema(description = "Names the sort of error; stable", examples = "urn:homeostat:error:moved")
        String type,

        @Schema(description = "The sort of error for people")
        String title,

        @Schema(description = "The HTTP status") int status,

        @Schema(description = "What is wrong this time, and what to do")
        String detail,

        @Schema(description = "The path that was asked for") String instance,

        @Schema(description = "What is wrong with a declaration, with file, line and column")
        List<Problem> problems) {
    static final String MEDIA_TYPE = "application/problem+json";
    private static final String TYPE = "urn:homeostat:error:";

    static ErrorDocument of(Sort sort, String detail, String instance, List<Problem> problems) {
        return new ErrorDocument(TYPE + sort.name, sort.title, sort.status, detail, instance, problems);
    }

    static ErrorDocument of(Sort sort, String detail, String instance) {
        return of(sort, detail, instance, List.of());
    }

    /** The sorts there are. */
    enum Sort {
        MALFORMED("malformed", "The request cannot be read", 400),
        NOT_PERMITTED("not-permitted", "Not permitted", 403),
        NOT_FOUND("not-found", "There is no such thing", 404),
        METHOD("method", "Not with this method", 405),
        NOT_ACCEPTABLE("not-acceptable", "Not in this form", 406),
        CONFLICT("conflict", "Not in the present state", 409),
        MOVED("moved", "The machine or the declaration moved", 412),
        TOO_LARGE("too-large", "Too large", 413),
        MEDIA("media-type", "Not this kind of content", 415),
        INVALID("invalid", "The declaration is not valid", 422),
        OTHER("request", "The request is not answered", 400),
        BUG("internal", "The daemon made a mistake", 500);

        private final String name;
        private final String title;
        private final int status;

        Sort(String name, String title, int status) {
            this.name = name;
            this.title = title;
            this.status = status;
        }

        int status() {
            return status;
        }

        /** As it stands at the end of the type. */
        String label() {
            return name;
        }

        String title() {
            return title;
        }

        static Sort of(int status) {
            for (Sort sort : values()) {
                if (sort.status == status) {
                    return sort;
                }
            }
            return status >= 500 ? BUG : OTHER;
        }
    }
}
