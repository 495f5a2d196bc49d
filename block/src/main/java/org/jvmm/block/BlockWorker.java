package org.jvmm.block;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jvmm.core.backend.BlockBackend;
import org.jvmm.core.backend.BlockError;
import org.jvmm.core.backend.BlockRequest;

/**
 * The host end of a drive: one thread that carries requests out on an image, in their order. The
 * thread must not be interrupted, for the JDK would close the image's file.
 */
public final class BlockWorker implements BlockBackend {
  /** Requests that may wait. A device has far fewer; one that exceeds this has lost count. */
  public static final int MOST_WAITING = 1024;

  /** Told of what a guest sees only as a {@link BlockError}. */
  public interface Failures {
    /** A request failed; called on the worker's thread before the request completes. */
    void failed(BlockRequest.Kind kind, long offset, Exception cause);

    /** Tells nobody. */
    Failures IGNORED = (kind, offset, cause) -> {};
  }

  /**
   * What is done with the image itself, between two requests.
   *
   * @param <T> what it answers
   */
  public interface Task<T> {
    /** Does it; the disk's size may change. */
    T on(BlockImage image) throws IOException;
  }

  private final BlockImage image;
  private final ScatterIo scatter;
  private final boolean writeThrough;
  private volatile long size;
  private final boolean readOnly;
  private final Failures failures;
  private final Thread thread;
  private final BlockCounts.Counter counter = new BlockCounts.Counter();

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition arrived = lock.newCondition();
  private final BlockRequest[] waiting = new BlockRequest[MOST_WAITING];
  private int first;
  private int count;
  private boolean closing;

  /**
   * Starts the thread.
   *
   * @param image what the drive holds; closed with the worker
   * @param cache whether each write is to be durable before it completes
   * @param name of the drive, for the thread's name
   */
  public BlockWorker(BlockImage image, CacheMode cache, String name, Failures failures) {
    this.image = image;
    this.scatter = image.scatter().orElse(null);
    this.writeThrough = cache.writeThrough();
    this.size = image.size();
    this.readOnly = image.readOnly();
    this.failures = failures;
    this.thread = new Thread(this::work, "block-" + name);
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public boolean readOnly() {
    return readOnly;
  }

  @Override
  public boolean scatters() {
    return scatter != null;
  }

  /**
   * Begins a request.
   *
   * @throws IllegalStateException if {@link #MOST_WAITING} are waiting already, or after {@link
   *     #close}
   */
  @Override
  public void submit(BlockRequest request) {
    lock.lock();
    try {
      if (closing || count == MOST_WAITING) {
        throw new IllegalStateException(
            closing ? "the drive is closed" : "more than %d requests".formatted(MOST_WAITING));
      }
      waiting[(first + count++) % MOST_WAITING] = request;
      arrived.signal();
    } finally {
      lock.unlock();
    }
  }

  /** A task in the queue. */
  private final class Call<T> extends BlockRequest {
    private final Task<T> task;
    private final CompletableFuture<T> answer = new CompletableFuture<>();

    Call(Task<T> task) {
      this.task = task;
    }

    /** Whoever waits for the answer finds the size that the disk has then. */
    void run() {
      try {
        T done = task.on(image);
        size = image.size();
        answer.complete(done);
      } catch (IOException | RuntimeException e) {
        size = image.size();
        answer.completeExceptionally(e);
      }
    }

    @Override
    public void completed(BlockError error) {
      throw new AssertionError("a task is answered otherwise");
    }
  }

  /**
   * Does something with the image when the requests before it are done, and waits for it. Not for
   * the drive's own thread.
   *
   * @throws IOException what the task throws
   * @throws IllegalStateException as {@link #submit}
   */
  public <T> T call(Task<T> task) throws IOException {
    Call<T> call = new Call<>(task);
    submit(call);
    try {
      return call.answer.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof IOException host) {
        throw host;
      }
      if (e.getCause() instanceof RuntimeException mistake) {
        throw mistake;
      }
      throw e;
    }
  }

  /** What the requests came to so far. Any thread. */
  public BlockCounts counts() {
    return counter.now();
  }

  private void work() {
    for (BlockRequest request = next(); request != null; request = next()) {
      if (request instanceof Call<?> call) {
        call.run();
      } else {
        long start = System.nanoTime();
        long length = request.length();
        BlockError error = perform(request);
        counter.add(request.kind(), length, error == null, System.nanoTime() - start);
        request.completed(error);
      }
    }
    try {
      image.close();
    } catch (IOException | RuntimeException e) {
      failures.failed(BlockRequest.Kind.FLUSH, 0, e);
    }
  }

  /** The next request; null when there is none and none will come. */
  private BlockRequest next() {
    lock.lock();
    try {
      while (count == 0) {
        if (closing) {
          return null;
        }
        arrived.awaitUninterruptibly();
      }
      BlockRequest request = waiting[first];
      waiting[first] = null;
      first = (first + 1) % MOST_WAITING;
      count--;
      return request;
    } finally {
      lock.unlock();
    }
  }

  private BlockError perform(BlockRequest request) {
    long offset = request.offset();
    long length = request.length();
    boolean writes =
        request.kind() != BlockRequest.Kind.READ && request.kind() != BlockRequest.Kind.FLUSH;
    if (writes && readOnly) {
      return BlockError.READ_ONLY;
    }
    if (offset < 0 || length < 0 || length > size || offset > size - length) {
      return BlockError.OUT_OF_RANGE;
    }
    try {
      switch (request.kind()) {
        case READ -> read(offset, request);
        case WRITE -> write(offset, request);
        case FLUSH -> image.flush();
        case DISCARD -> image.discard(offset, length);
        case WRITE_ZEROES -> image.writeZeroes(offset, length);
      }
      if (writes && writeThrough) {
        image.flush();
      }
      return null;
    } catch (IOException | RuntimeException e) {
      failures.failed(request.kind(), offset, e);
      return e instanceof NoSpaceException ? BlockError.NO_SPACE : BlockError.IO;
    }
  }

  private void read(long offset, BlockRequest request) throws IOException {
    if (request.memory() != null) {
      scatter.read(offset, request.memory());
    } else {
      image.read(offset, request.data());
    }
  }

  private void write(long offset, BlockRequest request) throws IOException {
    if (request.memory() != null) {
      scatter.write(offset, request.memory());
    } else {
      image.write(offset, request.data());
    }
  }

  /** Completes what was submitted, flushes and closes the image, and waits for it. */
  @Override
  public void close() {
    lock.lock();
    try {
      closing = true;
      arrived.signal();
    } finally {
      lock.unlock();
    }
    boolean interrupted = false;
    while (thread.isAlive() && thread != Thread.currentThread()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
