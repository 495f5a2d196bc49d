package org.jvmm.core.irq;

/**
 * Several sources on one wire: the wire is high while any of them is (wired OR, as PCI interrupts
 * share a GSI).
 */
public final class SharedLine {
  private final IrqLine wire;
  private int asserted;

  public SharedLine(IrqLine wire) {
    this.wire = wire;
  }

  /** A new source of this wire, initially low. */
  public IrqLine source() {
    return new Source();
  }

  private synchronized void change(boolean high) {
    asserted += high ? 1 : -1;
    if (asserted == (high ? 1 : 0)) {
      wire.set(high);
    }
  }

  private final class Source implements IrqLine {
    private boolean level;

    @Override
    public synchronized void set(boolean high) {
      if (level != high) {
        level = high;
        change(high);
      }
    }
  }
}
