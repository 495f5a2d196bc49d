package org.jvmm.devices.pit;

import org.jvmm.core.bus.PortDevice;
import org.jvmm.core.device.Resettable;
import org.jvmm.core.device.SnapshotException;
import org.jvmm.core.device.Snapshotable;
import org.jvmm.core.time.VmClock;

/**
 * NMI status and control: one byte-wide port, 0x61 on a PC. It gates counter 2 and shows its OUT.
 *
 * <p>No source of SERR# or IOCHK# exists here, so bits 7:6 are 0; the speaker is silent. Lock
 * order: this, then the {@link I8254}.
 */
public final class SystemControlB
    implements PortDevice, Resettable, Snapshotable<SystemControlB.State> {
  private static final int GATE2 = 1;
  private static final int WRITABLE = 0x0f;
  private static final int REFRESH = 1 << 4;
  private static final int OUT2 = 1 << 5;

  /** CLK pulses between refresh requests: a PC programs counter 1 with 18, some 15 µs. */
  private static final int REFRESH_PULSES = 18;

  // Glue
  private final I8254 pit;
  private final VmClock clock;

  // Volatile state
  private int control;

  public SystemControlB(I8254 pit, VmClock clock) {
    this.pit = pit;
    this.clock = clock;
  }

  @Override
  public synchronized int read(int offset, int size) {
    boolean refresh = (I8254.pulsesIn(clock.nanos()) / REFRESH_PULSES & 1) != 0;
    return control | (refresh ? REFRESH : 0) | (pit.out2() ? OUT2 : 0);
  }

  @Override
  public synchronized void write(int offset, int size, int value) {
    control = value & WRITABLE;
    pit.gate2((control & GATE2) != 0);
  }

  @Override
  public synchronized void reset() {
    write(0, 1, 0);
  }

  /** Bits 3:0 of the register. */
  public record State(int version, int control) {}

  @Override
  public synchronized State save() {
    return new State(1, control);
  }

  /** {@inheritDoc} Counter 2's GATE is in the {@link I8254}'s state. */
  @Override
  public synchronized void restore(State state) {
    if (state.version() != 1 || (state.control() & ~WRITABLE) != 0) {
      throw new SnapshotException("port 61h: " + state);
    }
    control = state.control();
  }
}
