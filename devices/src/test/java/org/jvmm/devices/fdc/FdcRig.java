package org.jvmm.devices.fdc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.jvmm.core.bus.PortBus;
import org.jvmm.core.mem.GuestMemory;
import org.jvmm.core.mem.MemoryMap;
import org.jvmm.core.mem.MemorySlot;
import org.jvmm.core.mem.RamAllocator;
import org.jvmm.devices.dma.DmaPair;
import org.jvmm.devices.drive.DriveEvents;
import org.jvmm.devices.drive.ErrorPolicy;
import org.jvmm.testkit.HeapDisk;
import org.jvmm.testkit.RecordingIrqLine;

/** A controller and the 8237s on a bus with RAM, driven as a guest's driver does. */
final class FdcRig implements AutoCloseable {
  static final int SRA = 0x3F0, SRB = 0x3F1, DOR = 0x3F2, TDR = 0x3F3, MSR = 0x3F4, FIFO = 0x3F5;
  static final int DIR = 0x3F7;
  static final int BUFFER = 0x2_0000;
  static final int TO_MEMORY = 0x44, FROM_MEMORY = 0x48;

  private static final int RAM = 0x4_0000;

  final MemoryMap map = new MemoryMap();
  final GuestMemory memory = map.memory();
  final PortBus ports = new PortBus();
  final RecordingIrqLine irq = new RecordingIrqLine();
  final DmaPair dma = new DmaPair(memory);
  final Fdc82077 fdc;

  FdcRig(FloppyDrive... drives) {
    map.map(new MemorySlot("ram", 0, RAM, RamAllocator.HEAP.allocate("ram", RAM), 0, true));
    fdc = new Fdc82077(irq, dma.channel(2), drives);
    ports.attach("dma", 0x00, DmaPair.PORTS, 1, dma.bytePorts());
    ports.attach("dma", 0xC0, DmaPair.WORD_PORTS, 1, dma.wordPorts());
    ports.attach("dma", 0x81, DmaPair.PAGE_PORTS, 1, dma.pagePorts());
    ports.attach("fdc", SRA, Fdc82077.PORTS, 1, fdc);
    ports.attach("fdc", DIR, Fdc82077.DIR_PORTS, 1, fdc.dirPort());
    dma.startCascade();
  }

  static FloppyDrive drive(HeapDisk disk) {
    return new FloppyDrive(disk, ErrorPolicy.USUAL, DriveEvents.NONE);
  }

  /** A 1.44 MB disk whose every sector says which one it is. */
  static HeapDisk disk() {
    HeapDisk disk = new HeapDisk((int) FloppyFormat.F1440K.bytes());
    for (int i = 0; i < disk.bytes().length; i++) {
      disk.bytes()[i] = (byte) (i / 512 * 5 + i % 512 * (i / 512 % 7 + 1));
    }
    return disk;
  }

  @Override
  public void close() {
    map.close();
  }

  void out(int port, int... values) {
    for (int value : values) {
      ports.write(port, 1, value);
    }
  }

  int in(int port) {
    return ports.read(port, 1);
  }

  /** Brings the chip out of reset as a driver does: drive 0 with its motor on, 500 kbit/s. */
  FdcRig start() {
    out(DOR, 0, 0x1C);
    out(DIR, 0);
    for (int i = 0; i < Fdc82077.DRIVES; i++) {
      assertEquals(List.of(0xC0 | i, 0), command(0x08));
    }
    command(0x03, 0xDF, 0x02);
    irq.forget();
    return this;
  }

  /** Sends a command; each byte must be asked for. */
  void send(int... bytes) {
    for (int value : bytes) {
      assertEquals(0x80, in(MSR) & 0xC0, "asks for a command's byte");
      out(FIFO, value);
    }
  }

  /** Sends a command and takes its result. */
  List<Integer> command(int... bytes) {
    send(bytes);
    return result();
  }

  List<Integer> result() {
    List<Integer> result = new ArrayList<>();
    while (in(MSR) == 0xD0) {
      result.add(in(FIFO));
    }
    return result;
  }

  /** Programs channel 2. */
  void dma(int mode, int gpa, int bytes) {
    out(0x0A, 6);
    out(0x0C, 0);
    out(0x0B, mode | 2);
    out(4, gpa & 0xFF, gpa >> 8 & 0xFF);
    out(5, bytes - 1 & 0xFF, bytes - 1 >> 8);
    out(0x81, gpa >> 16);
    out(0x0A, 2);
  }

  /** READ DATA or its like with 512-byte sectors up to 18. */
  void data(int code, int drive, int cylinder, int head, int sector) {
    send(code, head << 2 | drive, cylinder, head, sector, 2, 18, 27, 0xFF);
  }

  byte[] bytes(int gpa, int length) {
    byte[] data = new byte[length];
    memory.copyOut(gpa, data, 0, length);
    return data;
  }
}
