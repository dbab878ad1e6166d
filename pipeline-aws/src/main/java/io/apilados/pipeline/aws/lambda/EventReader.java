// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.lambda;

import io.apilados.pipeline.report.JsonTree;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds the objects that an event tells of, whichever way it came: as S3 sends it; within a message of SNS; as EventBridge
 * has it; as {@code {"bucket":...,"key":...}} or {@code {"objects":[...]}}, which is also how an invocation tells the next
 * one what is left. Events of objects that were removed, and S3's own test, tell of none.
 */
final class EventReader {

    /** What an event asks for. */
    record Request(List<S3EventObject> objects, int idleInvocations) {}

    /** A message of a queue, with what is in it. */
    record Message(String id, String body) {}

    private EventReader() {}

    /** What an event that came by itself asks for. */
    static Request request(String event) throws IOException {
        JsonTree tree = JsonTree.read(event);
        List<S3EventObject> objects = new ArrayList<>();
        addObjects(tree, objects);
        return new Request(objects, tree.has("idleInvocations") ? (int) tree.whole("idleInvocations") : 0);
    }

    /** The messages of a queue's event; an event that is none of a queue has none. */
    static List<Message> messages(String event) throws IOException {
        List<Message> messages = new ArrayList<>();
        JsonTree tree = JsonTree.read(event);
        if (tree.has("Records")) {
            for (JsonTree message : tree.objects("Records")) {
                if (message.has("messageId")) {
                    messages.add(new Message(message.text("messageId"), message.text("body")));
                }
            }
        }
        return messages;
    }

    private static void addObjects(JsonTree event, List<S3EventObject> objects) throws IOException {
        if (event.has("Records")) {
            for (JsonTree one : event.objects("Records")) {
                addOfRecord(one, objects);
            }
        } else if (event.has("detail")) {
            addOfEventBridge(event, objects);
        } else if (event.has("objects")) {
            for (JsonTree one : event.objects("objects")) {
                objects.add(direct(one));
            }
        } else if (event.has("bucket")) {
            objects.add(direct(event));
        } else if ("Notification".equals(event.textOrNull("Type"))) {
            addObjects(JsonTree.read(event.text("Message")), objects);
        } else if (!"s3:TestEvent".equals(event.textOrNull("Event"))) {
            throw new IOException(
                    "the event is of no kind that is known here: neither of S3, SNS or EventBridge, nor an"
                            + " object with bucket and key; subscribe the function to s3:ObjectCreated:*");
        }
    }

    private static void addOfRecord(JsonTree one, List<S3EventObject> objects) throws IOException {
        if (one.has("Sns")) {
            addObjects(JsonTree.read(one.object("Sns").text("Message")), objects);
        } else if (one.has("messageId")) {
            throw new IOException(
                    "the event is of a queue, whose messages need an answer each; name a SqsS3EventHandler"
                            + " as the handler of the function");
        } else if (isOfContent(one.text("eventName"))) {
            JsonTree s3 = one.object("s3");
            JsonTree object = s3.object("object");
            objects.add(new S3EventObject(
                    s3.object("bucket").text("name"),
                    URLDecoder.decode(object.text("key"), StandardCharsets.UTF_8),
                    object.textOrNull("versionId"),
                    object.textOrNull("eTag"),
                    object.textOrNull("sequencer")));
        }
    }

    private static boolean isOfContent(String eventName) {
        String name = eventName.startsWith("s3:") ? eventName.substring(3) : eventName;
        return name.startsWith("ObjectCreated:") || name.equals("ObjectRestore:Completed");
    }

    /** Keys are not encoded here. */
    private static void addOfEventBridge(JsonTree event, List<S3EventObject> objects) throws IOException {
        String kind = event.textOrNull("detail-type");
        if ("Object Created".equals(kind) || "Object Restore Completed".equals(kind)) {
            JsonTree detail = event.object("detail");
            JsonTree object = detail.object("object");
            objects.add(new S3EventObject(
                    detail.object("bucket").text("name"),
                    object.text("key"),
                    object.textOrNull("version-id"),
                    object.textOrNull("etag"),
                    object.textOrNull("sequencer")));
        }
    }

    private static S3EventObject direct(JsonTree object) throws IOException {
        return new S3EventObject(
                object.text("bucket"),
                object.text("key"),
                object.textOrNull("versionId"),
                object.textOrNull("etag"),
                object.textOrNull("sequencer"));
    }
}
