package org.jvmm.devices.fwcfg;

import java.util.Map;
import org.jvmm.core.bus.PortDevice;
import org.jvmm.core.device.Resettable;
import org.jvmm.core.device.Snapshotable;
import org.jvmm.core.device.StateCheck;
import org.jvmm.core.mem.GuestMemory;

/**
 * The device in its form for ports: the selector (16 bits, offset 0), the data register (8 bits,
 * offset 1) and the DMA address (64 bits, big-endian, offset 4).
 *
 * <p>A DMA access is a structure in guest memory, big-endian: control (4 bytes), length (4 bytes),
 * address (8 bytes). It is done within the write that starts it.
 */
public final class FwCfg implements PortDevice, Resettable, Snapshotable<FwCfg.State> {
  /** Number of ports; accesses are up to four bytes wide. */
  public static final int PORTS = 12;

  private static final int VERSION = 1;
  private static final int SELECTOR = 0, DATA = 1, DMA_HIGH = 4, DMA_LOW = 8;

  /** What the DMA address register reads as: "QEMU CFG". */
  private static final long DMA_SIGNATURE = 0x5145_4D55_2043_4647L;

  /** Bits of a DMA access' control word; the key to select is in its upper half. */
  private static final int ERROR = 1, READ = 1 << 1, SKIP = 1 << 2, SELECT = 1 << 3, WRITE = 1 << 4;

  private static final int DMA_LENGTH = 4, DMA_ADDRESS = 8, DMA_STRUCTURE = 16;
  private static final byte[] NOTHING = {};
  private static final byte[] ZEROS = new byte[4096];

  private final Map<Integer, byte[]> items;
  private final GuestMemory memory;

  private int key;
  private int offset;
  private long dmaAddress;

  /**
   * The volatile state.
   *
   * @param key the key last selected
   * @param offset of the next byte in the item
   * @param dmaAddress its upper half, while the lower one is awaited
   */
  public record State(int version, int key, int offset, long dmaAddress) {}

  /**
   * A device after reset.
   *
   * @param memory where DMA goes
   */
  public FwCfg(FwCfgItems items, GuestMemory memory) {
    this.items = items.byKey();
    this.memory = memory;
  }

  @Override
  public synchronized void reset() {
    select(FwCfgKey.SIGNATURE);
    dmaAddress = 0;
  }

  @Override
  public int read(int at, int size) {
    if (at >= DMA_HIGH) {
      return dmaSignature(at - DMA_HIGH, size);
    }
    // The selector cannot be read: as on QEMU a byte from its port is the data register's.
    return at <= DATA && size == 1 ? nextByte() : 0;
  }

  private static int dmaSignature(int at, int size) {
    int value = 0;
    for (int i = 0; i < size; i++) {
      int character = (int) (DMA_SIGNATURE >>> 8 * (7 - at - i)) & 0xff;
      value |= character << 8 * i;
    }
    return value;
  }

  @Override
  public void write(int at, int size, int value) {
    if (at == SELECTOR && size == 2) {
      select(value);
    } else if (at == DMA_HIGH && size == 4) {
      dmaAddress = (long) Integer.reverseBytes(value) << 32;
    } else if (at == DMA_LOW && size == 4) {
      long access = dmaAddress | Integer.reverseBytes(value) & 0xffff_ffffL;
      dmaAddress = 0;
      transfer(access);
    }
  }

  private void select(int newKey) {
    key = newKey & ~FwCfgKey.WRITE_CHANNEL & 0xffff;
    offset = 0;
  }

  private byte[] item() {
    return items.getOrDefault(key, NOTHING);
  }

  private int nextByte() {
    byte[] item = item();
    return offset < item.length ? item[offset++] & 0xff : 0;
  }

  /** Carries out the access whose structure is at an address, and leaves its result there. */
  private void transfer(long access) {
    if (!memory.backed(access, DMA_STRUCTURE)) {
      memory.write32(access, Integer.reverseBytes(ERROR));
      return;
    }
    int control = Integer.reverseBytes(memory.read32(access));
    long length = Integer.reverseBytes(memory.read32(access + DMA_LENGTH)) & 0xffff_ffffL;
    long address = Long.reverseBytes(memory.read64(access + DMA_ADDRESS));
    if ((control & SELECT) != 0) {
      select(control >>> 16);
    }
    boolean done = true;
    if ((control & READ) != 0) {
      done = memory.backed(address, length);
      if (done) {
        copy(address, length);
      }
    } else if ((control & WRITE) != 0) {
      done = length == 0;
    } else if ((control & SKIP) != 0) {
      offset += (int) Math.min(length, item().length - offset);
    }
    memory.write32(access, done ? 0 : Integer.reverseBytes(ERROR));
  }

  /** The item's next bytes, then zeroes; the caller has checked that memory backs them all. */
  private void copy(long address, long length) {
    byte[] item = item();
    int count = (int) Math.min(length, item.length - offset);
    memory.copyIn(address, item, offset, count);
    offset += count;
    for (long at = count; at < length; at += ZEROS.length) {
      memory.copyIn(address + at, ZEROS, 0, (int) Math.min(ZEROS.length, length - at));
    }
  }

  @Override
  public synchronized State save() {
    return new State(VERSION, key, offset, dmaAddress);
  }

  @Override
  public synchronized void restore(State state) {
    StateCheck check = new StateCheck("fw_cfg");
    check.version(VERSION, state.version);
    check.bits("key", state.key, 0xffff & ~FwCfgKey.WRITE_CHANNEL);
    int most = items.getOrDefault(state.key, NOTHING).length;
    check.that(state.offset >= 0 && state.offset <= most, "offset", state.offset);
    check.that((int) state.dmaAddress == 0, "dmaAddress", state.dmaAddress);
    key = state.key;
    offset = state.offset;
    dmaAddress = state.dmaAddress;
  }
}
