package org.jvmm.devices.pci;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jvmm.core.bus.MmioDevice;
import org.jvmm.core.bus.PortDevice;
import org.jvmm.core.device.Resettable;
import org.jvmm.core.mem.RamBlock;
import org.jvmm.devices.pci.PciConfig.Command;
import org.jvmm.devices.pci.PciConfig.Status;

/**
 * What a PCI function is made of, as its device describes it: registers with their values after
 * reset, base address registers and what is behind them, pin and capabilities.
 *
 * <p>Everything that is not described reads 0 and ignores writes. The usual registers are there:
 * command (I/O, memory, bus master, SERR, interrupt disable), status errors, cache line size,
 * interrupt line.
 */
public final class PciSpec {
  /** The subsystem that QEMU gives devices which have none of their own. */
  private static final int SUBSYSTEM_VENDOR = 0x1AF4, SUBSYSTEM = 0x1100;

  private static final int CAPABILITY_MSI = 5;

  /** Hears of the guest's writes to configuration space, when they have taken effect. */
  @FunctionalInterface
  public interface ConfigListener {
    /** Nobody. */
    ConfigListener NONE = (offset, size) -> {};

    /**
     * The guest has written bytes. The configuration mechanism's monitor is held, the function's is
     * not.
     */
    void configWritten(int offset, int size);
  }

  /** A range that the function decodes where a base address register says. */
  record Bar(
      int offset, long size, int typeBits, Function<MovableWindows, MovableWindows.Window> window) {
    boolean io() {
      return offset != PciConfig.EXPANSION_ROM && (typeBits & PciConfig.BAR_IO) != 0;
    }

    boolean wide() {
      return (typeBits & (PciConfig.BAR_IO | PciConfig.BAR_64_BIT)) == PciConfig.BAR_64_BIT;
    }
  }

  final String name;
  final int[] initial = new int[PciConfig.SIZE];
  final int[] writable = new int[PciConfig.SIZE];
  final int[] clearable = new int[PciConfig.SIZE];
  final List<Bar> bars = new ArrayList<>();
  ConfigListener listener = ConfigListener.NONE;
  Runnable deriver = () -> {};
  Resettable device = () -> {};
  int msi;
  private int lastCapability = PciConfig.CAPABILITIES;
  private int freeCapability = PciConfig.DEVICE_SPECIFIC;

  /**
   * A function.
   *
   * @param name by which statistics and errors call it
   * @param vendor vendor id
   * @param device device id
   */
  public PciSpec(String name, int vendor, int device) {
    this.name = name;
    register(PciConfig.VENDOR_ID, 2, vendor, 0);
    register(PciConfig.DEVICE_ID, 2, device, 0);
    command(
        0,
        Command.IO
            | Command.MEMORY
            | Command.BUS_MASTER
            | Command.SERR
            | Command.INTERRUPT_DISABLE);
    clearedByOnes(PciConfig.STATUS, 2, Status.ERRORS);
    register(PciConfig.CACHE_LINE_SIZE, 1, 0, 0xFF);
    subsystem(SUBSYSTEM_VENDOR, SUBSYSTEM);
  }

  /** Class code: base class, sub-class and programming interface in 24 bits. */
  public PciSpec classCode(int code) {
    return register(PciConfig.CLASS_CODE, 3, code, 0);
  }

  /** Revision id. */
  public PciSpec revision(int revision) {
    return register(PciConfig.REVISION_ID, 1, revision, 0);
  }

  /** Subsystem vendor and id; both 0 for chips without. */
  public PciSpec subsystem(int vendor, int id) {
    return register(PciConfig.SUBSYSTEM_VENDOR_ID, 2, vendor, 0)
        .register(PciConfig.SUBSYSTEM_ID, 2, id, 0);
  }

  /** Command register: its value after reset, and the bits that exist. */
  public PciSpec command(int value, int mask) {
    return register(PciConfig.COMMAND, 2, value, mask);
  }

  /** Status register's fixed bits: DEVSEL timing, fast back-to-back. */
  public PciSpec status(int value) {
    return register(PciConfig.STATUS, 2, value, 0);
  }

  /**
   * A register, which may be described again: the last one holds.
   *
   * @param size 1 to 4 bytes
   * @param value after reset
   * @param mask the bits that can be written
   */
  public PciSpec register(int offset, int size, int value, int mask) {
    for (int i = 0; i < size; i++) {
      initial[offset + i] = value >> 8 * i & 0xFF;
      writable[offset + i] = mask >> 8 * i & 0xFF;
    }
    return this;
  }

