package org.jvmm.console;

import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.locks.LockSupport;

/**
 * A bounded queue of bytes between a device, which must not block, and a host stream, which may:
 * one thread writes in batches. When the stream stalls the queue fills and the device waits;
 * nothing is lost.
 */
final class OutputQueue implements AutoCloseable {
  private static final int CAPACITY = 1 << 16;
  private static final long CLOSE_MILLIS = 2_000;

  /**
   * What comes within 10 ms of a write goes out together: a UART sends single bytes, and to wake
   * the thread for each costs the vCPU more than all the rest of the byte's way.
   */
  private static final long GATHER_NANOS = 10_000_000;

  private final OutputStream stream;
  private final Runnable onRoom;
  private final Thread thread;
  private final byte[] ring = new byte[CAPACITY];
  private final byte[] batch = new byte[CAPACITY];
  private int head;
  private int count;
  private boolean waiting;
  private boolean refused;
  private boolean closed;

  /**
   * A queue with its thread.
   *
   * @param role names the thread
   * @param onRoom called, without a lock, when there is room after a refusal
   */
  OutputQueue(String role, OutputStream stream, Runnable onRoom) {
    this.stream = stream;
    this.onRoom = onRoom;
    thread = new Thread(this::drain, role);
    thread.setDaemon(true);
    thread.start();
  }

  /** Takes a byte, or false if there is no room. */
  synchronized boolean offer(int value) {
    if (count == CAPACITY) {
      refused = true;
      return false;
    }
    ring[(head + count) & (CAPACITY - 1)] = (byte) value;
    count++;
    if (waiting) {
      waiting = false;
      notifyAll();
    }
    return true;
  }

  private void drain() {
    boolean broken = false;
    for (int length = next(); length > 0; length = next()) {
      try {
        if (!broken) {
          stream.write(batch, 0, length);
          stream.flush();
        }
      } catch (IOException e) {
        // The reader has gone (EPIPE): like QEMU, the guest runs on and its output is dropped.
        broken = true;
      }
      roomAgain();
      LockSupport.parkNanos(GATHER_NANOS);
    }
  }

  /** Waits for bytes and moves them to the batch; 0 at the end. */
  private synchronized int next() {
    while (count == 0 && !closed) {
      waiting = true;
      try {
        wait();
      } catch (InterruptedException e) {
        closed = true; // only a host that shuts down interrupts this thread
      }
    }
    int length = count;
    int first = Math.min(length, CAPACITY - head);
    System.arraycopy(ring, head, batch, 0, first);
    System.arraycopy(ring, 0, batch, first, length - first);
    head = (head + length) & (CAPACITY - 1);
    count = 0;
    return length;
  }

  private void roomAgain() {
    boolean tell;
    synchronized (this) {
      tell = refused;
      refused = false;
    }
    if (tell) {
      onRoom.run();
    }
  }

  /** Writes out what is queued, within two seconds, and ends the thread. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    try {
      thread.join(CLOSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
