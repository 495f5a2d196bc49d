package org.jvmm.testkit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jvmm.core.backend.NetFrontend;

/**
 * A network card that remembers what it is told and may be full. As a chip's, its calls take its
 * monitor.
 */
public final class RecordingCard implements NetFrontend {
  private final List<byte[]> frames = new ArrayList<>();
  private int room = Integer.MAX_VALUE;
  private int refusals;
  private int writables;
  private int linkChanges;
  private Runnable onRefusal = () -> {};

  @Override
  public synchronized boolean receive(byte[] frame, int offset, int length) {
    if (room == 0) {
      refusals++;
      onRefusal.run();
      notifyAll();
      return false;
    }
    room--;
    frames.add(Arrays.copyOfRange(frame, offset, offset + length));
    notifyAll();
    return true;
  }

  @Override
  public synchronized void writable() {
    writables++;
    notifyAll();
  }

  @Override
  public synchronized void linkChanged() {
    linkChanges++;
    notifyAll();
  }

  /** Makes room for exactly so many further frames. */
  public synchronized RecordingCard limitTo(int count) {
    room = count;
    return this;
  }

  /** What happens within a refusal. */
  public synchronized RecordingCard onRefusal(Runnable action) {
    onRefusal = action;
    return this;
  }

  /** The frames so far, oldest first. */
  public synchronized List<byte[]> frames() {
    return List.copyOf(frames);
  }

  /** How many frames it refused. */
  public synchronized int refusals() {
    return refusals;
  }

  /** How often it was told that there is room. */
  public synchronized int writables() {
    return writables;
  }

  /** How often it was told that the link has changed. */
  public synchronized int linkChanges() {
    return linkChanges;
  }

  /** Waits until something holds, which only calls to this card change. */
  public synchronized void await(BooleanSupplier condition) throws InterruptedException {
    while (!condition.getAsBoolean()) {
      wait();
    }
  }

  /** Waits for the frame of a number, and returns it. */
  public byte[] awaitFrame(int number) throws InterruptedException {
    await(() -> frames.size() > number);
    return frames().get(number);
  }
}
