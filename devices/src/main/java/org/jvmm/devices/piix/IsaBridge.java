package org.jvmm.devices.piix;

import java.util.function.IntFunction;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.core.irq.SharedLine;
import org.jvmm.devices.pci.PciBus;
import org.jvmm.devices.pci.PciConfig.Status;
import org.jvmm.devices.pci.PciFunction;
import org.jvmm.devices.pci.PciSpec;

/**
 * 82371SB function 0: the ISA bridge, of which the interrupt routing has an effect. It is made
 * before its bus, to which it gives the wires.
 */
public final class IsaBridge {
  /** PIRQ route control of PIRQA#, the others follow; for those who stand in for firmware. */
  public static final int PIRQRC = 0x60;

  /** Number of wires. */
  public static final int PIRQS = PirqRouter.PIRQS;

  private static final int VENDOR = 0x8086, DEVICE = 0x7000;

  /** PCI to ISA bridge. */
  private static final int CLASS = 0x060100;

  /** I/O space, memory space and bus master are always on. */
  private static final int COMMAND = 7;

  /** Registers of section 2.2, in its names. */
  private static final int IORT = 0x4C, XBCS = 0x4E, TOM = 0x69, MSTAT = 0x6A, MBIRQ0 = 0x70;

  private static final int MBDMA0 = 0x76, MBDMA1 = 0x77, PCSC = 0x78, APICBASE = 0x80, DLC = 0x82;
  private static final int SMICNTL = 0xA0, SMIEN = 0xA2, SEE = 0xA4, FTMR = 0xA8, SMIREQ = 0xAA;
  private static final int CTLTMR = 0xAC, CTHTMR = 0xAE;

  // Glue
  private final PirqRouter router;
  private final SharedLine[] wires = new SharedLine[PIRQS];
  private PciFunction pci;

  /**
   * A bridge without a bus.
   *
   * @param isaLines a new source of an ISA interrupt's line, by its number 0 to 15
   */
  public IsaBridge(IntFunction<IrqLine> isaLines) {
    router = new PirqRouter(isaLines);
    for (int i = 0; i < PIRQS; i++) {
      int pirq = i;
      wires[i] = new SharedLine(level -> router.set(pirq, level));
    }
  }

  /**
   * A new source of a wire.
   *
   * @param pirq 0 to 3 for PIRQA# to PIRQD#
   */
  public IrqLine pirq(int pirq) {
    return wires[pirq].source();
  }

  /**
   * Plugs the bridge in, as function 0 of its slot.
   *
   * @return its state; the wires' levels are the functions' to drive again
   */
  public PciFunction plug(PciBus bus, int slot) {
    PciSpec spec =
        new PciSpec("piix3", VENDOR, DEVICE)
            .classCode(CLASS)
            .command(COMMAND, 1 << 3 | 1 << 8)
            .status(Status.MEDIUM_DEVSEL)
            .register(IORT, 1, 0x4D, 0x7F)
            .register(XBCS, 2, 0x0003, 0x01FF)
            .register(TOM, 1, 0x02, 0xFE)
            .register(MSTAT, 2, 0, 0x8081)
            .register(MBIRQ0, 1, 0x80, 0xEF)
            .register(MBDMA0, 1, 0x0C, 0x8F)
            .register(MBDMA1, 1, 0x0C, 0x8F)
            .register(PCSC, 2, 0x0002, 0xFFFF)
            .register(APICBASE, 1, 0, 0x7F)
            .register(DLC, 1, 0, 0x0F)
            .register(SMICNTL, 1, 0x08, 0x1F)
            .register(SMIEN, 2, 0, 0x01FF)
            .register(SEE, 4, 0, 0xFFFF_FFFF)
            .register(FTMR, 1, 0x0F, 0xFF)
            .clearedByOnes(SMIREQ, 2, 0x01FF)
            .register(CTLTMR, 1, 0, 0xFF)
            .register(CTHTMR, 1, 0, 0xFF)
            .onChange(this::route);
    for (int pirq = 0; pirq < PIRQS; pirq++) {
      spec.register(PIRQRC + pirq, 1, PirqRouter.DISABLED, PirqRouter.DISABLED | PirqRouter.IRQ);
    }
    pci = bus.add(slot, 0, spec);
    return pci;
  }

  private void route() {
    for (int pirq = 0; pirq < PIRQS; pirq++) {
      router.route(pirq, pci.config(PIRQRC + pirq, 1));
    }
  }
}
