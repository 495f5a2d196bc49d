package org.jvmm.console;

import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.jvmm.core.backend.CharBackend;
import org.jvmm.core.backend.CharFrontend;

/**
 * A character backend on host streams. What comes in is given by {@link #deliver}, by whoever reads
 * the input: that thread waits while the guest's FIFO is full, so a paste of any size loses
 * nothing.
 */
public final class StreamChar implements CharBackend {
  private final OutputQueue output;
  private final Object input = new Object();
  private boolean ready;
  private volatile boolean closed;
  private volatile CharFrontend device;

  /**
   * A backend that writes to a stream.
   *
   * @param role names the writing thread
   */
  public StreamChar(String role, OutputStream stream) {
    output = new OutputQueue(role, stream, this::room);
  }

  private void room() {
    CharFrontend to = device;
    if (to != null) {
      to.writable();
    }
  }

  @Override
  public void connect(CharFrontend to) {
    device = to;
  }

  @Override
  public boolean offer(int value) {
    return output.offer(value);
  }

  /**
   * Writes text of the VMM itself, such as a monitor's answers, between the guest's bytes. Blocks
   * while there is no room.
   */
  public void print(String text) {
    for (byte each : text.replace("\n", "\r\n").getBytes(StandardCharsets.UTF_8)) {
      while (!output.offer(each) && !closed) {
        Thread.onSpinWait();
      }
    }
  }

  /** Gives bytes to the guest, waiting while it has no room. On the input's thread. */
  public void deliver(byte[] bytes, int offset, int count) throws InterruptedException {
    int done = 0;
    while (done < count && !closed) {
      CharFrontend to = device;
      done += to == null ? count : to.receive(bytes, offset + done, count - done);
      if (done < count) {
        awaitReady();
      }
    }
  }

  /** Sends a break to the guest. */
  public void deliverBreak() {
    CharFrontend to = device;
    if (to != null) {
      to.receiveBreak();
    }
  }

  private void awaitReady() throws InterruptedException {
    synchronized (input) {
      while (!ready && !closed) {
        input.wait();
      }
      ready = false;
    }
  }

  @Override
  public void receiverReady() {
    synchronized (input) {
      ready = true;
      input.notifyAll();
    }
  }

  @Override
  public void close() {
    closed = true;
    receiverReady();
    output.close();
  }
}
