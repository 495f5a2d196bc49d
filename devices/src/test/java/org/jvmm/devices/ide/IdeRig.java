package org.jvmm.devices.ide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jvmm.core.backend.BlockError;
import org.jvmm.core.bus.PortBus;
import org.jvmm.core.bus.PortItems;
import org.jvmm.core.mem.GuestMemory;
import org.jvmm.core.mem.MemoryMap;
import org.jvmm.core.mem.MemorySlot;
import org.jvmm.core.mem.RamAllocator;
import org.jvmm.devices.drive.DriveEvents;
import org.jvmm.devices.drive.ErrorPolicy;
import org.jvmm.testkit.HeapDisk;
import org.jvmm.testkit.RecordingIrqLine;

/** A channel on a bus with RAM, driven as a guest's driver does. */
final class IdeRig implements AutoCloseable {
  static final int BASE = 0x1f0, CONTROL = 0x3f6, MASTER = 0xc000;
  static final int RAM = 8 << 20;
  static final int GOOD = 0x50, DATA = 0x58, FAILED = 0x41;
  static final int PRDS = 0x1000;

  /** What the board hears. */
  static final class Events implements DriveEvents {
    final List<BlockError> stops = new ArrayList<>();
    final List<Boolean> trays = new ArrayList<>();
    boolean canStop = true;
    Runnable retry;

    @Override
    public boolean stop(BlockError error, Runnable again) {
      stops.add(error);
      retry = again;
      return canStop;
    }

    @Override
    public void tray(boolean open) {
      trays.add(open);
    }
  }

  final MemoryMap map = new MemoryMap();
  final GuestMemory memory = map.memory();
  final PortBus ports = new PortBus();
  final RecordingIrqLine irq = new RecordingIrqLine();
  final IdeChannel channel;

  IdeRig(Drive device0, Drive device1) {
    map.map(new MemorySlot("ram", 0, RAM, RamAllocator.HEAP.allocate("ram", RAM), 0, true));
    channel = new IdeChannel(irq, memory, device0, device1);
    ports.attach("ide", BASE, IdeChannel.PORTS, 4, channel);
    ports.attach("ide", CONTROL, IdeChannel.CONTROL_PORTS, 1, channel.controlPort());
    ports.attach("bm", MASTER, IdeChannel.BUS_MASTER_PORTS, 4, channel.busMasterPorts());
  }

  static DriveIdentity identity(String model) {
    return new DriveIdentity("testdisk", "version", model);
  }

  static AtaDisk disk(HeapDisk medium) {
    return new AtaDisk(
        medium, identity(DriveIdentity.DISK_MODEL), ErrorPolicy.USUAL, DriveEvents.NONE);
  }

  static CdRom cd(HeapDisk medium) {
    return new CdRom(medium, identity(DriveIdentity.CD_MODEL), ErrorPolicy.USUAL, DriveEvents.NONE);
  }

  @Override
  public void close() {
    map.close();
  }

  void out(int register, int value) {
    ports.write(BASE + register, 1, value);
  }

  int in(int register) {
    return ports.read(BASE + register, 1);
  }

  int status() {
    return in(AtaRegister.COMMAND);
  }

  int alternateStatus() {
    return ports.read(CONTROL, 1);
  }

  int error() {
    return in(AtaRegister.FEATURES);
  }

  void control(int value) {
    ports.write(CONTROL, 1, value);
  }

  void select(int unit) {
    out(AtaRegister.DEVICE, unit << 4);
  }

  /** Issues a command with 28-bit parameters to device 0. */
  void command(int code, long lba, int count) {
    out(AtaRegister.DEVICE, 0xe0 | (int) (lba >> 24) & 0xf);
    out(AtaRegister.SECTOR_COUNT, count);
    out(AtaRegister.LBA_LOW, (int) lba & 0xff);
    out(AtaRegister.LBA_MID, (int) (lba >> 8) & 0xff);
    out(AtaRegister.LBA_HIGH, (int) (lba >> 16) & 0xff);
    out(AtaRegister.COMMAND, code);
  }

  /** Issues a command with 48-bit parameters to device 0. */
  void commandExt(int code, long lba, int count) {
    out(AtaRegister.DEVICE, 0xe0);
    out(AtaRegister.SECTOR_COUNT, count >> 8 & 0xff);
    out(AtaRegister.LBA_LOW, (int) (lba >> 24) & 0xff);
    out(AtaRegister.LBA_MID, (int) (lba >> 32) & 0xff);
    out(AtaRegister.LBA_HIGH, (int) (lba >> 40) & 0xff);
    command(code, lba & 0xff_ffff, count & 0xff);
  }

