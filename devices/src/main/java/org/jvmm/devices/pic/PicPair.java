package org.jvmm.devices.pic;

import org.jvmm.core.bus.PortDevice;
import org.jvmm.core.device.Resettable;
import org.jvmm.core.device.SnapshotException;
import org.jvmm.core.device.Snapshotable;
import org.jvmm.core.irq.InterruptSource;
import org.jvmm.core.irq.IrqLine;

/**
 * The PC's two 8259As: IRQ 0-7 on the primary, 8-15 on the secondary, whose INT is the primary's
 * input 2.
 *
 * <p>Any thread may drive a line. One monitor, this object's, guards both chips; it is held while
 * INTR is driven, so what hangs on INTR must not wait for a thread that drives a line.
 */
public final class PicPair implements InterruptSource, Resettable, Snapshotable<PicPair.State> {
  /** The primary's input to which the secondary's INT leads. */
  private static final int CASCADE = 2;

  // Configuration: IRQ 0, 1, 2, 8 and 13 are edges on every PC (82371SB section 2.5.4).
  private final I8259 primary = new I8259(1 << CASCADE, 0xf8);
  private final I8259 secondary = new I8259(0, 0xde);

  // Glue
  private final IrqLine intr;
  private final PortDevice primaryPorts = new ChipPorts(primary);
  private final PortDevice secondaryPorts = new ChipPorts(secondary);
  private final PortDevice elcrPorts = new ElcrPorts();

  /** The level of INTR: written under the monitor, read by vCPUs without it. */
  private volatile boolean pending;

  /**
   * A pair that awaits its ICWs.
   *
   * @param intr where INTR leads; driven under this object's monitor, when it changes
   */
  public PicPair(IrqLine intr) {
    this.intr = intr;
  }

  /** Two ports, 0x20 on a PC; byte wide. */
  public PortDevice primary() {
    return primaryPorts;
  }

  /** Two ports, 0xa0 on a PC; byte wide. */
  public PortDevice secondary() {
    return secondaryPorts;
  }

  /** The edge/level control registers: two ports, 0x4d0 on a PC; byte wide. */
  public PortDevice elcr() {
    return elcrPorts;
  }

  /**
   * An input.
   *
   * @param irq 0-15; 2 is the cascade's and leads nowhere
   */
  public IrqLine line(int irq) {
    if (irq < 0 || irq > 15) {
      throw new IllegalArgumentException("irq=" + irq);
    }
    if (irq == CASCADE) {
      return IrqLine.UNCONNECTED;
    }
    I8259 chip = irq < 8 ? primary : secondary;
    return high -> input(chip, irq & 7, high);
  }

  private synchronized void input(I8259 chip, int ir, boolean high) {
    chip.input(ir, high);
    update();
  }

  @Override
  public boolean pending() {
    return pending;
  }

  /** {@inheritDoc} Never -1: a request that went away is answered with IRQ 7 or 15, spuriously. */
  @Override
  public synchronized int acknowledge() {
    int ir = primary.acknowledge();
    int vector = ir == CASCADE ? secondary.vector(secondary.acknowledge()) : primary.vector(ir);
    update();
    return vector;
  }

  @Override
  public synchronized void reset() {
    primary.reset();
    secondary.reset();
    update();
  }

  private void update() {
    primary.input(CASCADE, secondary.request() != I8259.NONE);
    boolean level = primary.request() != I8259.NONE;
    if (level != pending) {
      pending = level;
      intr.set(level);
    }
  }

  /** The pair's state. */
  public record State(int version, I8259.State primary, I8259.State secondary) {}

  @Override
  public synchronized State save() {
    return new State(1, primary.save(), secondary.save());
  }

  @Override
  public synchronized void restore(State state) {
    if (state.version() != 1) {
      throw new SnapshotException("8259 pair: version " + state.version());
    }
    primary.restore(state.primary());
    secondary.restore(state.secondary());
    update();
    intr.set(pending);
  }

  /** A0 is the offset's bit 0. */
  private final class ChipPorts implements PortDevice {
    private final I8259 chip;

    ChipPorts(I8259 chip) {
      this.chip = chip;
    }

    @Override
    public int read(int offset, int size) {
      synchronized (PicPair.this) {
        int value = chip.read(offset & 1);
        update(); // a poll takes a request into service
        return value;
      }
    }

    @Override
    public void write(int offset, int size, int value) {
      synchronized (PicPair.this) {
        chip.write(offset & 1, value);
        update();
      }
    }
  }

  private final class ElcrPorts implements PortDevice {
    @Override
    public int read(int offset, int size) {
      synchronized (PicPair.this) {
        return chip(offset).elcr();
      }
    }

    @Override
    public void write(int offset, int size, int value) {
      synchronized (PicPair.this) {
        chip(offset).writeElcr(value);
        update();
      }
    }

    private I8259 chip(int offset) {
      return offset == 0 ? primary : secondary;
    }
  }
}
