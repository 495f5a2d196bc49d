package org.jvmm.devices.ferr;

import org.jvmm.core.bus.PortDevice;
import org.jvmm.core.device.Resettable;
import org.jvmm.core.device.Snapshotable;
import org.jvmm.core.device.StateCheck;
import org.jvmm.core.irq.IrqLine;

/**
 * The latch between FERR# and IRQ 13: the rising FERR# sets it, a write of anything to the port
 * clears it.
 */
public final class CoprocessorError
    implements PortDevice, Resettable, Snapshotable<CoprocessorError.State> {
  /** Number of ports. */
  public static final int PORTS = 1;

  private static final int VERSION = 1;

  private final IrqLine irq13;

  private boolean ferr;
  private boolean latched;

  /** The volatile state. */
  public record State(int version, boolean ferr, boolean latched) {}

  public CoprocessorError(IrqLine irq13) {
    this.irq13 = irq13;
  }

  /** FERR#, active high here. */
  public synchronized void ferr(boolean asserted) {
    if (asserted && !ferr) {
      latch(true);
    }
    ferr = asserted;
  }

  private void latch(boolean set) {
    latched = set;
    irq13.set(set);
  }

  @Override
  public synchronized void reset() {
    ferr = false;
    latch(false);
  }

  /** The register cannot be read. */
  @Override
  public int read(int offset, int size) {
    return 0xff;
  }

  @Override
  public void write(int offset, int size, int value) {
    latch(false);
  }

  @Override
  public synchronized State save() {
    return new State(VERSION, ferr, latched);
  }

  @Override
  public synchronized void restore(State state) {
    new StateCheck("coprocessor error").version(VERSION, state.version);
    ferr = state.ferr;
    latch(state.latched);
  }
}
