package org.jvmm.devices.net;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jvmm.core.backend.MacAddress;
import org.jvmm.core.bus.MmioBus;
import org.jvmm.core.bus.PortBus;
import org.jvmm.core.mem.MemoryMap;
import org.jvmm.devices.pci.MovableWindows;
import org.jvmm.devices.pci.PciBus;
import org.jvmm.devices.pci.PciConfig;
import org.jvmm.testkit.RecordingIrqLine;

/** A card in slot 3, its ports at 0xC000, driven as a guest's driver does. */
final class Ne2kRig {
  static final int BASE = 0xC000, SLOT = 3;
  static final MacAddress MAC = MacAddress.parse("52:54:00:12:34:56");

  /** Registers by page, as offsets. */
  static final int CR = 0, PSTART = 1, PSTOP = 2, BNRY = 3, TPSR = 4, TBCR0 = 5, TBCR1 = 6, ISR = 7;

  static final int RSAR0 = 8, RSAR1 = 9, RBCR0 = 10, RBCR1 = 11, RCR = 12, TCR = 13, DCR = 14;
  static final int IMR = 15, TSR = 4, FIFO = 6, RSR = 12, CNTR2 = 15;
  static final int PAR0 = 1, CURR = 7, MAR0 = 8;
  static final int DATA = 0x10, RESET = 0x1F;

  /** Commands on page 0: stop; start; start and transmit; remote read; remote write. */
  static final int STOP = 0x21, START = 0x22, TRANSMIT = 0x26, READ = 0x0A, WRITE = 0x12;

  /** The transmit buffer's page; the ring's first and last. */
  static final int TX = 0x40, FIRST = 0x46, END = 0x80;

  /** What is on the cable. */
  static final class Cable implements NicPeer {
    final List<byte[]> frames = new ArrayList<>();
    boolean full;
    int ready;

    @Override
    public boolean transmit(byte[] frame, int offset, int length) {
      if (!full) {
        frames.add(Arrays.copyOfRange(frame, offset, offset + length));
      }
      return !full;
    }

    @Override
    public void receiverReady() {
      ready++;
    }
  }

  final PortBus ports = new PortBus();
  final RecordingIrqLine irq = new RecordingIrqLine();
  final Cable cable = new Cable();
  final PciBus bus =
      new PciBus(
          new MovableWindows(ports, new MmioBus(), new MemoryMap()),
          (slot, pin) -> irq,
          (address, data) -> {});
  final Ne2kPci card = new Ne2kPci(bus, SLOT, MAC, cable);

  Ne2kRig() {
    config(PciConfig.BAR0, 4, BASE);
    config(PciConfig.COMMAND, 2, PciConfig.Command.IO);
  }

  int config(int register, int size) {
    return bus.read(SLOT * PciBus.FUNCTIONS, register, size);
  }

  void config(int register, int size, int value) {
    bus.write(SLOT * PciBus.FUNCTIONS, register, size, value);
  }

  void out(int offset, int value) {
    out(offset, 1, value);
  }

  void out(int offset, int size, int value) {
    ports.write(BASE + offset, size, value);
  }

  int in(int offset) {
    return in(offset, 1) & 0xFF;
  }

  int in(int offset, int size) {
    return ports.read(BASE + offset, size);
  }

  /** A register of page 1. */
  int inPage1(int offset) {
    out(CR, START | 1 << 6);
    int value = in(offset);
    out(CR, START);
    return value;
  }

  void outPage1(int offset, int value) {
    out(CR, START | 1 << 6);
    out(offset, value);
    out(CR, START);
  }

  /** Sets the card up as drivers do: word-wide, its own address and broadcast, all interrupts. */
  Ne2kRig started() {
    out(CR, STOP);
    out(DCR, 0x49);
    out(TPSR, TX);
    out(PSTART, FIRST);
    out(BNRY, FIRST);
    out(PSTOP, END);
    out(ISR, 0xFF);
    out(IMR, 0x3F);
    out(RCR, 4);
    out(TCR, 0);
    for (int i = 0; i < MacAddress.SIZE; i++) {
      outPage1(PAR0 + i, MAC.at(i));
    }
    outPage1(CURR, FIRST + 1);
    return this;
  }

  private void remote(int address, int count, int command) {
    out(RBCR0, count & 0xFF);
    out(RBCR1, count >> 8);
    out(RSAR0, address & 0xFF);
    out(RSAR1, address >> 8);
    out(CR, command);
  }

  void startRead(int address, int count) {
    remote(address, count, READ);
  }

  void startWrite(int address, int count) {
    remote(address, count, WRITE);
  }

  /** Reads an even number of bytes of the card's memory by words. */
  byte[] memory(int address, int count) {
    startRead(address, count);
    byte[] bytes = new byte[count];
    for (int i = 0; i < count; i += 2) {
      int word = in(DATA, 2);
      bytes[i] = (byte) word;
      bytes[i + 1] = (byte) (word >> 8);
    }
    out(ISR, 0x40);
    return bytes;
  }

  /** Writes an even number of bytes by words. */
  void memory(int address, byte[] bytes) {
    startWrite(address, bytes.length);
    for (int i = 0; i < bytes.length; i += 2) {
      out(DATA, 2, bytes[i] & 0xFF | (bytes[i + 1] & 0xFF) << 8);
    }
    out(ISR, 0x40);
  }

  /** Sends a frame. */
  void send(byte[] frame) {
    memory(TX * 256, Arrays.copyOf(frame, frame.length + 1 & ~1));
    out(TPSR, TX);
    out(TBCR0, frame.length & 0xFF);
    out(TBCR1, frame.length >> 8);
    out(CR, TRANSMIT);
  }

  /** A frame to an address, with bytes of i * factor ^ i >> 8 behind. */
  static byte[] frame(String destination, int length, int factor) {
    MacAddress to = new MacAddress(Long.parseLong(destination.replace(":", ""), 16));
    byte[] frame = new byte[length];
    for (int i = 0; i < length; i++) {
      int at = i - MacAddress.SIZE;
      frame[i] = (byte) (at < 0 ? to.at(i) : at * factor ^ at >> 8);
    }
    return frame;
  }

  static byte[] ours(int length) {
    return frame(MAC.toString(), length, 7);
  }

  boolean receive(byte[] frame) {
    return card.receive(frame, 0, frame.length);
  }
}
