package org.jvmm.pc;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;
import org.jvmm.core.accel.IoapicRoutes;
import org.jvmm.core.accel.IrqchipMode;
import org.jvmm.core.accel.Vcpu;
import org.jvmm.core.accel.VirtualMachine;
import org.jvmm.core.device.Resettable;
import org.jvmm.core.irq.FerrSource;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.core.irq.MsiTarget;
import org.jvmm.core.irq.SharedLine;
import org.jvmm.core.irq.TscSource;
import org.jvmm.core.run.Buses;
import org.jvmm.core.run.VcpuRunner;
import org.jvmm.core.run.VcpuThread;
import org.jvmm.core.time.VmClock;
import org.jvmm.devices.ferr.CoprocessorError;
import org.jvmm.devices.ioapic.Ioapic;
import org.jvmm.devices.lapic.ApicBus;
import org.jvmm.devices.lapic.LapicWindow;
import org.jvmm.devices.lapic.LocalApicDevice;
import org.jvmm.devices.lapic.Tsc;
import org.jvmm.devices.pic.PicPair;
import org.jvmm.devices.pit.I8254;
import org.jvmm.devices.pit.SystemControlB;
import org.jvmm.pc.boot.PcMemoryLayout;

/**
 * The interrupt controllers and the 8254, wherever they are: in the accelerator ({@code KERNEL}),
 * on the board ({@code USER}), or the local APICs there and the rest here ({@code SPLIT}).
 */
final class Interrupts implements IntConsumer, Resettable {
  /** IRQ 0 reaches the IOAPIC at pin 2, as the MADT says. */
  private static final int PIT_GSI = 2;

  private static final int ISA_IRQS = 16;

  private VirtualMachine vm;
  private PicPair pic;
  private Ioapic ioapic;
  private MsiTarget msi;
  private final List<LocalApicDevice> apics = new ArrayList<>();

  /** What is on the board, the controllers behind the sources of interrupts. */
  private final List<Resettable> chips = new ArrayList<>();

  private final Map<Integer, SharedLine> lines = new HashMap<>();

  /** Wires the controllers, when the machine has its vCPUs. */
  void wire(VirtualMachine newVm, List<VcpuRunner> vcpus, Buses buses, VmClock clock) {
    vm = newVm;
    msi = vm.irqchip() == IrqchipMode.USER ? null : vm.msi();
    if (vm.irqchip() == IrqchipMode.KERNEL) {
      return;
    }
    if (vm.irqchip() == IrqchipMode.SPLIT) {
      VcpuRunner boot = vcpus.get(0);
      pic = new PicPair(level -> wake(boot, level));
      boot.vcpu().connect(pic);
      ioapic = new Ioapic(vm.msi(), routes());
    } else {
      wireLocalApics(vcpus, buses, clock);
    }
    buses.ports().attach("pic", IsaPort.PIC_MASTER, 2, 1, pic.primary());
    buses.ports().attach("pic", IsaPort.PIC_SLAVE, 2, 1, pic.secondary());
    buses.ports().attach("pic", IsaPort.ELCR, 2, 1, pic.elcr());
    buses.mmio().attach("ioapic", PcMemoryLayout.IO_APIC, Ioapic.WINDOW, 4, ioapic);
    wirePit(buses, clock);
    if (vcpus.get(0).vcpu() instanceof FerrSource cpu) {
      CoprocessorError error = new CoprocessorError(gsi(IsaIrq.FPU));
      cpu.connectFerr(error::ferr);
      buses.ports().attach("fpu-error", IsaPort.FPU_ERROR, CoprocessorError.PORTS, 1, error);
      chips.add(error);
    }
    chips.addAll(List.of(pic, ioapic));
    chips.addAll(apics);
  }

  private void wirePit(Buses buses, VmClock clock) {
    I8254 pit = new I8254(clock, gsi(IsaIrq.PIT));
    SystemControlB control = new SystemControlB(pit, clock);
    buses.ports().attach("pit", IsaPort.PIT, 4, 1, pit);
    buses.ports().attach("port61", IsaPort.SYSTEM_CONTROL_B, 1, 1, control);
    chips.addAll(List.of(pit, control));
  }

  @Override
  public void reset() {
    chips.forEach(Resettable::reset);
    startVirtualWire();
  }

  private void startVirtualWire() {
    if (!apics.isEmpty()) {
      apics.get(0).virtualWire();
    }
  }

  /** KVM intercepts the EOIs of level-triggered vectors only when it knows where the pins lead. */
  private Ioapic.Routes routes() {
    return vm.capability(IoapicRoutes.class).map(Interrupts::routesOf).orElse(Ioapic.Routes.NONE);
  }

  private static Ioapic.Routes routesOf(IoapicRoutes accelerator) {
    return (pin, masked, address, data) -> accelerator.route(pin, address, masked ? 0 : data);
  }

  private static void wake(VcpuRunner vcpu, boolean level) {
    if (level) {
      vcpu.interruptPending();
    }
  }

  private void wireLocalApics(List<VcpuRunner> vcpus, Buses buses, VmClock clock) {
    ApicBus bus = new ApicBus();
    msi = bus;
    pic = new PicPair(level -> apics.get(0).lint0().set(level));
    for (VcpuRunner vcpu : vcpus) {
      LocalApicDevice apic =
          new LocalApicDevice(vcpu.vcpu().id(), bus, vcpu, pic, clock, tsc(vcpu.vcpu(), clock));
      vcpu.vcpu().connect(apic);
      apics.add(apic);
    }
    startVirtualWire();
    ioapic = new Ioapic(bus, Ioapic.Routes.NONE);
    bus.onEndOfInterrupt(ioapic::endOfInterrupt);
    new LapicWindow(buses.mmio(), apics, VcpuThread::current);
  }

  /** A vCPU's time-stamp counter; of one that does not tell, VM time. */
  private static Tsc tsc(Vcpu vcpu, VmClock clock) {
    LongSupplier counter = vcpu instanceof TscSource source ? source::tsc : clock::nanos;
    return new Tsc() {
      @Override
      public long value() {
        return counter.getAsLong();
      }

      @Override
      public long nanosFor(long increments) {
        return increments < 0 ? Long.MAX_VALUE : increments;
      }
    };
  }

  /** Where messages go. */
  MsiTarget msi() {
    return msi;
  }

  /**
   * A new source of an interrupt input of the PC; the input is high while one of its sources is.
   *
   * @param irq 0-15: an ISA interrupt, which reaches the 8259 pair and the IOAPIC; 16-23: the
   *     IOAPIC alone
   */
  IrqLine gsi(int irq) {
    return lines.computeIfAbsent(irq, number -> new SharedLine(input(number))).source();
  }

  private IrqLine input(int irq) {
    if (vm.irqchip() == IrqchipMode.KERNEL) {
      return vm.irqLine(irq);
    }
    IrqLine apicPin = ioapic.line(irq == IsaIrq.PIT ? PIT_GSI : irq);
    if (irq >= ISA_IRQS) {
      return apicPin;
    }
    IrqLine picPin = pic.line(irq);
    return level -> {
      picPin.set(level);
      apicPin.set(level);
    };
  }

  /** End of interrupt from the accelerator's local APICs. */
  @Override
  public void accept(int vector) {
    ioapic.endOfInterrupt(vector);
  }
}
