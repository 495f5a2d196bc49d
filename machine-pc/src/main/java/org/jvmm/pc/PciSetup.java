package org.jvmm.pc;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntBinaryOperator;
import org.jvmm.devices.pci.PciBus;
import org.jvmm.devices.pci.PciConfig;
import org.jvmm.devices.pci.PciConfig.Command;

/**
 * Gives every function on a bus its addresses and its interrupt line, as firmware does: sizes the
 * base address registers, packs the largest first, and turns decoding on. Bare kernels rely on
 * that; Linux keeps what it finds.
 */
final class PciSetup {
  /** Ports from here on are free for PCI, up to the end of the port space. */
  private static final long PORTS = 0xC000, PORTS_END = 0x1_0000;

  /** End of the window below 4 GiB: the interrupt controllers' addresses. */
  private static final long MEMORY_END = 0xFEC0_0000L;

  /** End of the window above 4 GiB: 40 physical address bits. */
  private static final long HIGH_END = 1L << 40;

  private static final long BAR_MASK = -16, IO_MASK = -4;

  private final PciBus bus;
  private final List<Bar> bars = new ArrayList<>();

  /** Next free address of each kind. */
  private long ports = PORTS;

  private long memory;
  private long high;

  /** A base address register that wants a place. */
  private record Bar(int devfn, int offset, long size, boolean io, boolean wide) {}

  /**
   * Set-up of a bus.
   *
   * @param hole first address below 4 GiB that is free for it
   * @param highRamEnd first address above 4 GiB
   */
  PciSetup(PciBus bus, long hole, long highRamEnd) {
    this.bus = bus;
    memory = hole;
    high = highRamEnd;
  }

  /**
   * Assigns everything.
   *
   * @param irqs interrupt by slot and pin (1 to 4)
   */
  void assign(IntBinaryOperator irqs) {
    for (int devfn = 0; devfn < PciBus.SLOTS * PciBus.FUNCTIONS; devfn++) {
      if ((bus.read(devfn, PciConfig.VENDOR_ID, 2) & 0xFFFF) != 0xFFFF) {
        findBars(devfn);
        int pin = bus.read(devfn, PciConfig.INTERRUPT_PIN, 1);
        if (pin != 0) {
          int slot = devfn / PciBus.FUNCTIONS;
          bus.write(devfn, PciConfig.INTERRUPT_LINE, 1, irqs.applyAsInt(slot, pin));
        }
      }
    }
    bars.sort((a, b) -> Long.compare(b.size, a.size));
    for (Bar bar : bars) {
      place(bar);
    }
  }

  private void findBars(int devfn) {
    for (int i = 0; i < PciConfig.BARS; i++) {
      int offset = PciConfig.bar(i);
      bus.write(devfn, offset, 4, -1);
      int mask = bus.read(devfn, offset, 4);
      bus.write(devfn, offset, 4, 0);
      boolean io = (mask & PciConfig.BAR_IO) != 0;
      boolean wide = !io && (mask & PciConfig.BAR_64_BIT) != 0;
      long size = -(mask & (io ? IO_MASK : BAR_MASK));
      if (wide) {
        i++;
        bus.write(devfn, offset + 4, 4, -1);
        long upper = bus.read(devfn, offset + 4, 4);
        bus.write(devfn, offset + 4, 4, 0);
        size = -(upper << 32 | mask & BAR_MASK & 0xFFFF_FFFFL);
      }
      if (mask != 0) {
        bars.add(new Bar(devfn, offset, size, io, wide));
      }
    }
  }

  private void place(Bar bar) {
    long mask = bar.size - 1;
    if (bar.io) {
      ports = place(bar, ports + mask & ~mask, PORTS_END, ports);
    } else if (!bar.wide || bar.size <= MEMORY_END - (memory + mask & ~mask)) {
      memory = place(bar, memory + mask & ~mask, MEMORY_END, memory);
    } else {
      high = place(bar, high + mask & ~mask, HIGH_END, high);
    }
  }

  /** Places one where it fits; what does not fit stays nowhere, as with any firmware. */
  private long place(Bar bar, long base, long limit, long next) {
    if (base < 0 || bar.size > limit - base) {
      return next;
    }
    bus.write(bar.devfn, bar.offset, 4, (int) base);
    if (bar.wide) {
      bus.write(bar.devfn, bar.offset + 4, 4, (int) (base >> 32));
    }
    int command = bus.read(bar.devfn, PciConfig.COMMAND, 2);
    bus.write(bar.devfn, PciConfig.COMMAND, 2, command | (bar.io ? Command.IO : Command.MEMORY));
    return base + bar.size;
  }
}
