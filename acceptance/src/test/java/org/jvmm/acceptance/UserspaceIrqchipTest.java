package org.jvmm.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.jvmm.testkit.asm.Reg.AL;
import static org.jvmm.testkit.asm.Reg.EAX;
import static org.jvmm.testkit.asm.Reg.RBX;
import static org.jvmm.testkit.asm.Reg.RCX;

import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.core.accel.Accelerator;
import org.jvmm.core.accel.ExitReason;
import org.jvmm.core.accel.IrqchipMode;
import org.jvmm.core.accel.Vcpu;
import org.jvmm.core.accel.VcpuExit;
import org.jvmm.core.irq.VcpuPins;
import org.jvmm.core.run.Buses;
import org.jvmm.core.run.ExitDispatcher;
import org.jvmm.core.time.HostClock;
import org.jvmm.devices.ioapic.Ioapic;
import org.jvmm.devices.lapic.ApicBus;
import org.jvmm.devices.lapic.LapicWindow;
import org.jvmm.devices.lapic.LocalApicDevice;
import org.jvmm.devices.lapic.Tsc;
import org.jvmm.devices.pic.PicPair;
import org.jvmm.devices.pit.I8254;
import org.jvmm.testkit.TinyVm;
import org.jvmm.testkit.asm.Asm;
import org.jvmm.testkit.asm.Cond;
import org.jvmm.testkit.asm.Label;
import org.jvmm.testkit.asm.Mem;

/**
 * The interrupt controllers and timers in Java under each accelerator: guests that program them,
 * halt, and count what wakes them.
 */
@Timeout(120)
final class UserspaceIrqchipTest {
  private static final int DONE = 0xf4,
      HANDLER = 0x2000,
      COUNT = 0x3000,
      IDT = 0x4000,
      GDT = 0x5000;
  private static final int VECTOR = 0x20, TICKS = 5;

  /** A vCPU with all of the controllers, in virtual wire mode. */
  private static final class Pc implements VcpuPins, AutoCloseable {
    final TinyVm vm;
    private final HostClock clock = new HostClock();
    private final Buses buses = new Buses();
    private final Semaphore events = new Semaphore(0);
    private final LocalApicDevice[] apic = new LocalApicDevice[1];

    Pc(Accelerator accelerator) {
      vm = new TinyVm(accelerator, IrqchipMode.USER, 1);
      ApicBus bus = new ApicBus();
      PicPair pics = new PicPair(high -> apic[0].lint0().set(high));
      apic[0] = new LocalApicDevice(0, bus, this, pics, clock, new ClockTsc(clock));
      apic[0].virtualWire();
      vm.vcpu().connect(apic[0]);
      Ioapic ioapic = new Ioapic(bus, Ioapic.Routes.NONE);
      bus.onEndOfInterrupt(ioapic::endOfInterrupt);
      new LapicWindow(buses.mmio(), List.of(apic), () -> 0);
      buses.mmio().attach("ioapic", 0xfec0_0000L, Ioapic.WINDOW, 4, ioapic);
      I8254 pit =
          new I8254(
              clock,
              high -> {
                pics.line(0).set(high);
                ioapic.line(2).set(high);
              });
      buses.ports().attach("pic", 0x20, 2, 1, pics.primary());
      buses.ports().attach("pic", 0xa0, 2, 1, pics.secondary());
      buses.ports().attach("pit", 0x40, 4, 1, pit);
      clock.resume();
    }

    /** Runs until the guest writes to port DONE: the value. */
    int run() throws InterruptedException {
      Vcpu vcpu = vm.vcpu();
      while (true) {
        VcpuExit exit = vcpu.run();
        if (exit.reason() == ExitReason.IO_OUT && exit.port() == DONE) {
          return (int) exit.data(0) & 0xff;
        }
        switch (ExitDispatcher.dispatch(exit, buses)) {
          case RESUME, INTERRUPTED -> {}
          case HALTED -> {
            events.tryAcquire(1, TimeUnit.SECONDS);
            events.drainPermits();
          }
          default -> throw new AssertionError(exit.reason() + "\n" + vm.state());
        }
      }
    }

    @Override
    public void interruptPending() {
      vm.vcpu().interruptPending();
      events.release();
    }

    @Override
    public void nmi() {
      vm.vcpu().nmi();
    }

    @Override
    public void init() {
      vm.vcpu().init();
    }

    @Override
    public void startup(int vector) {
      vm.vcpu().startup(vector);
    }

