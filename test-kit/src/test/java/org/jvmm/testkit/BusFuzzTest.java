package org.jvmm.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.jvmm.core.bus.MmioDevice;
import org.jvmm.core.bus.PortDevice;

final class BusFuzzTest {
  /** Checks the bus' promises and writes the accesses down. */
  private static final class Probe implements PortDevice, MmioDevice {
    final List<String> log = new ArrayList<>();
    final int window;

    Probe(int window) {
      this.window = window;
    }

    @Override
    public int read(int offset, int size) {
      return (int) read((long) offset, size);
    }

    @Override
    public void write(int offset, int size, int value) {
      write((long) offset, size, Integer.toUnsignedLong(value));
    }

    @Override
    public long read(long offset, int size) {
      assertTrue(offset >= 0 && offset + size <= window);
      log.add("r" + offset + "/" + size);
      return -1;
    }

    @Override
    public void write(long offset, int size, long value) {
      assertTrue(Thread.holdsLock(this));
      assertTrue(size == 8 || value >>> (8 * size) == 0);
      log.add("w" + offset + "/" + size + "=" + value);
    }
  }

  @Test
  void theSameSeedMakesTheSameAccessesAndAnotherOneOthers() {
    List<List<String>> logs = new ArrayList<>();
    for (long seed : new long[] {1, 1, 2}) {
      Probe probe = new Probe(6);
      BusFuzz.ports(probe, 6, 4).seed(seed).run(1000);
      logs.add(probe.log);
    }
    assertEquals(logs.get(0), logs.get(1));
    assertTrue(!logs.get(0).equals(logs.get(2)));
  }

  @Test
  void everyOffsetAndWidthIsReached() {
    Probe probe = new Probe(16);
    BusFuzz.mmio(probe, 16, 8).run(10_000);
    for (int size = 1; size <= 8; size *= 2) {
      for (int offset = 0; offset + size <= 16; offset++) {
        assertTrue(probe.log.contains("r" + offset + "/" + size), offset + "/" + size);
      }
    }
  }

  @Test
  void aDeviceThatThrowsIsReportedWithSeedAndAccesses() {
    PortDevice thrower =
        new PortDevice() {
          @Override
          public int read(int offset, int size) {
            throw new IllegalStateException("odd");
          }

          @Override
          public void write(int offset, int size, int value) {}
        };
    AssertionError error =
        assertThrows(AssertionError.class, () -> BusFuzz.ports(thrower, 1, 1).seed(9).run(1000));
    assertTrue(error.getMessage().contains("seed 9"), error.getMessage());
    assertTrue(error.getMessage().contains("read 0x0/1"), error.getMessage());
  }
}
