package org.jvmm.devices.debug;

import java.util.function.IntConsumer;
import org.jvmm.core.bus.PortDevice;

/** A write-only console that a guest finds by reading 0xe9. Has no state. */
public final class DebugCon implements PortDevice {
  /** Number of ports; accesses are one byte wide. */
  public static final int PORTS = 1;

  private static final int SIGNATURE = 0xe9;

  private final IntConsumer sink;

  /**
   * A console.
   *
   * @param sink takes the bytes, 0..255; called with the monitor held, does not block
   */
  public DebugCon(IntConsumer sink) {
    this.sink = sink;
  }

  @Override
  public int read(int offset, int size) {
    return SIGNATURE;
  }

  @Override
  public void write(int offset, int size, int value) {
    sink.accept(value & 0xff);
  }
}
