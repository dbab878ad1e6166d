// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import io.apilados.pipeline.control.Scheduler.Cancellable;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;

/** One call on the thread of its caller, attempt after attempt. */
final class BlockingCall<T> {

    private final Resilience resilience;
    private final Callable<T> exchange;
    private final Attempts attempts;

    BlockingCall(Resilience resilience, Callable<T> exchange) {
        this.resilience = resilience;
        this.exchange = exchange;
        this.attempts = new Attempts(resilience);
    }

    T make() throws Exception {
        while (true) {
            Pass pass = admitted();
            try {
                T value = attempt();
                attempts.succeeded(pass);
                return value;
            } catch (InterruptedException e) {
                pass.ignored();
                throw e;
            } catch (Exception e) {
                Duration wait = attempts.failed(pass, e);
                if (wait == null) {
                    throw e;
                }
                resilience.scheduler().pause(wait);
            } catch (Error e) {
                pass.ignored();
                throw e;
            }
        }
    }

    private Pass admitted() throws InterruptedException {
        CompletableFuture<Pass> pass = new CompletableFuture<>();
        Admission admission = resilience.admit(pass::complete, pass::completeExceptionally);
        try {
            Waits.until(pass, resilience.scheduler());
            return pass.join();
        } catch (InterruptedException e) {
            if (!admission.cancel() && !pass.isCompletedExceptionally()) {
                var unused = pass.thenAccept(Pass::ignored);
            }
            throw e;
        } catch (CompletionException e) {
            throw Attempts.cause(e) instanceof RuntimeException full ? full : e;
        }
    }

    private T attempt() throws Exception {
        Duration timeout = resilience.attemptTimeout();
        if (timeout == null) {
            return exchange.call();
        }
        Interruption interruption = new Interruption(Thread.currentThread());
        Cancellable timer = resilience.scheduler().schedule(interruption::fire, timeout);
        try {
            T value = exchange.call();
            interruption.end();
            return value;
        } catch (Exception e) {
            // An exchange that is interrupted may fail in any way, depending on where it was.
            if (interruption.end()) {
                TimeoutException late = Attempts.timedOut(timeout);
                late.initCause(e);
                throw late;
            }
            throw e;
        } finally {
            interruption.end();
            timer.cancel();
        }
    }

    /** Interrupts a thread while it is at one thing, and never afterwards. */
    private static final class Interruption {
        private final Thread thread;
        private final ReentrantLock lock = new ReentrantLock();
        private boolean fired;
        private boolean ended;

        Interruption(Thread thread) {
            this.thread = thread;
        }

        void fire() {
            lock.lock();
            try {
                if (!ended) {
                    fired = true;
                    thread.interrupt();
                }
            } finally {
                lock.unlock();
            }
        }

        /** Whether it had fired; the thread is not left interrupted by it. */
        boolean end() {
            lock.lock();
            try {
                if (!ended) {
                    ended = true;
                    if (fired) {
                        boolean unused = Thread.interrupted();
                    }
                }
                return fired;
            } finally {
                lock.unlock();
            }
        }
    }
}
