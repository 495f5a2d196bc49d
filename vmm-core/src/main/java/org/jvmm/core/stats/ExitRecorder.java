package org.jvmm.core.stats;

import java.util.Arrays;
import java.util.List;
import jdk.jfr.FlightRecorder;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.SingleWriterRecorder;
import org.jvmm.core.accel.ExitReason;
import org.jvmm.core.accel.VcpuExit;
import org.jvmm.core.run.Buses;

/**
 * Counts the exits of one vCPU, on its thread: per reason and per device, with the handling time of
 * each where timing is on. Nothing is allocated per exit but what a device's first exit needs.
 */
public final class ExitRecorder {
  private static final ExitReason[] REASONS = ExitReason.values();

  /** The longest handling time that is told apart: 100 s. */
  private static final long LONGEST = 100_000_000_000L;

  /** Counts and times of one kind of exits. */
  static final class Cell {
    final String name;
    private volatile long count;
    private final SingleWriterRecorder times;

    Cell(String name, boolean timed) {
      this.name = name;
      times = timed ? new SingleWriterRecorder(LONGEST, 2) : null;
    }

    void add(long nanos) {
      count = count + 1; // a single writer: no increment is lost
      if (times != null) {
        times.recordValue(Math.min(nanos, LONGEST));
      }
    }

    long count() {
      return count;
    }

    /** Adds the handling times since the last call. */
    void drainInto(Histogram sum) {
      if (times != null) {
        sum.add(times.getIntervalHistogram());
      }
    }
  }

  private final boolean timed;
  private final int vcpu;
  private final Cell[] reasons = new Cell[REASONS.length];
  private volatile Cell[] portOwners = {};
  private volatile Cell[] mmioOwners = {};

  private VmExitEvent event; // null until Flight Recorder is in use
  private Cell reason;
  private Cell owner;
  private long entered;
  private boolean eventOn;

  ExitRecorder(int vcpu, boolean timed) {
    this.vcpu = vcpu;
    this.timed = timed;
    for (ExitReason each : REASONS) {
      reasons[each.ordinal()] = new Cell(each.name(), timed);
    }
  }

  /** An exit has come; its handling begins. */
  public void begin(VcpuExit exit, Buses buses) {
    ExitReason why = exit.reason();
    reason = reasons[why.ordinal()];
    owner =
        switch (why) {
          case IO_IN, IO_OUT -> portOwner(buses, buses.ports().ownerAt(exit.port()));
          case MMIO_READ, MMIO_WRITE -> mmioOwner(buses, buses.mmio().ownerAt(exit.address()));
          default -> null;
        };
    // The first event object starts Flight Recorder, which takes as long as all of a board.
    eventOn = FlightRecorder.isInitialized() && event().isEnabled();
    if (eventOn) {
      describe(exit, why);
      event.begin();
    }
    entered = timed ? System.nanoTime() : 0;
  }

  private VmExitEvent event() {
    if (event == null) {
      event = new VmExitEvent();
    }
    return event;
  }

  private void describe(VcpuExit exit, ExitReason why) {
    boolean pio = why == ExitReason.IO_IN || why == ExitReason.IO_OUT;
    event.vcpu = vcpu;
    event.reason = why.name();
    event.device = owner == null ? null : owner.name;
    event.address = owner == null ? 0 : pio ? exit.port() : exit.address();
    event.size = owner == null ? 0 : exit.size();
    event.count = pio ? exit.count() : owner == null ? 0 : 1;
  }

  /** The exit has been handled; the guest is entered next. */
  public void end() {
    long nanos = timed ? System.nanoTime() - entered : 0;
    reason.add(nanos);
    if (owner != null) {
      owner.add(nanos);
    }
    if (eventOn) {
      event.commit();
    }
  }

  private Cell portOwner(Buses buses, int id) {
    if (id >= portOwners.length) {
      portOwners = grown(portOwners, buses.ports().owners());
    }
    return portOwners[id];
  }

  private Cell mmioOwner(Buses buses, int id) {
    if (id >= mmioOwners.length) {
      mmioOwners = grown(mmioOwners, buses.mmio().owners());
    }
    return mmioOwners[id];
  }

  private Cell[] grown(Cell[] cells, List<String> names) {
    Cell[] more = Arrays.copyOf(cells, names.size());
    for (int i = cells.length; i < more.length; i++) {
      more[i] = new Cell(names.get(i), timed);
    }
    return more;
  }

  Cell[] reasons() {
    return reasons;
  }

  Cell[] portOwners() {
    return portOwners;
  }

  Cell[] mmioOwners() {
    return mmioOwners;
  }
}
