package org.jvmm.devices.pci;

import java.util.ArrayList;
import java.util.List;
import org.jvmm.core.device.Resettable;
import org.jvmm.core.device.Snapshotable;
import org.jvmm.core.device.StateCheck;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.core.irq.MsiTarget;
import org.jvmm.devices.pci.PciConfig.Command;
import org.jvmm.devices.pci.PciConfig.Status;

/**
 * One function on a bus: its configuration space, and what that decides - where its windows are,
 * whether it may interrupt and be bus master. A device has one and is told of writes to it by its
 * {@link PciSpec.ConfigListener}.
 *
 * <p>A bus master reads and writes {@link org.jvmm.core.mem.GuestMemory} while {@link
 * #busMaster()}.
 */
public final class PciFunction implements Resettable, Snapshotable<PciFunction.State> {
  private static final int VERSION = 1;

  /** A base address register and the window that it places. */
  private record Decoder(PciSpec.Bar bar, MovableWindows.Window window) {}

  /**
   * A base address register as the guest has set it.
   *
   * @param number 0 to 5, or 6 for the expansion ROM
   * @param base the first address, or -1 while nothing is decoded
   * @param size bytes, or ports
   */
  public record BaseAddress(
      int number, boolean io, boolean wide, boolean prefetchable, long base, long size) {
    /** Number of the expansion ROM's. */
    public static final int ROM = 6;
  }

  // Configuration
  private final PciSpec spec;

  // Glue
  private final List<Decoder> decoders = new ArrayList<>();
  private final Msi msi;
  private final IrqLine pin;

  // Volatile state
  private final PciRegisters registers;
  private boolean interrupt;

  /**
   * The volatile state.
   *
   * @param registers the bytes of the configuration space
   * @param interrupt whether the device asserts its interrupt
   */
  public record State(int version, List<Integer> registers, boolean interrupt) {
    public State {
      registers = List.copyOf(registers);
    }
  }

  PciFunction(PciSpec spec, MovableWindows windows, IrqLine pin, MsiTarget msiTarget) {
    this.spec = spec;
    this.pin = pin;
    registers = new PciRegisters(spec);
    msi = spec.msi == 0 ? null : new Msi(registers, spec.msi, msiTarget);
    for (PciSpec.Bar bar : spec.bars) {
      decoders.add(new Decoder(bar, bar.window().apply(windows)));
    }
    update();
  }

  synchronized void becomeMultiFunction() {
    spec.initial[PciConfig.HEADER_TYPE] |= PciConfig.MULTI_FUNCTION;
    registers.set(PciConfig.HEADER_TYPE, 1, spec.initial[PciConfig.HEADER_TYPE]);
  }

  /** Its name, for reports. */
  public String name() {
    return spec.name;
  }

  /** The configuration space, and the device behind it. */
  @Override
  public void reset() {
    synchronized (this) {
      registers.reset();
      interrupt = false;
      update();
    }
    spec.deriver.run();
    spec.device.reset();
  }

  // The device's side

  /** The device's interrupt, as a level; it reaches the pin unless the guest disabled that. */
  public IrqLine intx() {
    return this::setInterrupt;
  }

  private synchronized void setInterrupt(boolean high) {
    if (interrupt != high) {
      interrupt = high;
      drivePin();
    }
  }

  /** Whether interrupts go as messages instead of by the pin. */
  public synchronized boolean msiEnabled() {
    return msi != null && msi.enabled();
  }

  /**
   * Sends a message; one that is masked is sent when it is unmasked, and none without MSI enabled.
   *
   * @param vector 0 up to the number of vectors - 1
   */
  public synchronized void msi(int vector) {
    if (msi != null) {
      msi.send(vector);
    }
  }

  /** Whether the device may access memory: command register, bus master. */
  public boolean busMaster() {
    return (config(PciConfig.COMMAND, 2) & Command.BUS_MASTER) != 0;
  }

