// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import io.apilados.pipeline.enrich.JsonRecord;
import java.net.URI;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One collection of a <a href="https://docs.strapi.io/cms/api/rest">Strapi</a> REST API: settings that are right for it,
 * to be added to.
 *
 * <pre>{@code
 * Strapi escuelas = Strapi.at(URI.create("https://cms.example.org/api"), "escuelas");
 * HttpLookup lookup = escuelas.lookup("clave").bearerToken(() -> token).build();
 * HttpUpsert<JsonRecord> upsert = escuelas.upsert("clave").bearerToken(() -> token).build();
 * }</pre>
 *
 * <p>There is no version to choose: Strapi 5, which has attributes beside the id ({@code data[].clave}) and names an entry
 * by its {@code documentId}, and Strapi 4 ({@code data[].attributes.clave}, {@code data[].id}) are told apart by what they
 * answer. The id that a lookup finds is the number {@code id} in both.
 *
 * <p>Of a collection with drafts the published entries are found, and of one with several languages those of the default
 * one: add {@code parameter("status", "draft")}, {@code parameter("publicationState", "preview")} in Strapi 4, or
 * {@code parameter("locale", "es")} for others. An attribute that records are looked up by should be unique.
 *
 * <p>Immutable; safe for use by many threads.
 */
public final class Strapi {

    /**
     * Strapi's parser of queries takes 100 members of a list and its REST API returns 100 entries a page, unless told
     * otherwise ({@code arrayLimit} of {@code strapi::query}, {@code rest.maxLimit} of {@code config/api}).
     */
    private static final int KEYS_PER_REQUEST = 100;

    private final URI collection;

    private Strapi(URI collection) {
        this.collection = collection;
    }

    /**
     * A collection.
     *
     * @param api the address of the REST API with its prefix, such as {@code https://cms.example.org/api}
     * @param collection the collection's name in addresses (its plural API id), such as {@code escuelas}
     */
    public static Strapi at(URI api, String collection) {
        HttpLookupSettings.checked("the address", Objects.requireNonNull(api, "api"));
        if (api.getRawQuery() != null || api.getRawFragment() != null) {
            throw new IllegalArgumentException("the address must have no query; give parameters to the builders");
        }
        if (collection.isEmpty() || !KeyRequests.encoded(collection).equals(collection)) {
            throw new IllegalArgumentException("collection was " + collection
                    + " but it must be the plural API id of one: letters, digits and hyphens");
        }
        String base = KeyRequests.withoutQuery(api);
        return new Strapi(URI.create(base + (base.endsWith("/") ? "" : "/") + collection));
    }

    /**
     * Finds the number {@code id} of entries by an attribute, 100 at once: {@code filters[clave][$in][0]=...}. Pages are
     * read to the last, should the API return fewer entries at once than it is asked for.
     */
    public HttpLookup.Builder lookup(String attribute) {
        return filtered(HttpLookup.at(collection), attribute)
                .id("/id")
                .keysPerRequest(KEYS_PER_REQUEST)
                .parameter("pagination[withCount]", "true")
                .pages("pagination[page]", "/meta/pagination/pageCount");
    }

    /**
     * Creates an entry for each record, with <code>{"data":{...}}</code>. "This attribute must be unique" counts as
     * delivered for a record that may have been sent before; see {@link AlreadyThere.Scope} for records of a run before.
     */
    public HttpDelivery.Builder<JsonRecord> create() {
        return create(JsonRecord::writeTo);
    }

    /** As {@link #create()}, for records that {@code json} writes. */
    public <T> HttpDelivery.Builder<T> create(RecordJson<T> json) {
        return HttpDelivery.to(collection, json).perRecord().alreadyThere(AlreadyThere.strapiUnique());
    }

    /** Updates or creates an entry for each record, looked up by an attribute, which records have as a member. */
    public HttpUpsert.Builder<JsonRecord> upsert(String attribute) {
        return preset(HttpUpsert.at(collection, attribute), attribute);
    }

    /**
     * Updates or creates an entry for each record, looked up by an attribute.
     *
     * @param keyOf what the attribute of a record's entry is
     */
    public HttpUpsert.Builder<JsonRecord> upsert(
            Function<? super JsonRecord, @Nullable String> keyOf, String attribute) {
        return upsert(JsonRecord::writeTo, keyOf, attribute);
    }

    /** As {@link #upsert(Function, String)}, for records that {@code json} writes. */
    public <T> HttpUpsert.Builder<T> upsert(
            RecordJson<T> json, Function<? super T, @Nullable String> keyOf, String attribute) {
        return preset(HttpUpsert.at(collection, json, keyOf), attribute);
    }

    private static <T> HttpUpsert.Builder<T> preset(HttpUpsert.Builder<T> builder, String attribute) {
        return filtered(builder, attribute).id("/documentId", "/id").alreadyThere(AlreadyThere.strapiUnique());
    }

    private static <B extends HttpLookupSettings<B>> B filtered(B builder, String attribute) {
        if (attribute.isEmpty() || attribute.contains("=") || attribute.contains("/") || attribute.contains("~")) {
            throw new IllegalArgumentException("attribute was " + attribute + " but it must be the name of one");
        }
        return builder.queryTemplate("filters[" + attribute + "][$in][{index}]={key}")
                .parameter("fields[0]", attribute)
                .pageSize("pagination[pageSize]")
                .items("/data")
                .key("/" + attribute, "/attributes/" + attribute);
    }

    /** The host: the rest of an address may hold secrets. */
    @Override
    public String toString() {
        return "Strapi collection at " + collection.getHost();
    }
}
