package org.jvmm.devices.pci;

import java.util.SortedMap;
import java.util.TreeMap;
import org.jvmm.core.device.Resettable;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.core.irq.MsiTarget;

/** Bus 0: up to 32 slots of 8 functions. Wired before the guest runs. */
public final class PciBus implements Resettable {
  /** Slots of a bus, and functions of a slot. */
  public static final int SLOTS = 32, FUNCTIONS = 8;

  /** How the board connects the slots' interrupt pins. */
  @FunctionalInterface
  public interface IntxRouting {
    /**
     * A new source of the wire at a slot's pin.
     *
     * @param slot 0 to 31
     * @param pin 1 to 4 for INTA# to INTD#
     */
    IrqLine line(int slot, int pin);
  }

  private final MovableWindows windows;
  private final IntxRouting routing;
  private final MsiTarget msi;
  private final PciFunction[] functions = new PciFunction[SLOTS * FUNCTIONS];

  /** An empty bus. */
  public PciBus(MovableWindows windows, IntxRouting routing, MsiTarget msi) {
    this.windows = windows;
    this.routing = routing;
    this.msi = msi;
  }

  /**
   * Plugs a function in. A slot whose function 0 is not the only one says so in its header type.
   *
   * @param slot 0 to 31
   * @param function 0 to 7; the guest finds the others only if there is function 0
   * @throws IllegalArgumentException if the place is taken
   */
  public PciFunction add(int slot, int function, PciSpec spec) {
    int at = slot * FUNCTIONS + function;
    if (functions[at] != null) {
      throw new IllegalArgumentException(
          "%s: PCI %d.%d is taken by %s"
              .formatted(spec.name, slot, function, functions[at].name()));
    }
    int pin = spec.initial[PciConfig.INTERRUPT_PIN];
    IrqLine wire = pin == 0 ? IrqLine.UNCONNECTED : routing.line(slot, pin);
    functions[at] = new PciFunction(spec, windows, wire, msi);
    PciFunction first = functions[slot * FUNCTIONS];
    if (first != null && hasFurther(slot)) {
      first.becomeMultiFunction();
    }
    return functions[at];
  }

  private boolean hasFurther(int slot) {
    for (int function = 1; function < FUNCTIONS; function++) {
      if (functions[slot * FUNCTIONS + function] != null) {
        return true;
      }
    }
    return false;
  }

  /**
   * The first slot with nothing in it.
   *
   * @throws IllegalStateException if all are taken
   */
  public int freeSlot() {
    for (int slot = 0; slot < SLOTS; slot++) {
      if (functions[slot * FUNCTIONS] == null && !hasFurther(slot)) {
        return slot;
      }
    }
    throw new IllegalStateException("all %d PCI slots are taken".formatted(SLOTS));
  }

  /** What is plugged in, by slot in bits 7:3 and function in bits 2:0. */
  public SortedMap<Integer, PciFunction> functions() {
    SortedMap<Integer, PciFunction> present = new TreeMap<>();
    for (int devfn = 0; devfn < functions.length; devfn++) {
      if (functions[devfn] != null) {
        present.put(devfn, functions[devfn]);
      }
    }
    return present;
  }

  /** Windows for what chips on this bus decode beside their base address registers. */
  public MovableWindows windows() {
    return windows;
  }

  /**
   * Reads a configuration space.
   *
   * @param devfn slot in bits 7:3, function in bits 2:0
   * @param size 1, 2 or 4
   * @return all ones where no function is
   */
  public int read(int devfn, int offset, int size) {
    PciFunction function = functions[devfn & 0xFF];
    return function == null ? -1 : function.read(offset, size);
  }

  /** Writes a configuration space; where no function is, the write is lost. */
  public void write(int devfn, int offset, int size, int value) {
    PciFunction function = functions[devfn & 0xFF];
    if (function != null) {
      function.write(offset, size, value);
    }
  }

  /** The RST# signal: every function, with its device. */
  @Override
  public void reset() {
    for (PciFunction function : functions) {
      if (function != null) {
        function.reset();
      }
    }
  }
}
