// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.lambda;

/**
 * What the ready-made function can be set to: by variables of its environment, and by lines {@code NAME=value} of a document
 * in S3, which outweigh them.
 */
public enum IngestSetting {
    /** Where the catalog is. */
    PIPELINE_CATALOG("s3://bucket/key of a CSV with id and clave, or of a saved catalog", "needed"),
    /** Where records go. */
    PIPELINE_TARGET("the address that batches are POSTed to", "needed unless PIPELINE_DRY_RUN is true"),
    /** Where checkpoints are. */
    PIPELINE_CHECKPOINTS("s3://bucket/prefix of checkpoints", "needed"),
    /** Where rejected records go. */
    PIPELINE_REJECTS(
            "s3://bucket/prefix of rejected records, one object for each source",
            "rejects/ below PIPELINE_CHECKPOINTS"),
    /** Where reports go. */
    PIPELINE_REPORTS("s3://bucket/prefix of reports in HTML, one for each source", "none are kept"),
    /** Where further settings are. */
    PIPELINE_CONFIG("s3://bucket/key of lines NAME=value, read again every five minutes", "none"),
    /** The secret that holds the token. */
    PIPELINE_TOKEN_SECRET(
            "name or ARN of the secret in Secrets Manager that holds the bearer token, read through the extension for"
                    + " parameters and secrets",
            "none: no Authorization is sent"),
    /** The member of the secret that is the token. */
    PIPELINE_TOKEN_FIELD(
            "which member of the secret is the token, where the secret is a JSON object", "all of the secret"),
    /** The variable that holds the token. */
    PIPELINE_TOKEN_ENV("the variable that holds the bearer token, in place of a secret", "none"),
    /** The column that is looked up. */
    PIPELINE_KEY_COLUMN("the column whose key is looked up", "cct"),
    /** The column that names a record. */
    PIPELINE_ID_COLUMN("the column that must not be empty", "id, where there is such a column"),
    /** How the catalog is held. */
    PIPELINE_MODE("how the catalog is held: preload, on-demand, auto", "preload"),
    /** One record in a request. */
    PIPELINE_PER_RECORD("true for a POST for each record", "false"),
    /** Sizes of batches. */
    PIPELINE_BATCH("MIN:INITIAL:MAX, records in a batch, 1 to 10,000", "10:100:500"),
    /** Requests at once. */
    PIPELINE_CONCURRENCY("requests at once, 1 to 1,000, or adaptive", "adaptive"),
    /** Requests a second. */
    PIPELINE_RATE("requests a second", "what the API bears"),
    /** Waiting for an API that fails. */
    PIPELINE_PATIENCE("how long a failing API is waited for, such as 90s or 15m", "15m"),
    /** The charset. */
    PIPELINE_CHARSET("UTF-8, or a one-byte extension of ASCII", "UTF-8"),
    /** Everything but delivery. */
    PIPELINE_DRY_RUN("true for everything but delivery", "false"),
    /** Who goes on. */
    PIPELINE_CONTINUATION(
            "who goes on when the time is over: answered (the caller), redelivered (the queue), self (the function)",
            "answered for IngestS3Handler, redelivered for IngestSqsHandler"),
    /** How long a lease lasts. */
    PIPELINE_LEASE("how long an object stays with an invocation that was killed, 3s or more", "30s"),
    /** Another store than Amazon's. */
    PIPELINE_ENDPOINT("the address of another store than Amazon's", "Amazon's"),
    /** The environment in the metrics' namespace. */
    PIPELINE_ENVIRONMENT("metrics are in Apilados/Pipeline/ and this; none for no metrics", "default");

    private final String meaning;
    private final String byDefault;

    IngestSetting(String meaning, String byDefault) {
        this.meaning = meaning;
        this.byDefault = byDefault;
    }

    /** What it says, with its unit and range. */
    public String meaning() {
        return meaning;
    }

    /** What holds where it is not set. */
    public String byDefault() {
        return byDefault;
    }
}
