// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import java.io.IOException;
import java.io.InterruptedIOException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.exception.SdkServiceException;

/**
 * Turns what the client throws into one message: where, what, what now. It takes no text from the client or the store
 * but the error's code, because texts may quote what was sent.
 */
final class S3Failures {

    static final int NOT_MODIFIED = 304;
    static final int NOT_FOUND = 404;
    static final int CONFLICT = 409;
    static final int PRECONDITION_FAILED = 412;
    static final int RANGE_NOT_SATISFIABLE = 416;

    private static final int NOT_AN_ANSWER = 0;

    private S3Failures() {}

    /** The HTTP status of the store's answer, or 0 if there was none. */
    static int status(SdkException e) {
        return e instanceof SdkServiceException answer ? answer.statusCode() : NOT_AN_ANSWER;
    }

    /** Whether the same request may well succeed a moment later. */
    static boolean mayPass(SdkException e) {
        int status = status(e);
        return status == NOT_AN_ANSWER ? !(e instanceof AbortedException) : status >= 500 || isThrottled(status);
    }

    private static boolean isThrottled(int status) {
        return status == 408 || status == 429;
    }

    /** What reading an object failed with. */
    static IOException toIoException(String location, SdkException e) {
        return toIoException(location, e, "s3:GetObject");
    }

    /**
     * What a request failed with.
     *
     * @param permission what the credentials must allow
     */
    static IOException toIoException(String location, SdkException e, String permission) {
        if (e instanceof AbortedException) {
            return interrupted(location, e);
        }
        String what = status(e) == NOT_AN_ANSWER ? noAnswer(e) : refusal(e, permission);
        return new IOException(location + ": " + what, e);
    }

    /** Whether there is no such bucket, which the store answers with the same status as that there is no such object. */
    static boolean isNoBucket(SdkException e) {
        return code(e).equals(" NoSuchBucket");
    }

    /** For a thread that was interrupted while it waited for the store; it stays so. */
    static InterruptedIOException interrupted(String location, @Nullable Exception cause) {
        Thread.currentThread().interrupt();
        InterruptedIOException interrupted =
                new InterruptedIOException(location + ": the thread was interrupted; run again to go on");
        if (cause != null) {
            interrupted.initCause(cause);
        }
        return interrupted;
    }

    private static String noAnswer(SdkException e) {
        for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof IOException) {
                return "the store cannot be reached (" + cause.getClass().getSimpleName()
                        + "); check the network and the endpoint, then run again";
            }
        }
        return "no request could be made (" + e.getClass().getSimpleName()
                + "); check that credentials and a region are set, and see the cause";
    }

    private static String refusal(SdkException e, String permission) {
        int status = status(e);
        String answer = "HTTP " + status + code(e);
        String region = header(e, "x-amz-bucket-region");
        if (region != null && (status == 301 || status == 307 || status == 400)) {
            return "the bucket is in region " + region + " (" + answer + "); make the client for that region";
        }
        if (status == NOT_FOUND) {
            return "there is no such object, or no such bucket (" + answer + "); check both names and the endpoint";
        }
        if (answer.endsWith(" InvalidObjectState")) {
            return "the object is archived (" + answer + "); restore it first";
        }
        if (status == 401 || status == 403) {
            return "access is denied (" + answer + "); check that the credentials are valid and allow " + permission
                    + (permission.equals("s3:GetObject") ? ", and that the object is there" : "");
        }
        if (status >= 500 || isThrottled(status)) {
            return "the store fails or is overloaded (" + answer + "); run again later";
        }
        return "the store refused the request (" + answer + "); check the credentials, the region and the endpoint";
    }

    private static String code(SdkException e) {
        AwsErrorDetails details = e instanceof AwsServiceException answer ? answer.awsErrorDetails() : null;
        String code = details == null ? null : details.errorCode();
        return code == null || code.isEmpty() ? "" : " " + code;
    }

    private static @Nullable String header(SdkException e, String name) {
        AwsErrorDetails details = e instanceof AwsServiceException answer ? answer.awsErrorDetails() : null;
        if (details == null || details.sdkHttpResponse() == null) {
            return null;
        }
        return details.sdkHttpResponse().firstMatchingHeader(name).orElse(null);
    }
}
