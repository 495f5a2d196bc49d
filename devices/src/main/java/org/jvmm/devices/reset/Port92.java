package org.jvmm.devices.reset;

import org.jvmm.core.bus.PortDevice;
import org.jvmm.core.device.Resettable;
import org.jvmm.core.device.Snapshotable;
import org.jvmm.core.device.StateCheck;
import org.jvmm.core.irq.IrqLine;

/** System control port A: fast A20 and fast processor reset. */
public final class Port92 implements PortDevice, Resettable, Snapshotable<Port92.State> {
  /** Number of ports. */
  public static final int PORTS = 1;

  static final int INIT_NOW = 1, A20 = 1 << 1;

  private static final int VERSION = 1;

  private final IrqLine a20;
  private final Runnable softReset;

  private int value;

  /** The volatile state. */
  public record State(int version, int value) {}

  /**
   * A port after reset.
   *
   * @param a20 this port's share in opening address line 20; the keyboard controller has the other
   * @param softReset pulses the processors' INIT; called with the monitor held
   */
  public Port92(IrqLine a20, Runnable softReset) {
    this.a20 = a20;
    this.softReset = softReset;
  }

  @Override
  public synchronized void reset() {
    value = 0;
    a20.set(false);
  }

  @Override
  public int read(int offset, int size) {
    return value;
  }

  @Override
  public void write(int offset, int size, int next) {
    boolean rises = (next & ~value & INIT_NOW) != 0;
    value = next & (INIT_NOW | A20);
    a20.set((value & A20) != 0);
    if (rises) {
      softReset.run();
    }
  }

  @Override
  public synchronized State save() {
    return new State(VERSION, value);
  }

  @Override
  public synchronized void restore(State state) {
    StateCheck check = new StateCheck("port 92");
    check.version(VERSION, state.version);
    check.bits("value", state.value, INIT_NOW | A20);
    value = state.value;
    a20.set((value & A20) != 0);
  }
}
