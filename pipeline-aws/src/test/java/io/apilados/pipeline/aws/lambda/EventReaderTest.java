// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.lambda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventReaderTest {

    private static final String ODD_KEY = "a b+\u00f1%41&=?#'\"\u00e9.csv";

    private static List<S3EventObject> objects(String event) throws IOException {
        return EventReader.request(event).objects();
    }

    @Test
    void anEventOfS3NamesItsObjectWithTheKeyDecoded() throws IOException {
        String encoded = URLEncoder.encode(ODD_KEY, StandardCharsets.UTF_8);
        String event = "{\"Records\":["
                + Events.record(
                        "ObjectCreated:CompleteMultipartUpload", encoded, "\"eTag\":\"d41d8\",\"versionId\":\"v.1\",")
                + "]}";

        assertThat(objects(event))
                .containsExactly(new S3EventObject("enrolments", ODD_KEY, "v.1", "d41d8", "0055AED6DCD90281E5"));
    }

    @Test
    void severalRecordsAreSeveralObjects() throws IOException {
        assertThat(objects(Events.ofS3("a.csv", "b%2Fc.csv")))
                .extracting(S3EventObject::key)
                .containsExactly("a.csv", "b/c.csv");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"ObjectRemoved:Delete", "ObjectTagging:Put", "LifecycleExpiration:Delete", "ObjectRestore:Post"})
    void whatMadeNoContentIsPassedOver(String eventName) throws IOException {
        assertThat(objects("{\"Records\":[" + Events.record(eventName, "a.csv", "") + "]}"))
                .isEmpty();
    }

    @Test
    void theTestThatS3SendsWhenANotificationIsSetUpNamesNothing() throws IOException {
        assertThat(objects(
                        "{\"Service\":\"Amazon S3\",\"Event\":\"s3:TestEvent\",\"Time\":\"2026-11-30T08:00:00.000Z\","
                                + "\"Bucket\":\"enrolments\",\"RequestId\":\"R\",\"HostId\":\"H\"}"))
                .isEmpty();
    }

    @Test
    void anEventOfEventBridgeHasItsKeyAsItIs() throws IOException {
        String event =
                "{\"version\":\"0\",\"detail-type\":\"Object Created\",\"source\":\"aws.s3\",\"detail\":{\"version\":\"0\","
                        + "\"bucket\":{\"name\":\"enrolments\"},\"object\":{\"key\":" + Events.quoted(ODD_KEY)
                        + ",\"size\":5,\"etag\":\"d41d8\",\"version-id\":\"v2\",\"sequencer\":\"00\"},\"reason\":\"PutObject\"}}";

        assertThat(objects(event)).containsExactly(new S3EventObject("enrolments", ODD_KEY, "v2", "d41d8", "00"));
        assertThat(objects(event.replace("Object Created", "Object Deleted"))).isEmpty();
    }

    @Test
    void anEventWithinANotificationOfSnsIsFound() throws IOException {
        String event = Events.ofS3("a.csv");

        assertThat(objects("{\"Type\":\"Notification\",\"MessageId\":\"n\",\"Message\":" + Events.quoted(event) + "}"))
                .hasSize(1);
        assertThat(objects("{\"Records\":[{\"EventSource\":\"aws:sns\",\"Sns\":{\"Type\":\"Notification\",\"Message\":"
                        + Events.quoted(event) + "}}]}"))
                .hasSize(1);
    }

    @Test
    void aPersonNamesAnObjectByBucketAndKey() throws IOException {
        assertThat(objects("{\"bucket\":\"enrolments\",\"key\":\"a.csv\"}"))
                .containsExactly(S3EventObject.of("enrolments", "a.csv"));
    }

    @Test
    void messagesOfAQueueHaveTheirBodiesUnread() throws IOException {
        assertThat(EventReader.messages(Events.ofQueue("no JSON", Events.ofS3("a.csv"))))
                .extracting(EventReader.Message::id)
                .containsExactly("m0", "m1");
        assertThat(EventReader.messages(Events.ofS3("a.csv"))).isEmpty();
    }

    @Test
    void anEventOfAQueueForAHandlerThatAnswersNoMessagesIsRefused() {
        assertThatIOException()
                .isThrownBy(() -> objects(Events.ofQueue(Events.ofS3("a.csv"))))
                .withMessageContaining("name a SqsS3EventHandler");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "no JSON",
                "[]",
                "{}",
                "{\"Records\":7}",
                "{\"Records\":[{\"eventName\":\"ObjectCreated:Put\"}]}",
                "{\"bucket\":\"b\"}",
                "{\"Type\":\"Notification\",\"Message\":\"secret\"}"
            })
    void whatIsNoEventIsRefusedWithoutBeingTold(String event) {
        assertThatIOException()
                .isThrownBy(() -> objects(event))
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("secret"));
    }
}
