package org.jvmm.devices.piix;

import java.util.function.IntFunction;
import org.jvmm.core.irq.IrqLine;

/**
 * PIRQ route control (82371SB section 2.2.9): leads each of PIRQA# to PIRQD# to an ISA interrupt.
 * The functions on one wire, and the wires on one interrupt, are wired OR.
 */
final class PirqRouter {
  /** Wires. */
  static final int PIRQS = 4;

  /** PIRQRC: routing is off, as after reset; and the interrupt in bits 3:0. */
  static final int DISABLED = 0x80, IRQ = 0x0F;

  /** Interrupts that are no choices: 0, 1, 2, 8 and 13 are reserved. */
  private static final int RESERVED = 1 | 1 << 1 | 1 << 2 | 1 << 8 | 1 << 13;

  private final IrqLine[][] isa = new IrqLine[PIRQS][IRQ + 1];
  private final int[] route = new int[PIRQS];
  private final boolean[] level = new boolean[PIRQS];

  /** Routing to lines that may be shared: each wire takes a source of each. */
  PirqRouter(IntFunction<IrqLine> isaLines) {
    for (int pirq = 0; pirq < PIRQS; pirq++) {
      route[pirq] = DISABLED;
      for (int irq = 0; irq <= IRQ; irq++) {
        boolean reserved = (RESERVED >> irq & 1) != 0;
        isa[pirq][irq] = reserved ? IrqLine.UNCONNECTED : isaLines.apply(irq);
      }
    }
  }

  /** PIRQRC has been set. */
  synchronized void route(int pirq, int pirqrc) {
    if (route[pirq] != pirqrc) {
      output(pirq, false);
      route[pirq] = pirqrc;
      output(pirq, level[pirq]);
    }
  }

  /** The wire changes. */
  synchronized void set(int pirq, boolean asserted) {
    level[pirq] = asserted;
    output(pirq, asserted);
  }

  private void output(int pirq, boolean asserted) {
    if ((route[pirq] & DISABLED) == 0) {
      isa[pirq][route[pirq] & IRQ].set(asserted);
    }
  }
}
