package org.jvmm.devices.ide;

import java.nio.ByteBuffer;
import org.jvmm.core.bus.PortDevice;
import org.jvmm.core.device.StateCheck;
import org.jvmm.core.mem.GuestMemory;

/**
 * One channel's bus master: the registers of SFF-8038i section 2 and the walk through the table of
 * physical region descriptors, which need not trust the guest: it ends at a descriptor with EOT or
 * at a 64 KiB boundary, and addresses that no RAM backs float.
 */
final class BusMaster implements PortDevice {
  /** Ports of one channel. */
  static final int PORTS = 8;

  private static final int BMICOM = 0, BMISTA = 2, BMIDTP = 4;

  /** Command. */
  static final class Bmicom {
    static final int START = 1, TO_MEMORY = 1 << 3;
  }

  /** Status; DMA_CAPABLE says that software found drive 0 or 1 to be so. */
  static final class Bmista {
    static final int ACTIVE = 1, ERROR = 1 << 1, INTERRUPT = 1 << 2, DMA_CAPABLE = 3 << 5;
  }

  private static final int DESCRIPTOR = 8;
  private static final int TABLE_LIMIT = 0xffff;
  private static final int COUNT = 0xfffe, MAX_COUNT = 0x1_0000;
  private static final long ADDRESSES = 1L << 32;

  // Glue
  private final IdeChannel channel;
  private final GuestMemory memory;

  // Volatile state
  private int bmicom;
  private int bmista;
  private int bmidtp;

  /** Whether the PCI function may master the bus. */
  private boolean enabled = true;

  /** Address of the next descriptor. */
  private int next;

  /** What is left of the region. */
  private int region, left;

  /** The region is the last one. */
  private boolean eot;

  record State(
      int bmicom,
      int bmista,
      int bmidtp,
      boolean enabled,
      int next,
      int region,
      int left,
      boolean eot) {}

  BusMaster(IdeChannel channel, GuestMemory memory) {
    this.channel = channel;
    this.memory = memory;
  }

  void reset() {
    bmicom = 0;
    bmista = 0;
    bmidtp = 0;
    left = 0;
    eot = false;
  }

  @Override
  public int read(int offset, int size) {
    synchronized (channel) {
      int value = 0;
      for (int i = 0; i < size; i++) {
        value |= readByte(offset + i) << 8 * i;
      }
      return value;
    }
  }

  private int readByte(int offset) {
    return switch (offset) {
      case BMICOM -> bmicom;
      case BMISTA -> bmista;
      case BMICOM + 1, BMISTA + 1 -> 0xff; // reserved: nobody drives the bus
      default -> offset < PORTS ? bmidtp >>> 8 * (offset - BMIDTP) & 0xff : 0xff;
    };
  }

  @Override
  public void write(int offset, int size, int value) {
    synchronized (channel) {
      for (int i = 0; i < size; i++) {
        writeByte(offset + i, value >>> 8 * i & 0xff);
      }
    }
  }

  private void writeByte(int offset, int value) {
    switch (offset) {
      case BMICOM -> writeCommand(value);
      case BMISTA -> {
        int cleared = value & (Bmista.INTERRUPT | Bmista.ERROR);
        bmista = bmista & ~cleared & ~Bmista.DMA_CAPABLE | value & Bmista.DMA_CAPABLE;
      }
      case BMICOM + 1, BMISTA + 1 -> {}
      default -> {
        if (offset >= PORTS) {
          return; // a wide access across the end of the channel's half
        }
        int shift = 8 * (offset - BMIDTP);
        bmidtp = (bmidtp & ~(0xff << shift) | value << shift) & ~3;
      }
    }
  }

  private void writeCommand(int value) {
    int old = bmicom;
    bmicom = value & (Bmicom.START | Bmicom.TO_MEMORY);
    if ((bmicom & Bmicom.START) == 0) {
      bmista &= ~Bmista.ACTIVE;
    } else if ((old & Bmicom.START) == 0) {
      next = bmidtp;
      left = 0;
      eot = false;
      bmista |= Bmista.ACTIVE;
      channel.runDma();
    }
  }

  /** Whether data may be moved. */
  boolean active() {
    return (bmista & Bmista.ACTIVE) != 0;
  }

  /** The drive's interrupt has risen. */
  void interrupt() {
    bmista |= Bmista.INTERRUPT;
  }

  /**
   * The drive has moved all that it wanted: if the table described just that, the master is done;
   * with a longer one it stays active (SFF-8038i section 3.1).
   */
  void finished() {
    if (eot && left == 0) {
      bmista &= ~Bmista.ACTIVE;
    }
  }

  /**
   * The PCI function's bus master enable bit. While it is clear no cycle reaches memory:
   * descriptors and data read as zeroes, writes are lost.
   */
  void enable(boolean on) {
    enabled = on;
  }

  /**
   * Moves the buffer's remaining bytes to the table's regions.
   *
   * @return false if the table was too short; the master is no longer active then
   */
  boolean toMemory(ByteBuffer from) {
    return move(from, true);
  }

  /** Fills the buffer's remaining bytes from the table's regions. The same answer. */
  boolean fromMemory(ByteBuffer into) {
    return move(into, false);
  }

  private boolean move(ByteBuffer data, boolean toMemory) {
    int limit = data.limit();
    while (data.position() < limit) {
      if (left == 0 && !nextRegion()) {
        bmista &= ~Bmista.ACTIVE;
        return false;
      }
      long gpa = region & 0xffff_ffffL;
      int step = (int) Math.min(Math.min(left, limit - data.position()), ADDRESSES - gpa);
      data.limit(data.position() + step);
      transfer(gpa, data, toMemory);
      data.limit(limit);
      region += step;
      left -= step;
    }
    return true;
  }

  private void transfer(long gpa, ByteBuffer data, boolean toMemory) {
    if (!enabled) {
      skip(data, toMemory);
    } else if (toMemory) {
      memory.copyIn(gpa, data);
    } else {
      memory.copyOut(gpa, data);
    }
  }

  private static void skip(ByteBuffer data, boolean toMemory) {
    if (toMemory) {
      data.position(data.limit());
    }
    while (data.hasRemaining()) {
      data.put((byte) 0);
    }
  }

  /** Takes the next descriptor. */
  private boolean nextRegion() {
    boolean wrapped = next != bmidtp && (next & TABLE_LIMIT) == 0;
    if (eot || wrapped) {
      return false;
    }
    long at = next & 0xffff_ffffL;
    region = enabled ? memory.read32(at) & ~1 : 0;
    int word = enabled ? memory.read32(at + 4) : 0;
    int count = word & COUNT;
    left = count == 0 ? MAX_COUNT : count;
    eot = word < 0;
    next += DESCRIPTOR;
    return true;
  }

  State save() {
    return new State(bmicom, bmista, bmidtp, enabled, next, region, left, eot);
  }

  static void check(StateCheck check, State state) {
    check.bits("bmicom", state.bmicom, Bmicom.START | Bmicom.TO_MEMORY);
    int status = Bmista.ACTIVE | Bmista.ERROR | Bmista.INTERRUPT | Bmista.DMA_CAPABLE;
    check.bits("bmista", state.bmista, status);
    check.bits("bmidtp", state.bmidtp, ~3);
    check.bits("next", state.next, ~3);
    check.that(state.left >= 0 && state.left <= MAX_COUNT, "left", state.left);
  }

  void restore(State state) {
    bmicom = state.bmicom;
    bmista = state.bmista;
    bmidtp = state.bmidtp;
    enabled = state.enabled;
    next = state.next;
    region = state.region;
    left = state.left;
    eot = state.eot;
  }
}
