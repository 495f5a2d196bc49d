package org.jvmm.devices.testdev;

import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import org.jvmm.core.bus.MmioDevice;
import org.jvmm.core.bus.PortDevice;
import org.jvmm.core.device.Resettable;
import org.jvmm.core.device.Snapshotable;
import org.jvmm.core.device.StateCheck;
import org.jvmm.core.irq.IrqLine;

/**
 * QEMU's pc-testdev: a scratch doubleword in two places, one of which is byte wide; a port that
 * makes the host drop a page's mapping, which is nothing here; a port per interrupt input that
 * drives it; and memory-mapped storage.
 *
 * <p>The monitor of the chip guards all of it.
 */
public final class PcTestdev implements Resettable, Snapshotable<PcTestdev.State> {
  /** Ports of the scratch register in either form, and of the flush port; width 4, 1 and 4. */
  public static final int SCRATCH_PORTS = 4, FLUSH_PORTS = 4;

  /** Interrupt inputs; a byte-wide port each. */
  public static final int LINES = 24;

  /** Bytes of storage; accesses are up to eight bytes wide. */
  public static final long STORAGE = 0x1_0000;

  private static final int VERSION = 1, WORDS = (int) (STORAGE / 4);

  // Glue
  private final IrqLine[] lines = new IrqLine[LINES];

  // Volatile state
  private int scratch;
  private final int[] storage = new int[WORDS];
  private final boolean[] levels = new boolean[LINES];

  /** Scratch register, storage in doublewords, levels of the lines. */
  public record State(int version, int scratch, List<Integer> storage, int levels) {
    public State {
      storage = List.copyOf(storage);
    }
  }

  /**
   * A device after reset.
   *
   * @param gsi a new source of an interrupt input, by its number 0 to 23
   */
  public PcTestdev(IntFunction<IrqLine> gsi) {
    Arrays.setAll(lines, gsi);
  }

  @Override
  public synchronized void reset() {
    scratch = 0;
    Arrays.fill(storage, 0);
    for (int line = 0; line < LINES; line++) {
      drive(line, false);
    }
  }

  private void drive(int line, boolean high) {
    levels[line] = high;
    lines[line].set(high);
  }

  /** {@link #SCRATCH_PORTS} ports, 0xE0 with width 4 and 0xE8 with width 1 on a PC. */
  public PortDevice scratchPorts() {
    return new PortDevice() {
      @Override
      public int read(int offset, int size) {
        synchronized (PcTestdev.this) {
          return scratch >>> 8 * offset;
        }
      }

      @Override
      public void write(int offset, int size, int value) {
        int mask = (size == 4 ? -1 : (1 << 8 * size) - 1) << 8 * offset;
        synchronized (PcTestdev.this) {
          scratch = scratch & ~mask | value << 8 * offset & mask;
        }
      }
    };
  }

  /** {@link #FLUSH_PORTS} ports, 0xE4 on a PC: writes say a page, and change nothing it shows. */
  public PortDevice flushPorts() {
    return new PortDevice() {
      @Override
      public int read(int offset, int size) {
        return -1;
      }

      @Override
      public void write(int offset, int size, int value) {
        // Guest memory is mapped for good; there is nothing to be dropped.
      }
    };
  }

  /** {@link #LINES} byte-wide ports, 0x2000 on a PC: zero is low, anything else high. */
  public PortDevice linePorts() {
    return new PortDevice() {
      @Override
      public int read(int offset, int size) {
        return -1;
      }

      @Override
      public void write(int offset, int size, int value) {
        synchronized (PcTestdev.this) {
          drive(offset, value != 0);
        }
      }
    };
  }

  /** {@link #STORAGE} bytes, at 0xFF000000 on a PC. */
  public MmioDevice storage() {
    return new MmioDevice() {
      @Override
      public long read(long offset, int size) {
        synchronized (PcTestdev.this) {
          long value = 0;
          for (int i = 0; i < size; i++) {
            int at = (int) offset + i;
            value |= (long) (storage[at / 4] >> 8 * (at % 4) & 0xFF) << 8 * i;
          }
          return value;
        }
      }

      @Override
      public void write(long offset, int size, long value) {
        synchronized (PcTestdev.this) {
          for (int i = 0; i < size; i++) {
            int at = (int) offset + i;
            int shift = 8 * (at % 4);
            int data = (int) (value >> 8 * i & 0xFF) << shift;
            storage[at / 4] = storage[at / 4] & ~(0xFF << shift) | data;
          }
        }
      }
    };
  }

  @Override
  public synchronized State save() {
    int high = 0;
    for (int line = 0; line < LINES; line++) {
      high |= levels[line] ? 1 << line : 0;
    }
    return new State(VERSION, scratch, Arrays.stream(storage).boxed().toList(), high);
  }

  @Override
  public synchronized void restore(State state) {
    StateCheck check = new StateCheck("pc-testdev");
    check.version(VERSION, state.version);
    check.that(state.storage.size() == WORDS, "storage", state.storage.size());
    check.bits("levels", state.levels, (1 << LINES) - 1);
    scratch = state.scratch;
    Arrays.setAll(storage, state.storage::get);
    for (int line = 0; line < LINES; line++) {
      drive(line, (state.levels >> line & 1) != 0);
    }
  }
}
