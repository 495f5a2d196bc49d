package org.jvmm.pc;

import java.util.Optional;
import org.jvmm.core.device.Resettable;
import org.jvmm.core.run.Buses;
import org.jvmm.devices.pci.PciBus;
import org.jvmm.devices.testdev.PcTestdev;
import org.jvmm.devices.testdev.PciTestdev;
import org.jvmm.pc.boot.PcMemoryLayout;

/** Wires the devices for test kernels where these look for them. */
final class TestDeviceSlots {
  private TestDeviceSlots() {}

  /**
   * Wires them.
   *
   * @return the one that is not on the PCI bus, with which it would be reset
   */
  static Optional<Resettable> wire(
      PcConfig.TestDevices devices, Buses buses, Interrupts interrupts, PciChipset chipset) {
    PciBus bus = chipset.bus();
    for (long membar : devices.membars()) {
      new PciTestdev(bus, bus.freeSlot(), membar);
    }
    if (!devices.pcTestdev()) {
      return Optional.empty();
    }
    PcTestdev testdev = new PcTestdev(interrupts::gsi);
    String name = "pc-testdev";
    int scratch = PcTestdev.SCRATCH_PORTS;
    buses.ports().attach(name, IsaPort.TESTDEV, scratch, 4, testdev.scratchPorts());
    buses.ports().attach(name, IsaPort.TESTDEV_BYTES, scratch, 1, testdev.scratchPorts());
    buses
        .ports()
        .attach(name, IsaPort.TESTDEV_FLUSH, PcTestdev.FLUSH_PORTS, 4, testdev.flushPorts());
    buses.ports().attach(name, IsaPort.TESTDEV_LINES, PcTestdev.LINES, 1, testdev.linePorts());
    buses.mmio().attach(name, PcMemoryLayout.TESTDEV, PcTestdev.STORAGE, 8, testdev.storage());
    return Optional.of(testdev);
  }
}
