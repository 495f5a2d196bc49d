package org.jvmm.devices.ide;

import java.nio.ByteBuffer;
import org.jvmm.core.bus.PortDevice;
import org.jvmm.core.device.StateCheck;
import org.jvmm.core.mem.GuestMemory;
import org.jvmm.core.mem.ScatterList;

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

  private final Walk walk = new Walk();

  /** Where the walk will be when what was gathered has passed. */
  private final Walk ahead = new Walk();

  /** A place in the table. */
  private static final class Walk {
    /** Address of the next descriptor. */
    int next;

    /** What is left of the region. */
    int region, left;

    /** The region is the last one. */
    boolean eot;

    void set(Walk other) {
      next = other.next;
      region = other.region;
      left = other.left;
      eot = other.eot;
    }

    void passed(int bytes) {
      region += bytes;
      left -= bytes;
    }
  }

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
    walk.left = 0;
    walk.eot = false;
  }

  /** The table's address, which is taken at the start. */
  @Override
  public long posted() {
    return channel.isEmpty() ? 0 : (1 << PORTS) - (1 << BMIDTP);
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
    if ((value & Bmicom.START) == 0) {
      channel.settle();
    }
    bmicom = value & (Bmicom.START | Bmicom.TO_MEMORY);
    if ((bmicom & Bmicom.START) == 0) {
      bmista &= ~Bmista.ACTIVE;
    } else if ((old & Bmicom.START) == 0) {
      walk.next = bmidtp;
      walk.left = 0;
      walk.eot = false;
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
    if (walk.eot && walk.left == 0) {
      bmista &= ~Bmista.ACTIVE;
    }
  }

  /**
   * The PCI function's bus master enable bit. While it is clear no cycle reaches memory:
   * descriptors and data read as zeroes, writes are lost.
   */
  void enable(boolean on) {
    if (!on) {
      channel.settle();
    }
    enabled = on;
  }

  /**
   * Lists the memory of the table's next regions, for a host end that moves the data itself. The
   * place in the table stays until {@link #passed}.
   *
   * @param toMemory whether the memory will be written
   * @return false if that cannot be: the table is too short, or a region is not RAM throughout
   */
  boolean gather(int bytes, boolean toMemory, ScatterList into) {
    if (!enabled) {
      return false;
    }
    into.clear();
    ahead.set(walk);
    for (int todo = bytes; todo > 0; ) {
      if (ahead.left == 0 && !nextRegion(ahead)) {
        return false;
      }
      long gpa = ahead.region & 0xffff_ffffL;
      int step = Math.min(ahead.left, todo);
      if (gpa + step > ADDRESSES || !memory.gather(gpa, step, toMemory, into)) {
        return false;
      }
      ahead.passed(step);
      todo -= step;
    }
    return true;
  }

  /**
   * The host end has moved what was gathered.
   *
   * @param toMemory whether memory has been written
   * @param whole whether it moved all, so that the table goes on behind it
   */
  void passed(ScatterList gathered, boolean toMemory, boolean whole) {
    if (toMemory) {
      memory.written(gathered);
    }
    if (whole) {
      walk.set(ahead);
    }
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
      if (walk.left == 0 && !nextRegion(walk)) {
        bmista &= ~Bmista.ACTIVE;
        return false;
      }
      long gpa = walk.region & 0xffff_ffffL;
      int step = (int) Math.min(Math.min(walk.left, limit - data.position()), ADDRESSES - gpa);
      data.limit(data.position() + step);
      transfer(gpa, data, toMemory);
      data.limit(limit);
      walk.passed(step);
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
  private boolean nextRegion(Walk at) {
    boolean wrapped = at.next != bmidtp && (at.next & TABLE_LIMIT) == 0;
    if (at.eot || wrapped) {
      return false;
    }
    long descriptor = enabled ? memory.read64(at.next & 0xffff_ffffL) : 0;
    int word = (int) (descriptor >>> 32);
    int count = word & COUNT;
    at.region = (int) descriptor & ~1;
    at.left = count == 0 ? MAX_COUNT : count;
    at.eot = word < 0;
    at.next += DESCRIPTOR;
    return true;
  }

  State save() {
    return new State(bmicom, bmista, bmidtp, enabled, walk.next, walk.region, walk.left, walk.eot);
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
    walk.next = state.next;
    walk.region = state.region;
    walk.left = state.left;
    walk.eot = state.eot;
  }
}