  /** Bits that writing ones clears. */
  public PciSpec clearedByOnes(int offset, int size, int mask) {
    for (int i = 0; i < size; i++) {
      clearable[offset + i] = mask >> 8 * i & 0xFF;
    }
    return this;
  }

  /**
   * The interrupt pin, and the interrupt line register with it.
   *
   * @param pin 1 to 4 for INTA# to INTD#
   */
  public PciSpec interruptPin(int pin) {
    return register(PciConfig.INTERRUPT_PIN, 1, pin, 0)
        .register(PciConfig.INTERRUPT_LINE, 1, 0, 0xFF);
  }

  /**
   * A base address register for ports.
   *
   * @param index 0 to 5
   * @param count a power of two, at least 4
   * @param width as in {@link org.jvmm.core.bus.PortBus#attach}
   */
  public PciSpec ioBar(int index, int count, int width, PortDevice device) {
    return bar(
        PciConfig.bar(index),
        count,
        PciConfig.BAR_IO,
        windows -> windows.ports(name, count, width, device));
  }

  /**
   * A 32-bit base address register for memory-mapped registers.
   *
   * @param index 0 to 5
   * @param size a power of two, at least 16
   * @param width as in {@link org.jvmm.core.bus.MmioBus#attach}
   */
  public PciSpec memoryBar(int index, long size, int width, MmioDevice device) {
    return bar(PciConfig.bar(index), size, 0, windows -> windows.mmio(name, size, width, device));
  }

  /** Like {@link #memoryBar}, with 64 bits: it takes the next register too. */
  public PciSpec memoryBar64(int index, long size, int width, MmioDevice device) {
    return bar(
        PciConfig.bar(index),
        size,
        PciConfig.BAR_64_BIT,
        windows -> windows.mmio(name, size, width, device));
  }

  /**
   * A 32-bit base address register for prefetchable RAM, such as a frame buffer.
   *
   * @param block of a power of two of bytes
   */
  public PciSpec ramBar(int index, RamBlock block) {
    return bar(
        PciConfig.bar(index),
        block.size(),
        PciConfig.BAR_PREFETCHABLE,
        windows -> windows.memory(name, block, true));
  }

  /**
   * The expansion ROM.
   *
   * @param block of a power of two of bytes, at least 4096
   */
  public PciSpec rom(RamBlock block) {
    bar(
        PciConfig.EXPANSION_ROM,
        block.size(),
        0,
        windows -> windows.memory(name + ".rom", block, false));
    writable[PciConfig.EXPANSION_ROM] |= PciConfig.ROM_ENABLE;
    return this;
  }

  private PciSpec bar(
      int offset, long size, int typeBits, Function<MovableWindows, MovableWindows.Window> window) {
    if (Long.bitCount(size) != 1) {
      throw new IllegalArgumentException("%s: BAR of %#x bytes".formatted(name, size));
    }
    Bar bar = new Bar(offset, size, typeBits, window);
    bars.add(bar);
    long mask = -size;
    register(offset, 4, typeBits, (int) mask);
    if (bar.wide()) {
      register(offset + 4, 4, 0, (int) (mask >> 32));
    }
    return this;
  }

  /**
   * Adds a capability (section 6.7) in the next free place.
   *
   * @param id its id
   * @param size its bytes, id and link included
   * @return its offset, where the caller describes the registers
   */
  public int capability(int id, int size) {
    int at = freeCapability;
    freeCapability += size + 3 & ~3;
    initial[PciConfig.STATUS] |= Status.CAPABILITIES;
    initial[lastCapability] = at;
    initial[at] = id;
    lastCapability = at + 1;
    return at;
  }

  /** Capabilities start here instead of at 0x40, behind the device's own registers. */
  public PciSpec capabilitiesFrom(int offset) {
    freeCapability = offset;
    return this;
  }

  /**
   * MSI (section 6.8.1) with a 64-bit address and a mask per vector.
   *
   * @param vectors a power of two up to 32
   */
  public PciSpec msi(int vectors) {
    msi = capability(CAPABILITY_MSI, Msi.SIZE);
    Msi.describe(this, msi, vectors);
    return this;
  }

  /** Who hears of writes to configuration space. */
  public PciSpec onConfigWrite(ConfigListener newListener) {
    listener = newListener;
    return this;
  }

  /**
   * What the device makes of its registers beyond windows and interrupts: called when they have
   * been written, reset or restored, without the function's monitor.
   */
  public PciSpec onChange(Runnable newDeriver) {
    deriver = newDeriver;
    return this;
  }

  /** The device, which is reset with its configuration space, and after it. */
  public PciSpec onReset(Resettable newDevice) {
    device = newDevice;
    return this;
  }
}
