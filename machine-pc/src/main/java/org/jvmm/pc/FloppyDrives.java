package org.jvmm.pc;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jvmm.core.backend.BlockBackend;
import org.jvmm.core.bus.PortBus;
import org.jvmm.core.device.Resettable;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.core.run.Machine;
import org.jvmm.devices.dma.DmaChannel;
import org.jvmm.devices.drive.RemovableDrive;
import org.jvmm.devices.fdc.Fdc82077;
import org.jvmm.devices.fdc.FloppyDrive;
import org.jvmm.pc.acpi.AcpiDevice;
import org.jvmm.pc.acpi.FloppyController;

/** The floppy controller, and the drives on it. */
final class FloppyDrives implements Resettable {
  private final FloppyDrive[] drives = new FloppyDrive[Floppy.DRIVES];
  private final Map<String, RemovableDrive> removable = new HashMap<>();
  private final Fdc82077 fdc;

  FloppyDrives(
      List<Floppy> ends,
      IrqLine irq,
      DmaChannel channel,
      Machine machine,
      Consumer<String> notices) {
    for (Floppy end : ends) {
      DriveNotices events = new DriveNotices(end.name(), machine, notices);
      drives[end.number()] = new FloppyDrive(end.medium(), end.policy(), events);
      removable.put(end.name(), new Slot(end.number()));
    }
    fdc = new Fdc82077(irq, channel, drives);
  }

  /** Where the user puts disks in. */
  private final class Slot implements RemovableDrive {
    private final int number;

    Slot(int number) {
      this.number = number;
    }

    @Override
    public boolean remove(boolean force) {
      fdc.insert(number, null);
      return true;
    }

    @Override
    public void insert(BlockBackend medium) {
      fdc.insert(number, medium);
    }

    @Override
    public boolean open() {
      return fdc.isEmpty(number);
    }
  }

  /** The drives by their names in {@link Floppy}. */
  Map<String, RemovableDrive> removable() {
    return removable;
  }

  void attach(PortBus ports) {
    ports.attach("fdc", IsaPort.FDC, Fdc82077.PORTS, 1, fdc);
    ports.attach("fdc", IsaPort.FDC_DIR, Fdc82077.DIR_PORTS, 1, fdc.dirPort());
  }

  /** The type of a drive as CMOS RAM has it; 0 if there is none. */
  int type(int number) {
    return drives[number] == null ? 0 : drives[number].type();
  }

  AcpiDevice acpi() {
    return FloppyController.device(
        IsaPort.FDC, IsaPort.FDC_DIR, IsaIrq.FDC, IsaDma.FDC, List.of(type(0), type(1)));
  }

  @Override
  public void reset() {
    fdc.reset();
  }

  /** Cuts the drives off from the host, before the guest's memory is freed. */
  void powerOff() {
    fdc.powerOff();
  }
}
