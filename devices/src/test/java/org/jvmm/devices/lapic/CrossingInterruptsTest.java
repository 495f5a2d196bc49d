package org.jvmm.devices.lapic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.jvmm.core.irq.InterruptSource;
import org.jvmm.core.irq.VcpuPins;
import org.jvmm.devices.ioapic.Ioapic;
import org.jvmm.testkit.ManualClock;

/** vCPUs on threads of their own, with interrupts that cross: none may be lost, none may block. */
final class CrossingInterruptsTest {
  private static final int VCPUS = 4, ROUNDS = 1_000;
  private static final int IPI = 0x80, LEVEL_VECTOR = 0x90;

  private final ApicBus bus = new ApicBus();
  private final Ioapic ioapic = new Ioapic(bus, Ioapic.Routes.NONE);
  private final List<LocalApicDevice> apics = new ArrayList<>();
  private final List<Thread> vcpus = new ArrayList<>();
  private final AtomicIntegerArray ipis = new AtomicIntegerArray(VCPUS);
  private final AtomicIntegerArray levels = new AtomicIntegerArray(VCPUS);
  private final CountDownLatch done = new CountDownLatch(VCPUS);

  /** Wakes a vCPU's thread, as a run loop does for one that halted. */
  private final class WakingPins implements VcpuPins {
    private final int id;

    WakingPins(int id) {
      this.id = id;
    }

    @Override
    public void interruptPending() {
      LockSupport.unpark(vcpus.get(id));
    }

    @Override
    public void nmi() {}

    @Override
    public void init() {}

    @Override
    public void startup(int vector) {}
  }

  CrossingInterruptsTest() {
    bus.onEndOfInterrupt(ioapic::endOfInterrupt);
    ManualClock clock = new ManualClock();
    for (int id = 0; id < VCPUS; id++) {
      int self = id;
      vcpus.add(new Thread(() -> runVcpu(self), "vcpu-" + id));
      LocalApicDevice apic =
          new LocalApicDevice(
              id,
              bus,
              new WakingPins(id),
              InterruptSource.NONE,
              clock,
              new ApicSystem.TestTsc(clock));
      apic.write(0xf0, 4, 0x1ff);
      apics.add(apic);
    }
    ioapic.write(0, 4, 0x11 + 20);
    ioapic.write(0x10, 4, 0xff00_0000L); // pin 10: level, everybody
    ioapic.write(0, 4, 0x10 + 20);
    ioapic.write(0x10, 4, LEVEL_VECTOR | 1 << 15);
  }

  /** Each vCPU pings its neighbour and answers pings; a device pulls a level line meanwhile. */
  @Test
  @Timeout(120)
  void pingsAcrossThreadsAreNeitherLostNorDoTheyDeadlock() throws InterruptedException {
    Thread device = new Thread(this::pullLevelLine, "device");
    vcpus.forEach(Thread::start);
    device.start();
    assertTrue(done.await(100, TimeUnit.SECONDS), () -> "stuck: " + ipis + " " + levels);
    for (Thread vcpu : vcpus) {
      LockSupport.unpark(vcpu);
      vcpu.join();
    }
    device.join();
    for (int id = 0; id < VCPUS; id++) {
      assertEquals(ROUNDS, ipis.get(id));
    }
  }

  private void pullLevelLine() {
    while (done.getCount() > 0) {
      ioapic.line(10).set(true);
      LockSupport.parkNanos(50_000);
      ioapic.line(10).set(false);
      LockSupport.parkNanos(50_000);
    }
  }

  /** Sends the next ping when the last one to the neighbour has been taken: IRR holds only one. */
  private void runVcpu(int self) {
    LocalApicDevice apic = apics.get(self);
    int neighbour = (self + 1) % VCPUS;
    int sent = 0;
    boolean finished = false;
    while (done.getCount() > 0) {
      boolean idle = true;
      if (sent < ROUNDS && ipis.get(neighbour) == sent) {
        apic.write(0x310, 4, (long) neighbour << 24);
        apic.write(0x300, 4, IPI);
        sent++;
        idle = false;
      }
      while (apic.pending()) {
        serve(self, apic);
        idle = false;
      }
      if (!finished && sent == ROUNDS && ipis.get(self) == ROUNDS && levels.get(self) > 0) {
        finished = true;
        done.countDown();
      }
      if (idle) {
        LockSupport.park(this);
      }
    }
  }

  private void serve(int self, LocalApicDevice apic) {
    int vector = apic.acknowledge();
    if (vector == IPI) {
      ipis.incrementAndGet(self);
      LockSupport.unpark(vcpus.get((self + VCPUS - 1) % VCPUS));
    } else if (vector == LEVEL_VECTOR) {
      levels.incrementAndGet(self);
    }
    if (vector >= 0) {
      apic.write(0xb0, 4, 0);
    }
  }
}
