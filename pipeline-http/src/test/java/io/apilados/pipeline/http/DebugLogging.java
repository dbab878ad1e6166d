// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import java.lang.reflect.Field;
import java.util.Map;
import org.slf4j.ILoggerFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything logs at DEBUG until it is closed. SLF4J's simple logger cannot be told so once it has begun, and the other
 * tests of the module are better off without, so its fields are set by force.
 */
final class DebugLogging implements AutoCloseable {

    private static final int DEBUG = 10;
    private static final int INFO = 20;

    DebugLogging() throws ReflectiveOperationException {
        set(DEBUG);
    }

    @Override
    public void close() throws ReflectiveOperationException {
        set(INFO);
    }

    private static void set(int level) throws ReflectiveOperationException {
        Logger any = LoggerFactory.getLogger(DebugLogging.class);
        Object configuration = field(any.getClass(), "CONFIG_PARAMS").get(null);
        field(configuration.getClass(), "defaultLogLevel").setInt(configuration, level);
        ILoggerFactory factory = LoggerFactory.getILoggerFactory();
        Map<?, ?> loggers = (Map<?, ?>) field(factory.getClass(), "loggerMap").get(factory);
        for (Object logger : loggers.values()) {
            field(logger.getClass(), "currentLogLevel").setInt(logger, level);
        }
    }

    private static Field field(Class<?> type, String name) throws NoSuchFieldException {
        Field field = type.getDeclaredField(name);
        field.setAccessible(true);
        return field;
    }
}
