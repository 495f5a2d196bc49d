package org.jvmm.devices.lapic;

import java.util.ArrayList;
import java.util.List;
import org.jvmm.core.irq.InterruptSource;
import org.jvmm.core.irq.VcpuPins;
import org.jvmm.testkit.ManualClock;

/** Some local APICs on a bus, with vCPUs that write down what their pins see. */
final class ApicSystem {
  static final int ENABLE = 0x1ff;

  /** What reached a vCPU: "intr", "nmi", "init", "sipi 9f". */
  static final class Pins implements VcpuPins {
    final List<String> seen = new ArrayList<>();

    @Override
    public void interruptPending() {
      seen.add("intr");
    }

    @Override
    public void nmi() {
      seen.add("nmi");
    }

    @Override
    public void init() {
      seen.add("init");
    }

    @Override
    public void startup(int vector) {
      seen.add("sipi %02x".formatted(vector));
    }
  }

  /** A TSC of 2.5 GHz from VM time. */
  static final class TestTsc implements Tsc {
    private final ManualClock clock;
    long offset;

    /** Ticks that pass by each look. */
    long perLook;

    TestTsc(ManualClock clock) {
      this.clock = clock;
    }

    @Override
    public long value() {
      offset += perLook;
      return clock.nanos() * 5 / 2 + offset;
    }

    @Override
    public long nanosFor(long increments) {
      return increments < 0 ? Long.MAX_VALUE : (increments / 5) * 2 + (increments % 5 * 2 + 4) / 5;
    }
  }

  final ManualClock clock = new ManualClock();
  final TestTsc tsc = new TestTsc(clock);
  final ApicBus bus = new ApicBus();
  final List<Integer> eois = new ArrayList<>();
  final List<Pins> pins = new ArrayList<>();
  final List<LocalApicDevice> apics = new ArrayList<>();

  /** APICs with ids 0 to count - 1, software enabled. */
  ApicSystem(int count) {
    this(count, InterruptSource.NONE);
  }

  ApicSystem(int count, InterruptSource pic) {
    bus.onEndOfInterrupt(eois::add);
    for (int id = 0; id < count; id++) {
      pins.add(new Pins());
      apics.add(new LocalApicDevice(id, bus, pins.get(id), pic, clock, tsc));
      write(id, ApicReg.SVR, ENABLE);
    }
  }

  LocalApicDevice apic(int id) {
    return apics.get(id);
  }

  void write(int id, int register, long value) {
    apics.get(id).write(16L * register, 4, value & 0xffff_ffffL);
  }

  int read(int id, int register) {
    return (int) apics.get(id).read(16L * register, 4);
  }

  void enableX2apic(int id) {
    LocalApicDevice apic = apics.get(id);
    if (!apic.setApicBase(apic.apicBase() | ApicReg.Base.X2APIC)) {
      throw new AssertionError("xAPIC to x2APIC is legal");
    }
  }

  /** The vCPU's acknowledge and EOI until nothing is pending: the vectors. */
  List<Integer> serveAll(int id) {
    List<Integer> vectors = new ArrayList<>();
    while (apics.get(id).pending() && vectors.size() < 300) {
      vectors.add(apics.get(id).acknowledge());
      write(id, ApicReg.EOI, 0);
    }
    return vectors;
  }

  /** Which APICs have a vector in IRR. */
  List<Integer> havingRequested(int vector) {
    List<Integer> ids = new ArrayList<>();
    for (int id = 0; id < apics.size(); id++) {
      if (apics.get(id).save().irr().get(vector / 32) >> vector % 32 << 31 != 0) {
        ids.add(id);
      }
    }
    return ids;
  }
}
