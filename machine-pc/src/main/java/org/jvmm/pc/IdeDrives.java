package org.jvmm.pc;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jvmm.core.bus.PortBus;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.core.mem.GuestMemory;
import org.jvmm.core.run.Machine;
import org.jvmm.devices.drive.DriveEvents;
import org.jvmm.devices.ide.AtaDisk;
import org.jvmm.devices.ide.CdRom;
import org.jvmm.devices.ide.Drive;
import org.jvmm.devices.ide.DriveIdentity;
import org.jvmm.devices.ide.IdeChannel;
import org.jvmm.devices.ide.Piix3Ide;

/** The PIIX's IDE function, its channels, and the drives on them. */
final class IdeDrives {
  private final List<IdeChannel> channels = new ArrayList<>();
  private final Map<String, CdRom> cdroms = new HashMap<>();
  private final Machine machine;
  private final Consumer<String> notices;

  IdeDrives(Machine machine, Consumer<String> notices) {
    this.machine = machine;
    this.notices = notices;
  }

  /** Puts channels and drives in their places. */
  void wire(
      List<IdeDrive> ends,
      PortBus ports,
      PciChipset chipset,
      Interrupts interrupts,
      GuestMemory memory) {
    IdeChannel primary = channel(ends, 0, interrupts.gsi(IsaIrq.IDE_PRIMARY), memory);
    IdeChannel secondary = channel(ends, 1, interrupts.gsi(IsaIrq.IDE_SECONDARY), memory);
    attach(ports, "ide0", primary, IsaPort.IDE_PRIMARY, IsaPort.IDE_PRIMARY_CONTROL);
    attach(ports, "ide1", secondary, IsaPort.IDE_SECONDARY, IsaPort.IDE_SECONDARY_CONTROL);
    new Piix3Ide(chipset.bus(), PciChipset.PIIX_SLOT, PciChipset.IDE_FUNCTION, primary, secondary);
  }

  private IdeChannel channel(List<IdeDrive> ends, int number, IrqLine irq, GuestMemory memory) {
    IdeChannel channel =
        new IdeChannel(irq, memory, drive(ends, number, 0), drive(ends, number, 1));
    channels.add(channel);
    return channel;
  }

  private static void attach(
      PortBus ports, String owner, IdeChannel channel, int command, int control) {
    ports.attach(owner, command, IdeChannel.PORTS, 4, channel);
    ports.attach(owner, control, IdeChannel.CONTROL_PORTS, 1, channel.controlPort());
  }

  private Drive drive(List<IdeDrive> ends, int channel, int device) {
    for (IdeDrive end : ends) {
      if (end.channel() == channel && end.device() == device) {
        return drive(end);
      }
    }
    return null;
  }

  private Drive drive(IdeDrive end) {
    String model = end.cdrom() ? DriveIdentity.CD_MODEL : DriveIdentity.DISK_MODEL;
    int place = IdeDrive.DEVICES * end.channel() + end.device();
    String serial = end.serial() != null ? end.serial() : "JV%05d".formatted(place + 1);
    DriveIdentity identity = new DriveIdentity(serial, DriveIdentity.FIRMWARE, model);
    DriveEvents events = new DriveNotices(end.name(), machine, notices);
    if (!end.cdrom()) {
      return new AtaDisk(end.medium(), identity, end.policy(), events);
    }
    CdRom cdrom = new CdRom(end.medium(), identity, end.policy(), events);
    cdroms.put(end.name(), cdrom);
    return cdrom;
  }

  /** The CD-ROM drives by their names in {@link IdeDrive}. */
  Map<String, CdRom> cdroms() {
    return cdroms;
  }

  /** Cuts the drives off from the host, before the guest's memory is freed. */
  void powerOff() {
    channels.forEach(IdeChannel::powerOff);
  }
}
