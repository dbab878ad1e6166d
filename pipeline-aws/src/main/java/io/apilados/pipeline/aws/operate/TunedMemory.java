// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.operate;

import java.io.IOException;
import java.util.OptionalInt;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.lambda.model.GetFunctionConfigurationResponse;

/**
 * The memory of a function, from the moment it is written down until it is restored: by {@link #close()}, or when the
 * process is asked to end. Whoever comes first restores; afterwards nothing is set any more.
 */
final class TunedMemory implements AutoCloseable {

    private static final int INCLUDED_STORAGE_MB = 512;
    private static final Logger LOG = LoggerFactory.getLogger(TunedMemory.class);

    private final FunctionConfiguration configuration;
    private final String functionName;
    private final TuningNote note;
    private final int originalMb;
    private final int storageMb;
    private final Processor processor;
    private final Thread atExit = new Thread(this::restoreAtExit, "restore-memory");

    /** Held while the function is changed. */
    private final ReentrantLock changing = new ReentrantLock();

    private boolean ended;
    private boolean restored;

    private TunedMemory(
            FunctionConfiguration configuration,
            String functionName,
            TuningNote note,
            GetFunctionConfigurationResponse found) {
        this.configuration = configuration;
        this.functionName = functionName;
        this.note = note;
        this.originalMb = found.memorySize();
        this.storageMb = found.ephemeralStorage() == null
                ? INCLUDED_STORAGE_MB
                : found.ephemeralStorage().size();
        this.processor = found.architecturesAsStrings().isEmpty()
                ? Processor.X86_64
                : Processor.of(found.architecturesAsStrings().get(0));
    }

    /** Restores what an earlier tuner left, then writes down what is there. */
    static TunedMemory begin(FunctionConfiguration configuration, String functionName, TuningNote note)
            throws IOException, InterruptedException {
        GetFunctionConfigurationResponse found = configuration.awaitUpdated();
        OptionalInt left = note.memoryMb();
        if (left.isPresent()) {
            if (found.memorySize() != left.getAsInt()) {
                found = configuration.update(request -> request.memorySize(left.getAsInt()));
            }
            LOG.info("function {} has the {} MB again that an earlier tuner found", functionName, left.getAsInt());
            note.delete();
        }
        TunedMemory memory = new TunedMemory(configuration, functionName, note, found);
        note.write(functionName, memory.originalMb);
        Runtime.getRuntime().addShutdownHook(memory.atExit);
        return memory;
    }

    int storageMb() {
        return storageMb;
    }

    Processor processor() {
        return processor;
    }

    /** Sets the memory, and waits until it is in force. */
    void set(int memoryMb) throws InterruptedException {
        changing.lockInterruptibly();
        try {
            if (ended) {
                throw new IllegalStateException(
                        "the process is asked to end; the tuning of " + functionName + " stops");
            }
            configuration.update(request -> request.memorySize(memoryMb));
        } finally {
            changing.unlock();
        }
    }

    /**
     * Restores the memory, also on a thread that is interrupted, which stays so.
     *
     * @throws IllegalStateException if that fails; the note stays, and the next tuner restores
     */
    @Override
    public void close() {
        boolean interrupted = Thread.interrupted();
        try {
            restore();
        } finally {
            forgetExit();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void forgetExit() {
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            // The process is ending already: the hook finds everything restored, or tries once more.
        }
    }

    private void restore() {
        changing.lock();
        try {
            ended = true;
            if (restored) {
                return;
            }
            if (configuration.awaitUpdated().memorySize() != originalMb) {
                configuration.update(request -> request.memorySize(originalMb));
            }
            note.delete();
            restored = true;
        } catch (RuntimeException | IOException | InterruptedException e) {
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            throw new IllegalStateException(
                    "function " + functionName + " could not be given its " + originalMb
                            + " MB again; tune it again, which begins with that, or set it by hand and delete " + note,
                    e);
        } finally {
            changing.unlock();
        }
    }

    private void restoreAtExit() {
        try {
            restore();
        } catch (IllegalStateException e) {
            LOG.error("{}", e.getMessage(), e);
        }
    }
}
