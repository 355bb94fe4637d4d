package dev.homeostat.control.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import dev.homeostat.control.access.NotPermitted;
import dev.homeostat.reconcile.Refusal;
import dev.homeostat.resource.Json;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.Response.ResponseBuilder;
import java.io.IOException;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.RestResponse;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** Makes every error a {@link ErrorDocument}: those of the API, those of JAX-RS, and those of the HTTP server below. */
public final class Errors {
    private static final Logger LOG = Logger.getLogger(Errors.class);
    /** Before all routes of Quarkus. */
    private static final int FIRST = Integer.MIN_VALUE;
    /** After all routes of Quarkus. */
    private static final int LAST = Integer.MAX_VALUE;
    /** Quarkus has it at -2. */
    private static final int BEFORE_UPLOAD_LIMIT = -3;
    /** As quarkus.http.limits.max-body-size. */
    private static final long LIMIT_BYTES = 1024 * 1024;

    private static final int LIMIT_DIGITS = 10;

    @ServerExceptionMapper
    RestResponse<ErrorDocument> refused(Refusal refusal, HttpServerRequest request) {
        ErrorDocument.Sort sort = switch (refusal.sort()) {
            case NOT_FOUND -> ErrorDocument.Sort.NOT_FOUND;
            case MOVED -> ErrorDocument.Sort.MOVED;
            case INVALID -> ErrorDocument.Sort.INVALID;
            case CONFLICT -> ErrorDocument.Sort.CONFLICT;
        };
        return answer(ErrorDocument.of(sort, refusal.getMessage(), request.path(), refusal.problems()));
    }

    @ServerExceptionMapper
    RestResponse<ErrorDocument> notPermitted(NotPermitted refusal, HttpServerRequest request) {
        return answer(ErrorDocument.of(ErrorDocument.Sort.NOT_PERMITTED, refusal.getMessage(), request.path()));
    }

    @ServerExceptionMapper
    RestResponse<ErrorDocument> malformed(MalformedRequest malformed, HttpServerRequest request) {
        return answer(ErrorDocument.of(ErrorDocument.Sort.MALFORMED, malformed.getMessage(), request.path()));
    }

    /** Of its own, because JAX-RS prefers the mapper of the nearest type, and Quarkus has one for this. */
    @ServerExceptionMapper
    RestResponse<ErrorDocument> notThatShape(MismatchedInputException malformed, HttpServerRequest request) {
        return notJson(malformed, request);
    }

    @ServerExceptionMapper
    RestResponse<ErrorDocument> notJson(JsonProcessingException malformed, HttpServerRequest request) {
        return answer(ErrorDocument.of(ErrorDocument.Sort.MALFORMED, inJson(malformed), request.path()));
    }

    @ServerExceptionMapper
    Response web(WebApplicationException exception, HttpServerRequest request) {
        Response original = exception.getResponse();
        ErrorDocument.Sort sort = ErrorDocument.Sort.of(original.getStatus());
        String detail = exception.getCause() instanceof JsonProcessingException json
                ? inJson(json)
                : detail(sort, request, original.getStatus());
        ErrorDocument document = ErrorDocument.of(sort, detail, request.path());
        ResponseBuilder answer = Response.status(document.status())
                .type(ErrorDocument.MEDIA_TYPE)
                .entity(document);
        Object allow = original.getHeaders().getFirst(HttpHeaders.ALLOW);
        return (allow == null ? answer : answer.header(HttpHeaders.ALLOW, allow)).build();
    }

    /** A body that did not come: its sender left or takes too long. Nothing of ours throws it while it answers. */
    @ServerExceptionMapper
    RestResponse<ErrorDocument> unread(IOException gone, HttpServerRequest request) {
        LOG.debugf("the body of a request to %s was not read: %s", request.path(), gone.getMessage());
        return answer(
                ErrorDocument.of(ErrorDocument.Sort.MALFORMED, "the body of the request did not come", request.path()));
    }

    @ServerExceptionMapper
    RestResponse<ErrorDocument> bug(Throwable bug, HttpServerRequest request) {
        return answer(bug(bug, request.path()));
    }

    /** What no route takes, and what the HTTP server itself refuses. */
    void routes(@Observes Router router) {
        router.route().order(FIRST).failureHandler(Errors::askersMistake);
        router.route().order(BEFORE_UPLOAD_LIMIT).handler(Errors::measure);
        router.route().order(BEFORE_UPLOAD_LIMIT).handler(Errors::onlyWhatIsDocumented);
        for (int status : new int[] {400, 404, 405, 406, 413, 415}) {
            router.errorHandler(status, context -> end(context, ErrorDocument.Sort.of(status)));
        }
        router.errorHandler(
                500,
                context -> end(context, bug(context.failure(), context.request().path())));
        router.route().order(LAST).handler(context -> end(context, ErrorDocument.Sort.NOT_FOUND));
    }

