package org.jvmm.devices.pit;

import java.util.Arrays;
import java.util.List;
import org.jvmm.core.bus.PortDevice;
import org.jvmm.core.device.Resettable;
import org.jvmm.core.device.SnapshotException;
import org.jvmm.core.device.Snapshotable;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.core.time.VmClock;
import org.jvmm.core.time.VmTimer;

/**
 * The PC's 8254: four byte-wide ports, three counters at 1,193,182 Hz. Counters 0 and 1 have their
 * GATE tied high; counter 0's OUT is a line; counter 2's GATE and OUT are for {@link
 * SystemControlB}.
 *
 * <p>Time is the VM's, in whole CLK pulses; nothing accumulates, so nothing drifts. The timer wakes
 * for rising edges of counter 0's OUT only: what listens to IRQ 0 is edge-triggered, so the line
 * may fall late (at the next access or edge). If the host comes late, or edges follow each other
 * faster than {@link #MIN_EDGE_NANOS}, all edges since the last one are delivered as one; the phase
 * of the following ones is kept. A guest that must not lose time has to read a counter, as Linux
 * does.
 */
public final class I8254 implements PortDevice, Resettable, Snapshotable<I8254.State> {
  /** CLK, in Hz. */
  public static final long HZ = 1_193_182;

  /** Edges of OUT are merged when they come closer than this: it bounds the load on the host. */
  static final long MIN_EDGE_NANOS = 20_000;

  private static final long NANOS = 1_000_000_000;
  private static final int CONTROL_PORT = 3;
  private static final int READ_BACK = 3;

  private static final class ReadBack {
    static final int NO_STATUS = 1 << 4, NO_COUNT = 1 << 5;
  }

  // Glue
  private final VmClock clock;
  private final IrqLine out0;
  private final VmTimer timer;
  private long lastEdgeNanos = Long.MIN_VALUE;

  // Volatile state
  private final Counter[] counters = {new Counter(true), new Counter(true), new Counter(false)};
  private boolean level;

  /** The pulse of counter 0's next rising edge, or NEVER. */
  private long edge = Counter.NEVER;

  /**
   * A timer whose counters await their control words.
   *
   * @param out0 where counter 0's OUT leads: IRQ 0
   */
  public I8254(VmClock clock, IrqLine out0) {
    this.clock = clock;
    this.out0 = out0;
    this.timer = clock.timer(this, this::expire);
  }

  /** CLK pulses in so many nanoseconds. */
  static long pulsesIn(long nanos) {
    return nanos / NANOS * HZ + nanos % NANOS * HZ / NANOS;
  }

  /** The first nanosecond at which so many CLK pulses have come. */
  static long nanosFor(long pulses) {
    return pulses / HZ * NANOS + (pulses % HZ * NANOS + HZ - 1) / HZ;
  }

  @Override
  public synchronized int read(int offset, int size) {
    if (offset == CONTROL_PORT) {
      return 0xff; // datasheet table "Read/write operations": no operation, 3-state
    }
    long now = settle();
    return counters[offset].read(now);
  }

  @Override
  public synchronized void write(int offset, int size, int value) {
    long now = settle();
    if (offset != CONTROL_PORT) {
      counters[offset].write(value, now);
    } else {
      command(value & 0xff, now);
    }
    drive(now);
  }

  private void command(int word, long now) {
    int select = word >> 6;
    if (select != READ_BACK) {
      if ((word & 0x30) == 0) {
        counters[select].latchCount(now);
      } else {
        counters[select].control(word, now);
      }
      return;
    }
    for (int i = 0; i < counters.length; i++) {
      if ((word & 2 << i) != 0) {
        if ((word & ReadBack.NO_COUNT) == 0) {
          counters[i].latchCount(now);
        }
        if ((word & ReadBack.NO_STATUS) == 0) {
          counters[i].latchStatus(now);
        }
      }
    }
  }

  /** Drives counter 2's GATE. */
  synchronized void gate2(boolean high) {
    counters[2].gate(high, settle());
  }

  /** The level of counter 2's GATE. */
  synchronized boolean gate2() {
    return counters[2].gate();
  }

  /** The level of counter 2's OUT. */
  synchronized boolean out2() {
    return counters[2].out(settle());
  }

  private void expire() {
    drive(settle());
  }

  /** Delivers an edge that has passed and returns the pulse that it is. */
  private long settle() {
    long nanos = clock.nanos();
    long now = pulsesIn(nanos);
    if (edge <= now) {
      lastEdgeNanos = nanos;
      out0.set(false);
      out0.set(true);
      level = true;
      drive(now);
    }
    return now;
  }

  /** Puts OUT on the line and waits for its next rising edge. */
  private void drive(long now) {
    boolean out = counters[0].out(now);
    if (out != level) {
      level = out;
      out0.set(out);
    }
    long next = counters[0].nextRise(now);
    if (next != edge) {
      edge = next;
      arm();
    }
  }

  private void arm() {
    if (edge == Counter.NEVER) {
      timer.cancel();
    } else {
      long earliest = lastEdgeNanos == Long.MIN_VALUE ? 0 : lastEdgeNanos + MIN_EDGE_NANOS;
      timer.arm(Math.max(nanosFor(edge), earliest));
    }
  }

  @Override
  public synchronized void reset() {
    counters[0] = new Counter(true);
    counters[1] = new Counter(true);
    counters[2] = new Counter(counters[2].gate());
    lastEdgeNanos = Long.MIN_VALUE;
    drive(pulsesIn(clock.nanos()));
  }

  /**
   * The timer's state.
   *
   * @param level the level that counter 0's OUT was last driven to
   * @param edge the CLK pulse of its next rising edge; {@code Long.MAX_VALUE} is never
   */
  public record State(int version, List<Counter.State> counters, boolean level, long edge) {
    public State {
      counters = List.copyOf(counters);
    }
  }

  @Override
  public synchronized State save() {
    long now = pulsesIn(clock.nanos());
    return new State(1, Arrays.stream(counters).map(c -> c.save(now)).toList(), level, edge);
  }

  /** {@inheritDoc} The clock stands where it stood at {@link #save}. */
  @Override
  public synchronized void restore(State state) {
    if (state.version() != 1 || state.counters().size() != counters.length || state.edge() < 0) {
      throw new SnapshotException("8254: " + state);
    }
    long now = pulsesIn(clock.nanos());
    for (int i = 0; i < counters.length; i++) {
      counters[i].restore(state.counters().get(i), now);
    }
    level = state.level();
    out0.set(level);
    edge = state.edge();
    lastEdgeNanos = Long.MIN_VALUE;
    arm();
  }
}
