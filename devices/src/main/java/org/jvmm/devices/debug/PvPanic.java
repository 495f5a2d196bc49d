package org.jvmm.devices.debug;

import org.jvmm.core.bus.PortDevice;

/** The guest tells that its kernel has panicked, or that it goes on in a crash kernel. */
public final class PvPanic implements PortDevice {
  /** Number of ports; accesses are one byte wide. */
  public static final int PORTS = 1;

  static final int PANICKED = 1, CRASH_LOADED = 1 << 1;

  private final Runnable panicked;
  private final Runnable crashLoaded;

  /**
   * A panic port. The callbacks run with the monitor held.
   *
   * @param panicked the kernel has stopped
   * @param crashLoaded the kernel has panicked and hands over to its crash kernel
   */
  public PvPanic(Runnable panicked, Runnable crashLoaded) {
    this.panicked = panicked;
    this.crashLoaded = crashLoaded;
  }

  @Override
  public int read(int offset, int size) {
    return PANICKED | CRASH_LOADED; // the events that it understands
  }

  @Override
  public void write(int offset, int size, int value) {
    if ((value & PANICKED) != 0) {
      panicked.run();
    } else if ((value & CRASH_LOADED) != 0) {
      crashLoaded.run();
    }
  }
}
