package org.jvmm.devices.testdev;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jvmm.core.bus.MmioDevice;
import org.jvmm.core.bus.PortDevice;
import org.jvmm.core.device.Snapshotable;
import org.jvmm.core.device.StateCheck;
import org.jvmm.devices.pci.PciBus;
import org.jvmm.devices.pci.PciFunction;
import org.jvmm.devices.pci.PciSpec;

/**
 * QEMU's pci-testdev: on a memory and on an I/O BAR, a header that says where to write which byte,
 * and counts the writes of the test that has been started. The tests with an eventfd count none, as
 * such a write ends in the eventfd; there is none here.
 */
public final class PciTestdev implements Snapshotable<PciTestdev.State> {
  private static final int VENDOR = 0x1B36, DEVICE = 0x0005, CLASS = 0xFF0000;
  private static final int MEMORY_SIZE = 4096, IO_SIZE = 256;
  private static final int MEMORY = 0, IO = 1;
  private static final String[] BARS = {"mmio", "portio"};
  private static final String[] TESTS = {"no-eventfd", "wildcard-eventfd", "datamatch-eventfd"};
  private static final int NO_EVENTFD = 0, WILDCARD = 1;
  private static final int MATCH = 0xFA, NO_MATCH = 0xCE;
  private static final int NAME = 16, NONE = -1, VERSION = 1;

  private final PciFunction pci;

  // Volatile state
  private int current = NONE;
  private int count;

  /**
   * The test that runs, numbered over both BARs, or -1; and its writes.
   *
   * @param pci the configuration space
   */
  public record State(int version, PciFunction.State pci, int current, int count) {}

  /**
   * A device in a slot.
   *
   * @param membar bytes of a further 64-bit BAR with nothing behind it, a power of two of at least
   *     16; 0 for none
   */
  public PciTestdev(PciBus bus, int slot, long membar) {
    PciSpec spec =
        new PciSpec("pci-testdev", VENDOR, DEVICE)
            .classCode(CLASS)
            .onReset(this::reset)
            .memoryBar(0, MEMORY_SIZE, 1, new Memory())
            .ioBar(1, IO_SIZE, 1, new Ports());
    if (membar != 0) {
      spec.memoryBar64(2, membar, 8, new Nothing());
    }
    pci = bus.add(slot, 0, spec);
  }

  private final class Memory implements MmioDevice {
    @Override
    public long read(long offset, int size) {
      return header((int) offset);
    }

    @Override
    public void write(long offset, int size, long value) {
      written(MEMORY, (int) offset, (int) value);
    }
  }

  private final class Ports implements PortDevice {
    @Override
    public int read(int offset, int size) {
      return header(offset);
    }

    @Override
    public void write(int offset, int size, int value) {
      written(IO, offset, value);
    }
  }

  private static final class Nothing implements MmioDevice {
    @Override
    public long read(long offset, int size) {
      return -1;
    }

    @Override
    public void write(long offset, int size, long value) {
      // Nothing is there.
    }
  }

  private synchronized void reset() {
    current = NONE;
    count = 0;
  }

  /** Where a test is to be written: behind the header, in the BAR's second half. */
  private static int target(int test) {
    return (test / TESTS.length == MEMORY ? MEMORY_SIZE : IO_SIZE) / 2 + test;
  }

  private static int data(int test) {
    return test % TESTS.length == WILDCARD ? NO_MATCH : MATCH;
  }

  private synchronized void written(int bar, int offset, int value) {
    if (offset == 0) {
      current = value < TESTS.length ? bar * TESTS.length + value : NONE;
      count = 0;
    } else if (current != NONE
        && current % TESTS.length == NO_EVENTFD
        && offset == target(current)
        && value == data(current)) {
      count++;
    }
  }

  /** A byte of the header: test, width, offset, data, count, name. */
  private synchronized int header(int offset) {
    if (current == NONE) {
      return 0;
    }
    String name = BARS[current / TESTS.length] + "-" + TESTS[current % TESTS.length];
    ByteBuffer header = ByteBuffer.allocate(NAME + name.length()).order(ByteOrder.LITTLE_ENDIAN);
    header.put((byte) current).put((byte) 1).putShort((short) 0);
    header.putInt(target(current)).putInt(data(current)).putInt(count);
    header.put(name.getBytes(StandardCharsets.US_ASCII));
    return offset < header.limit() ? header.get(offset) & 0xFF : 0;
  }

  @Override
  public synchronized State save() {
    return new State(VERSION, pci.save(), current, count);
  }

  @Override
  public synchronized void restore(State state) {
    StateCheck check = new StateCheck("pci-testdev");
    check.version(VERSION, state.version);
    check.that(
        state.current >= NONE && state.current < BARS.length * TESTS.length,
        "current",
        state.current);
    pci.restore(state.pci);
    current = state.current;
    count = state.count;
  }
}