    /**
     * What Vert.x cannot read, such as a request without a host. Quarkus would write each into the log as an error of ours:
     * whoever may connect could fill it.
     */
    private static void askersMistake(RoutingContext context) {
        int status = context.statusCode();
        if (status >= 400 && status < 500) {
            end(context, ErrorDocument.Sort.of(status));
        } else {
            context.next();
        }
    }

    /** Quarkus would refuse it, too, but without a word. */
    private static void measure(RoutingContext context) {
        String length = context.request().getHeader("content-length");
        if (length != null && (length.length() > LIMIT_DIGITS || Long.parseLong(length) > LIMIT_BYTES)) {
            end(context, ErrorDocument.Sort.TOO_LARGE);
        } else {
            context.next();
        }
    }

    /** Quarkus' own routes answer to any method, and there are more of them than anybody asked for. */
    private static void onlyWhatIsDocumented(RoutingContext context) {
        String path = context.normalizedPath();
        HttpMethod method = context.request().method();
        if (!path.startsWith("/q/") && !path.startsWith("/v1/openapi")) {
            context.next();
        } else if (!ApiDocument.ELSEWHERE.contains(path)) {
            end(context, ErrorDocument.Sort.NOT_FOUND);
        } else if (!method.equals(HttpMethod.GET) && !method.equals(HttpMethod.HEAD)) {
            context.response().putHeader(HttpHeaders.ALLOW, "GET, HEAD");
            end(context, ErrorDocument.Sort.METHOD);
        } else {
            context.next();
        }
    }

    private static void end(RoutingContext context, ErrorDocument.Sort sort) {
        end(
                context,
                ErrorDocument.of(
                        sort,
                        detail(sort, context.request(), sort.status()),
                        context.request().path()));
    }

    private static void end(RoutingContext context, ErrorDocument document) {
        if (context.response().ended()) {
            return;
        }
        if (context.response().headWritten()) {
            context.request().connection().close();
            return;
        }
        if (document.status() == ErrorDocument.Sort.TOO_LARGE.status()) {
            // what is still coming is not read, so the connection cannot be used again
            context.response().putHeader("connection", "close");
        }
        context.response()
                .setStatusCode(document.status())
                .putHeader("content-type", ErrorDocument.MEDIA_TYPE)
                .end(Json.write(document));
    }

    private static ErrorDocument bug(Throwable bug, String path) {
        String mark = UUID.randomUUID().toString();
        LOG.errorf(bug, "mistake %s while answering %s", mark, path);
        return ErrorDocument.of(
                ErrorDocument.Sort.BUG, "the journal of the daemon has the details under " + mark, path);
    }

    private static String detail(ErrorDocument.Sort sort, HttpServerRequest request, int status) {
        return switch (sort) {
            case NOT_FOUND -> "there is nothing at " + request.path() + "; /v1/openapi says what there is";
            case METHOD -> request.method() + " is not one of the methods of " + request.path();
            case MEDIA -> "the content is of a type that " + request.path() + " does not take";
            case NOT_ACCEPTABLE -> request.path() + " cannot be had in a form that the request accepts";
            case TOO_LARGE -> "a request may have a body of at most 1 MiB";
            case MALFORMED -> "the request cannot be read";
            default -> "refused with HTTP status " + status;
        };
    }

    private static String inJson(JsonProcessingException e) {
        String where = e.getLocation() == null
                ? ""
                : " at line " + e.getLocation().getLineNr() + ", column "
                        + e.getLocation().getColumnNr();
        String path = e instanceof JsonMappingException mapping
                        && !mapping.getPath().isEmpty()
                ? mapping.getPath().stream()
                                .map(part ->
                                        part.getFieldName() == null ? "[" + part.getIndex() + "]" : part.getFieldName())
                                .collect(Collectors.joining("."))
                        + ": "
                : "";
        return "not the JSON that is expected" + where + ": " + path + e.getOriginalMessage();
    }

    private static RestResponse<ErrorDocument> answer(ErrorDocument document) {
        return RestResponse.ResponseBuilder.<ErrorDocument>create(document.status())
                .type(ErrorDocument.MEDIA_TYPE)
                .entity(document)
                .build();
    }
}