    @Override
    public void close() {
      vm.close();
      clock.close();
    }
  }

  /** A TSC of 1 GHz. */
  private record ClockTsc(HostClock clock) implements Tsc {
    @Override
    public long value() {
      return clock.nanos();
    }

    @Override
    public long nanosFor(long increments) {
      return increments < 0 ? Long.MAX_VALUE : increments;
    }
  }

  private static Pc pc(String name) {
    return new Pc(RomGuest.accelerator(name));
  }

  @ParameterizedTest
  @ValueSource(strings = {"kvm", "soft"})
  void the8254WakesAHaltedGuestThroughThe8259s(String accelerator) throws InterruptedException {
    try (Pc pc = pc(accelerator)) {
      Asm a = Asm.bits(16);
      outs(a, 0x20, 0x11);
      outs(a, 0x21, VECTOR, 4, 1, 0xfe);
      outs(a, 0x43, 0x34);
      outs(a, 0x40, 11932 & 0xff, 11932 >> 8);
      a.sti();
      Label wait = a.here();
      a.hlt().cmp(Mem.at(COUNT).word(), TICKS).jcc(Cond.B, wait);
      a.mov(AL, Mem.at(COUNT)).out(DONE, AL);
      pc.vm.load(a);
      pc.vm.memory().write32(4L * VECTOR, HANDLER);
      Asm handler = Asm.bits(16).inc(Mem.at(COUNT).word());
      outs(handler, 0x20, 0x20);
      pc.vm.memory().copyIn(HANDLER, handler.iret().assemble());
      assertEquals(TICKS, pc.run());
    }
  }

  private static void outs(Asm a, int port, int... values) {
    for (int value : values) {
      a.mov(AL, value).out(port, AL);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"kvm", "soft"})
  void theLocalApicsTimerWakesAHaltedGuest(String accelerator) throws InterruptedException {
    try (Pc pc = pc(accelerator)) {
      Asm a = longMode();
      a.mov(Mem.at(RBX).disp(0x3e0).dword(), 0b1011);
      a.mov(Mem.at(RBX).disp(0x320).dword(), VECTOR | 1 << 17);
      a.mov(Mem.at(RBX).disp(0x380).dword(), 10_000_000);
      assertEquals(TICKS, countTicks(pc, a));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"kvm", "soft"})
  void the8254WakesAHaltedGuestThroughTheIoapic(String accelerator) throws InterruptedException {
    try (Pc pc = pc(accelerator)) {
      Asm a = longMode().mov(RCX, 0xfec0_0000L);
      a.mov(Mem.at(RCX).dword(), 0x10 + 2 * 2).mov(Mem.at(RCX).disp(0x10).dword(), VECTOR);
      outs(a, 0x43, 0x34);
      outs(a, 0x40, 11932 & 0xff, 11932 >> 8);
      assertEquals(TICKS, countTicks(pc, a));
    }
  }

  /** 64-bit code with its descriptor tables and RBX at the local APIC. */
  private static Asm longMode() {
    return Asm.bits(64)
        .lgdt(Mem.at(GDT + 0x100))
        .lidt(Mem.at(IDT - 0x10))
        .mov(RBX, LocalApicDevice.DEFAULT_BASE);
  }

  private static int countTicks(Pc pc, Asm a) throws InterruptedException {
    a.sti();
    Label wait = a.here();
    a.hlt().cmp(Mem.at(COUNT).dword(), TICKS).jcc(Cond.B, wait);
    a.mov(EAX, Mem.at(COUNT)).out(DONE, AL);
    pc.vm.loadLong(a);
    var memory = pc.vm.memory();
    memory.write64(GDT + 8, 0x00af_9b00_0000_ffffL);
    memory.write64(GDT + 16, 0x00cf_9300_0000_ffffL);
    memory.write16(GDT + 0x100, 0x17);
    memory.write64(GDT + 0x102, GDT);
    memory.write16(IDT - 0x10, 0xfff);
    memory.write64(IDT - 0x10 + 2, IDT);
    memory.write64(IDT + 16L * VECTOR, 8L << 16 | 0x8e00L << 32 | HANDLER);
    Asm handler = Asm.bits(64).inc(Mem.at(COUNT).dword());
    handler.mov(Mem.at(RBX).disp(0xb0).dword(), 0).iretq();
    memory.copyIn(HANDLER, handler.assemble());
    return pc.run();
  }
}
