package org.jvmm.devices.debug;

import java.util.ArrayList;
import java.util.List;
import org.jvmm.core.bus.PortDevice;
import org.jvmm.core.device.Resettable;
import org.jvmm.core.device.Snapshotable;
import org.jvmm.core.device.StateCheck;
import org.jvmm.core.time.VmClock;

/**
 * The POST code port: keeps the code and the VM time of the last 256 stamps. Kernels also write
 * here for a delay of an I/O cycle, so a code that repeats makes no new stamp.
 */
public final class PostCode implements PortDevice, Resettable, Snapshotable<PostCode.State> {
  /** Number of ports; accesses are one byte wide. */
  public static final int PORTS = 1;

  private static final int VERSION = 1;
  private static final int CAPACITY = 256;

  private final VmClock clock;

  private final int[] codes = new int[CAPACITY];
  private final long[] times = new long[CAPACITY];

  /** Stamps since reset; those beyond the capacity have replaced the oldest. */
  private long count;

  /**
   * One stamp.
   *
   * @param code 0..255
   * @param nanos VM time
   */
  public record Stamp(int code, long nanos) {}

  /** The volatile state; the last stamp is the value that the port reads. */
  public record State(int version, List<Stamp> stamps) {}

  public PostCode(VmClock clock) {
    this.clock = clock;
  }

  @Override
  public synchronized void reset() {
    count = 0;
  }

  /** The stamps that are still kept, oldest first. */
  public synchronized List<Stamp> stamps() {
    List<Stamp> stamps = new ArrayList<>();
    for (long i = Math.max(0, count - CAPACITY); i < count; i++) {
      stamps.add(new Stamp(codes[slot(i)], times[slot(i)]));
    }
    return List.copyOf(stamps);
  }

  /** The last code, or 0. */
  @Override
  public int read(int offset, int size) {
    return count == 0 ? 0 : codes[slot(count - 1)];
  }

  @Override
  public void write(int offset, int size, int value) {
    int code = value & 0xff;
    if (count == 0 || codes[slot(count - 1)] != code) {
      add(code, clock.nanos());
    }
  }

  private void add(int code, long nanos) {
    codes[slot(count)] = code;
    times[slot(count)] = nanos;
    count++;
  }

  private static int slot(long stamp) {
    return (int) (stamp % CAPACITY);
  }

  @Override
  public synchronized State save() {
    return new State(VERSION, stamps());
  }

  @Override
  public synchronized void restore(State state) {
    StateCheck check = new StateCheck("post code");
    check.version(VERSION, state.version);
    check.that(state.stamps.size() <= CAPACITY, "stamps", state.stamps.size());
    state.stamps.forEach(stamp -> check.bits("code", stamp.code, 0xff));
    count = 0;
    state.stamps.forEach(stamp -> add(stamp.code, stamp.nanos));
  }
}
