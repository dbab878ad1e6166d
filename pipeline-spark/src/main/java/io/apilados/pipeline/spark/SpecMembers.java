// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.spark;

import java.io.IOException;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Modifier;
import org.jspecify.annotations.Nullable;

/** Finds what cannot travel, before it is sent off. */
final class SpecMembers {

    private SpecMembers() {}

    /** What is wrong with a member of a specification; null if nothing is. */
    static @Nullable String problemOf(String name, Object member) {
        String culprit = culpritIn(member);
        if (culprit == null) {
            return null;
        }
        return name + " holds " + where(member) + "a " + culprit
                + ", which cannot travel to an executor; hold data and make it there, in the factory";
    }

    /** The class that cannot be serialized; null if all can be. */
    private static @Nullable String culpritIn(@Nullable Object value) {
        try (ObjectOutputStream out = new ObjectOutputStream(OutputStream.nullOutputStream())) {
            out.writeObject(value);
            return null;
        } catch (NotSerializableException e) {
            return e.getMessage();
        } catch (IOException | RuntimeException e) {
            return value == null ? "null" : value.getClass().getName();
        }
    }

    /** The field at fault, where a class of the user's own has one; what a lambda holds has no name. */
    private static String where(Object member) {
        if (member.getClass().isHidden() || member.getClass().isSynthetic()) {
            return "";
        }
        for (Field field : member.getClass().getDeclaredFields()) {
            if ((field.getModifiers() & (Modifier.STATIC | Modifier.TRANSIENT)) == 0) {
                try {
                    field.setAccessible(true);
                    if (culpritIn(field.get(member)) != null) {
                        return "in field '" + field.getName() + "' of "
                                + member.getClass().getName() + " ";
                    }
                } catch (IllegalAccessException | InaccessibleObjectException e) {
                    // The class that is at fault is named without.
                }
            }
        }
        return "";
    }
}
