package org.jvmm.devices.reset;

import org.jvmm.core.bus.PortDevice;
import org.jvmm.core.device.Resettable;
import org.jvmm.core.device.Snapshotable;
import org.jvmm.core.device.StateCheck;

/**
 * The PIIX3's reset control register: RCPU going up resets, SRST says what. One byte, inside the
 * PCI configuration address' doubleword, which takes only doublewords itself.
 */
public final class ResetControl
    implements PortDevice, Resettable, Snapshotable<ResetControl.State> {
  /** Number of ports. */
  public static final int PORTS = 1;

  /** What to write to port 0xcf9 for a hard reset: the FADT's RESET_VALUE. */
  public static final int HARD_RESET = Rc.SRST | Rc.RCPU;

  /** Bits of the register. */
  static final class Rc {
    static final int SRST = 1 << 1, RCPU = 1 << 2;
  }

  private static final int VERSION = 1;

  private final Runnable hardReset;
  private final Runnable softReset;

  private int rc;

  /** The volatile state. */
  public record State(int version, int rc) {}

  /**
   * A register after reset. The callbacks run with the monitor held.
   *
   * @param hardReset resets all devices and processors
   * @param softReset pulses the processors' INIT
   */
  public ResetControl(Runnable hardReset, Runnable softReset) {
    this.hardReset = hardReset;
    this.softReset = softReset;
  }

  @Override
  public synchronized void reset() {
    rc = 0;
  }

  @Override
  public int read(int offset, int size) {
    return rc;
  }

  @Override
  public void write(int offset, int size, int value) {
    boolean rises = (value & ~rc & Rc.RCPU) != 0;
    rc = value & HARD_RESET;
    if (rises) {
      ((rc & Rc.SRST) != 0 ? hardReset : softReset).run();
    }
  }

  @Override
  public synchronized State save() {
    return new State(VERSION, rc);
  }

  @Override
  public synchronized void restore(State state) {
    StateCheck check = new StateCheck("reset control");
    check.version(VERSION, state.version);
    check.bits("rc", state.rc, HARD_RESET);
    rc = state.rc;
  }
}
