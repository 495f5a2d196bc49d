package org.jvmm.pc.acpi;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.function.IntBinaryOperator;

/**
 * How PCI interrupts are routed, for the DSDT: link devices PNP0C0F over the ISA bridge's route
 * control registers (ACPI 6.5 section 6.2.13), so that the guest may route them anew, and the root
 * bridge's _PRT.
 */
public final class PciInterruptLinks {
  private static final int SLOTS = 32, PINS = 4;

  /** Route control: the routing is off; else the interrupt in the low bits. */
  private static final int DISABLED = 0x80, IRQ = 0x0F;

  /** _STA: present, decoding, functioning; without decoding where the routing is off. */
  private static final int ENABLED_STATUS = 0x0B, DISABLED_STATUS = 0x09;

  private final int bridgeSlot;
  private final int routeControl;
  private final int[] irqs;
  private final IntBinaryOperator wires;

  /**
   * Links A to D.
   *
   * @param bridgeSlot slot of the ISA bridge, whose function 0 has the registers
   * @param routeControl offset of the first of them
   * @param irqs the possible interrupts
   * @param wires wire 0 to 3 by slot and pin (1 to 4)
   */
  public PciInterruptLinks(
      int bridgeSlot, int routeControl, Collection<Integer> irqs, IntBinaryOperator wires) {
    this.bridgeSlot = bridgeSlot;
    this.routeControl = routeControl;
    this.irqs = new int[irqs.size()];
    int count = 0;
    for (int irq : irqs) {
      this.irqs[count++] = irq;
    }
    Arrays.sort(this.irqs);
    this.wires = wires;
  }

  private static String link(int wire) {
    return "LNK" + (char) ('A' + wire);
  }

  private static String register(int wire) {
    return "PRQ" + (char) ('A' + wire);
  }

  /** The ISA bridge with its registers, inside the root bridge. */
  public byte[] router() {
    List<String> registers = new ArrayList<>();
    for (int wire = 0; wire < PINS; wire++) {
      registers.add(register(wire));
    }
    return Aml.device(
        "ISA",
        Aml.name("_ADR", Aml.integer((long) bridgeSlot << 16)),
        Aml.pciConfigRegion("PIRQ", routeControl, PINS),
        Aml.byteFields("PIRQ", registers));
  }

  /** _PRT, inside the root bridge (section 6.2.13). */
  public byte[] table() {
    byte[][] links = new byte[PINS][];
    for (int wire = 0; wire < PINS; wire++) {
      links[wire] = Aml.nameString(link(wire));
    }
    List<byte[]> rows = new ArrayList<>();
    for (int slot = 0; slot < SLOTS; slot++) {
      for (int pin = 0; pin < PINS; pin++) {
        rows.add(
            Aml.pack(
                Aml.integer((long) slot << 16 | 0xFFFF),
                Aml.integer(pin),
                links[wires.applyAsInt(slot, pin + 1)],
                Aml.integer(0)));
      }
    }
    return Aml.name("_PRT", Aml.pack(rows.toArray(new byte[0][])));
  }

  /** The link devices, for \_SB. */
  public byte[] links() {
    byte[][] devices = new byte[PINS][];
    for (int wire = 0; wire < PINS; wire++) {
      devices[wire] = device(wire);
    }
    return Aml.terms(devices);
  }

  private byte[] device(int wire) {
    byte[] register = Aml.nameString("\\_SB.PCI0.ISA." + register(wire));
    byte[] current = Aml.nameString("CRSB");
    byte[] currentIrq = Aml.nameString("IRQN");
    return Aml.device(
        link(wire),
        Aml.name("_HID", Aml.eisaId("PNP0C0F")),
        Aml.name("_UID", Aml.integer(wire)),
        Aml.name("_PRS", Aml.resources(AmlResource.levelInterrupt(irqs))),
        Aml.name("CRSB", Aml.resources(AmlResource.levelInterrupt(0))),
        Aml.method(
            "_STA",
            0,
            Aml.when(
                Aml.and(register, Aml.integer(DISABLED)),
                Aml.returns(Aml.integer(DISABLED_STATUS))),
            Aml.returns(Aml.integer(ENABLED_STATUS))),
        Aml.method("_DIS", 0, Aml.store(Aml.integer(DISABLED), register)),
        Aml.serializedMethod(
            "_CRS",
            0,
            Aml.doubleWordField(current, AmlResource.INTERRUPT_NUMBER, "IRQN"),
            Aml.store(Aml.and(register, Aml.integer(IRQ)), currentIrq),
            Aml.returns(current)),
        Aml.serializedMethod(
            "_SRS",
            1,
            Aml.doubleWordField(Aml.argument(0), AmlResource.INTERRUPT_NUMBER, "IRQN"),
            Aml.store(currentIrq, register)));
  }
}
