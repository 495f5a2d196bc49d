package org.jvmm.devices.pci;

import org.jvmm.core.bus.PortDevice;
import org.jvmm.core.device.Resettable;
import org.jvmm.core.device.Snapshotable;
import org.jvmm.core.device.StateCheck;

/**
 * Configuration mechanism 1 (PCI 3.0 section 3.2.2.3.2): CONFIG_ADDRESS, a doubleword, and
 * CONFIG_DATA, eight ports in all, which take accesses of up to four bytes.
 *
 * <p>Only doublewords reach CONFIG_ADDRESS; other accesses there go to the ISA bus, where the
 * bridge's reset control register is at offset 1.
 *
 * <p>Deviation: CONFIG_ADDRESS keeps bits 1:0 and adds them to the register number, as QEMU's does,
 * because test programs for it rely on that; zero on hardware.
 */
public final class ConfigMechanism
    implements PortDevice, Resettable, Snapshotable<ConfigMechanism.State> {
  /** Number of ports, 0xCF8 on a PC. */
  public static final int PORTS = 8;

  private static final int DATA = 4;
  private static final int RESET_CONTROL = 1;
  private static final int ENABLE = 1 << 31;
  private static final int VERSION = 1;

  // Glue
  private final PciBus bus;
  private final PortDevice resetControl;

  // Volatile state
  private int address;

  /** CONFIG_ADDRESS. */
  public record State(int version, int address) {}

  /** The host bridge's side of a bus; the reset control register answers at offset 1. */
  public ConfigMechanism(PciBus bus, PortDevice resetControl) {
    this.bus = bus;
    this.resetControl = resetControl;
  }

  @Override
  public synchronized void reset() {
    address = 0;
  }

  @Override
  public int read(int offset, int size) {
    if (offset >= DATA) {
      return selects() ? bus.read(devfn(), register(offset), size) : -1;
    }
    if (size == 4) {
      return address;
    }
    boolean reset = offset == RESET_CONTROL && size == 1;
    synchronized (resetControl) {
      return reset ? resetControl.read(0, 1) : -1;
    }
  }

  @Override
  public void write(int offset, int size, int value) {
    if (offset >= DATA) {
      if (selects()) {
        bus.write(devfn(), register(offset), size, value);
      }
    } else if (size == 4) {
      address = value;
    } else if (offset == RESET_CONTROL && size == 1) {
      synchronized (resetControl) {
        resetControl.write(0, 1, value);
      }
    }
  }

  /** There is no bus but bus 0: type 1 cycles end in a master abort. */
  private boolean selects() {
    return (address & ENABLE) != 0 && (address >> 16 & 0xFF) == 0;
  }

  private int devfn() {
    return address >> 8 & 0xFF;
  }

  private int register(int offset) {
    return address & 0xFF | offset - DATA;
  }

  @Override
  public synchronized State save() {
    return new State(VERSION, address);
  }

  @Override
  public synchronized void restore(State state) {
    new StateCheck("pci-config").version(VERSION, state.version);
    address = state.address;
  }
}
