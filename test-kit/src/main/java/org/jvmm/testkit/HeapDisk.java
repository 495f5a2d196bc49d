package org.jvmm.testkit;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.jvmm.core.backend.BlockBackend;
import org.jvmm.core.backend.BlockError;
import org.jvmm.core.backend.BlockRequest;

/**
 * A disk in an array, whose requests wait until the test lets them happen. Remembers what was asked
 * and what has been flushed. Not thread-safe.
 */
public final class HeapDisk implements BlockBackend {
  private final byte[] bytes;
  private byte[] durable;
  private final Deque<BlockRequest> waiting = new ArrayDeque<>();
  private final List<String> log = new ArrayList<>();
  private BlockError failure;
  private long failsFrom;
  private boolean scatters;
  private boolean closed;

  /** A disk of zeroes. */
  public HeapDisk(int size) {
    bytes = new byte[size];
    durable = bytes.clone();
  }

  /** The content, as it would be read now; live. */
  public byte[] bytes() {
    return bytes;
  }

  /** The content as it was at the last flush. */
  public byte[] durable() {
    return durable.clone();
  }

  /** What was asked, in order: kind, offset and length. */
  public List<String> log() {
    return List.copyOf(log);
  }

  /** Forgets {@link #log}. */
  public void forget() {
    log.clear();
  }

  /** From now on what touches a byte from an offset on fails; null ends that. */
  public HeapDisk fail(BlockError error, long from) {
    failure = error;
    failsFrom = from;
    return this;
  }

  /** Number of requests that wait. */
  public int waiting() {
    return waiting.size();
  }

  /** Completes the oldest request. */
  public void completeOne() {
    BlockRequest request = waiting.remove();
    request.completed(carryOut(request));
  }

  /** Completes requests until none waits. */
  public void completeAll() {
    while (!waiting.isEmpty()) {
      completeOne();
    }
  }

  private BlockError carryOut(BlockRequest request) {
    int offset = (int) Math.min(request.offset(), Integer.MAX_VALUE);
    int length = (int) request.length();
    String how = request.memory() == null ? "" : " in memory";
    log.add("%s%s %#x+%#x".formatted(request.kind(), how, request.offset(), request.length()));
    if (failure != null && request.offset() + Math.max(length, 1) > failsFrom) {
      return failure;
    }
    if (request.offset() + request.length() > bytes.length) {
      return BlockError.OUT_OF_RANGE;
    }
    switch (request.kind()) {
      case READ -> read(request, offset, length);
      case WRITE -> write(request, offset, length);
      case FLUSH -> durable = bytes.clone();
      case DISCARD, WRITE_ZEROES -> Arrays.fill(bytes, offset, offset + length, (byte) 0);
    }
    return null;
  }

  private void read(BlockRequest request, int offset, int length) {
    if (request.memory() == null) {
      request.data().put(bytes, offset, length);
    } else {
      request.memory().put(ByteBuffer.allocateDirect(length).put(bytes, offset, length).flip());
    }
  }

  private void write(BlockRequest request, int offset, int length) {
    if (request.memory() == null) {
      request.data().get(bytes, offset, length);
    } else {
      ByteBuffer copy = ByteBuffer.allocateDirect(length);
      request.memory().get(copy);
      copy.flip().get(bytes, offset, length);
    }
  }

  /** From now on it moves the bytes of guest memory itself, if it is asked so. */
  public HeapDisk scattering() {
    scatters = true;
    return this;
  }

  @Override
  public boolean scatters() {
    return scatters;
  }

  @Override
  public long size() {
    return bytes.length;
  }

  @Override
  public boolean readOnly() {
    return false;
  }

  @Override
  public void submit(BlockRequest request) {
    if (closed) {
      throw new IllegalStateException("closed");
    }
    waiting.add(request);
  }

  @Override
  public void close() {
    completeAll();
    closed = true;
  }
}