  /** A register as the device sees it; the same as {@link #read}. */
  public int config(int offset, int size) {
    return read(offset, size);
  }

  /** Sets a register, whether or not the guest can write it: status bits, straps. */
  public synchronized void setConfig(int offset, int size, int value) {
    registers.set(offset, size, value);
    update();
  }

  // The guest's side

  /**
   * Reads configuration space.
   *
   * @param size 1, 2 or 4
   */
  public synchronized int read(int offset, int size) {
    return registers.get(offset, size);
  }

  /**
   * Writes configuration space.
   *
   * @param size 1, 2 or 4
   */
  public void write(int offset, int size, int value) {
    synchronized (this) {
      registers.write(offset, size, value);
      update();
      if (msi != null) {
        msi.unmask();
      }
    }
    spec.listener.configWritten(offset, size);
    spec.deriver.run();
  }

  private void update() {
    for (Decoder decoder : decoders) {
      long base = base(decoder.bar);
      if (base == 0) {
        decoder.window.remove();
      } else {
        decoder.window.place(base);
      }
    }
    drivePin();
  }

  /**
   * Where a register places its window; 0 for nowhere. Nothing is decoded at 0, nor up to the end
   * of the address space, where a register points to while its size is probed.
   */
  private long base(PciSpec.Bar bar) {
    int enable = bar.io() ? Command.IO : Command.MEMORY;
    if ((registers.get(PciConfig.COMMAND, 2) & enable) == 0) {
      return 0;
    }
    long low = registers.get(bar.offset(), 4) & 0xFFFF_FFFFL;
    if (bar.offset() == PciConfig.EXPANSION_ROM && (low & PciConfig.ROM_ENABLE) == 0) {
      return 0;
    }
    long high = bar.wide() ? (long) registers.get(bar.offset() + 4, 4) << 32 : 0;
    long base = (high | low) & -bar.size();
    long limit = bar.wide() ? Long.MAX_VALUE : bar.io() ? 0xFFFF : 0xFFFF_FFFEL;
    return base < 0 || base > limit - bar.size() + 1 ? 0 : base;
  }

  /** The base address registers that are there, for reports. */
  public synchronized List<BaseAddress> baseAddresses() {
    return spec.bars.stream().map(this::baseAddress).toList();
  }

  private BaseAddress baseAddress(PciSpec.Bar bar) {
    boolean rom = bar.offset() == PciConfig.EXPANSION_ROM;
    int number = rom ? BaseAddress.ROM : (bar.offset() - PciConfig.BAR0) / 4;
    boolean prefetchable = !bar.io() && (bar.typeBits() & PciConfig.BAR_PREFETCHABLE) != 0;
    long base = base(bar);
    return new BaseAddress(
        number, bar.io(), bar.wide(), prefetchable, base == 0 ? -1 : base, bar.size());
  }

  private void drivePin() {
    int status = registers.get(PciConfig.STATUS, 2) & ~Status.INTERRUPT;
    registers.set(PciConfig.STATUS, 2, status | (interrupt ? Status.INTERRUPT : 0));
    int command = registers.get(PciConfig.COMMAND, 2);
    pin.set(interrupt && (command & Command.INTERRUPT_DISABLE) == 0);
  }

  // Snapshot

  @Override
  public synchronized State save() {
    return new State(VERSION, registers.save(), interrupt);
  }

  /** {@inheritDoc} A device with state beside its registers restores that itself. */
  @Override
  public void restore(State state) {
    StateCheck check = new StateCheck(spec.name);
    check.version(VERSION, state.version);
    check.that(state.registers.size() == PciConfig.SIZE, "registers", state.registers.size());
    state.registers.forEach(value -> check.bits("register", value, 0xFF));
    synchronized (this) {
      registers.restore(state.registers);
      interrupt = state.interrupt;
      update();
    }
    spec.deriver.run();
  }
}