  /** Features for the next command. */
  IdeRig features(int value) {
    out(AtaRegister.FEATURES, value);
    return this;
  }

  /** Reads from the data port by words. */
  byte[] dataIn(int length) {
    byte[] data = new byte[length];
    for (int i = 0; i < length; i += 2) {
      int word = ports.read(BASE, 2);
      data[i] = (byte) word;
      data[i + 1] = (byte) (word >> 8);
    }
    return data;
  }

  /** Writes to the data port by words. */
  void dataOut(byte[] data) {
    for (int i = 0; i < data.length; i += 2) {
      ports.write(BASE, 2, data[i] & 0xff | data[i + 1] << 8);
    }
  }

  /** Items of a string instruction, of two or four bytes. */
  record Items(int size, byte[] bytes) implements PortItems {
    @Override
    public int count() {
      return bytes.length / size;
    }

    @Override
    public long data(int i) {
      ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      return size == 4 ? buffer.getInt(4 * i) : buffer.getShort(2 * i) & 0xffff;
    }

    @Override
    public void reply(int i, long value) {
      for (int j = 0; j < size; j++) {
        bytes[size * i + j] = (byte) (value >> 8 * j);
      }
    }
  }

  /** REP INS from the data port. */
  byte[] stringIn(int size, int length) {
    Items items = new Items(size, new byte[length]);
    ports.read(BASE, size, items);
    return items.bytes;
  }

  /** REP OUTS to the data port. */
  void stringOut(int size, byte[] data) {
    ports.write(BASE, size, new Items(size, data));
  }

  int word(byte[] page, int index) {
    return page[2 * index] & 0xff | (page[2 * index + 1] & 0xff) << 8;
  }

  // Bus master

  /** Writes a descriptor table: address and count of each region. */
  void prds(long... regions) {
    for (int i = 0; i < regions.length; i += 2) {
      memory.write32(PRDS + 4L * i, (int) regions[i]);
      boolean last = i + 2 == regions.length;
      memory.write32(PRDS + 4L * i + 4, (int) regions[i + 1] & 0xffff | (last ? 1 << 31 : 0));
    }
    ports.write(MASTER + 4, 4, PRDS);
  }

  void startDma(boolean toMemory) {
    ports.write(MASTER, 1, toMemory ? 9 : 1);
  }

  void stopDma() {
    ports.write(MASTER, 1, 0);
  }

  int masterStatus() {
    return ports.read(MASTER + 2, 1);
  }

  // Packets

  /** Sends a packet to device 0. */
  void packet(int byteCount, int... bytes) {
    out(AtaRegister.DEVICE, 0xa0);
    out(AtaRegister.LBA_MID, byteCount & 0xff);
    out(AtaRegister.LBA_HIGH, byteCount >> 8);
    out(AtaRegister.COMMAND, AtaCommand.PACKET);
    assertEquals(DATA, alternateStatus());
    byte[] packet = new byte[12];
    for (int i = 0; i < bytes.length; i++) {
      packet[i] = (byte) bytes[i];
    }
    dataOut(packet);
  }

  /** Size of the DRQ block that a packet command offers. */
  int byteCount() {
    return in(AtaRegister.LBA_MID) | in(AtaRegister.LBA_HIGH) << 8;
  }

  /** Takes a packet command's data by PIO until its status phase, which must be good. */
  byte[] packetData() {
    byte[] all = new byte[0];
    while ((status() & 8) != 0) {
      assertEquals(2, in(AtaRegister.SECTOR_COUNT) & 7, "interrupt reason");
      int count = byteCount();
      byte[] block = dataIn(count + 1 & ~1);
      int old = all.length;
      all = java.util.Arrays.copyOf(all, old + count);
      System.arraycopy(block, 0, all, old, count);
    }
    assertEquals(GOOD, alternateStatus());
    assertEquals(3, in(AtaRegister.SECTOR_COUNT) & 7, "interrupt reason");
    return all;
  }

  /** The sense data of the last packet command, which must have failed. */
  int senseAfterFailure() {
    assertEquals(FAILED, status());
    packet(0xfffe, CdCommand.REQUEST_SENSE, 0, 0, 0, 18);
    byte[] sense = packetData();
    assertTrue(sense.length == 18, "sense data of " + sense.length);
    return (sense[2] & 0xff) << 16 | (sense[12] & 0xff) << 8 | sense[13] & 0xff;
  }
}
