/**
 * The path of records from a source to a destination. The packages below are its stages, and this is their order:
 *
 * <pre>source -&gt; parse -&gt; enrich -&gt; batch -&gt; deliver -&gt; checkpoint -&gt; report</pre>
 *
 * <p>Beside the path, {@code control} steers and carries no records. A stage knows the stages before it and
 * {@code control}; only this package knows all of them, and runs them. Start at
 * {@link io.apilados.pipeline.Pipeline}.
 */
@NullMarked
package io.apilados.pipeline;

import org.jspecify.annotations.NullMarked;
