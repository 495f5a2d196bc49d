package org.jvmm.core.bus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class MmioBusTest {
  private final MmioBus bus = new MmioBus();
  private final List<String> log = new ArrayList<>();

  private final MmioDevice probe =
      new MmioDevice() {
        @Override
        public long read(long offset, int size) {
          log.add("r%d@%d".formatted(size, offset));
          return 0x8877665544332211L >>> (8 * offset);
        }

        @Override
        public void write(long offset, int size, long value) {
          log.add("w%d@%d=%x".formatted(size, offset, value));
        }
      };

  @Test
  void aHoleFloatsToAllOnes() {
    assertEquals(-1L, bus.read(0xfee0_0000L, 8));
    assertEquals(0xffff_ffffL, bus.read(0xfee0_0000L, 4));
    bus.write(0xfee0_0000L, 8, 1);
  }

  @Test
  void anAccessReachesTheWindowThatHoldsIt() {
    bus.attach("low", 0x1000, 8, 8, probe);
    bus.attach("high", 0x1_0000_0000L, 8, 8, probe);
    assertEquals(0x8877665544332211L, bus.read(0x1_0000_0000L, 8));
    bus.write(0x1004, 4, 0xf_0000_0001L);
    assertEquals(List.of("r8@0", "w4@4=1"), log);
    assertEquals(2, bus.ownerAt(0x1_0000_0007L));
    assertEquals(MmioBus.NO_OWNER, bus.ownerAt(0x1008));
  }

  @Test
  void wideAccessesAreSplitToTheDevicesWidth() {
    bus.attach("narrow", 0x1000, 8, 4, probe);
    bus.write(0x1000, 8, 0x0000_0002_0000_0001L);
    assertEquals(List.of("w4@0=1", "w4@4=2"), log);
    assertEquals(0x8877665544332211L, bus.read(0x1000, 8));
  }

  @Test
  void oddSizesAndStraddlingAccessesAreSplitToBytes() {
    bus.attach("probe", 0x1000, 8, 8, probe);
    assertEquals(0x332211L, bus.read(0x1000, 3));
    assertEquals(0xff88L, bus.read(0x1007, 2));
  }

  @Test
  void overlapNamesBothOwners() {
    bus.attach("ioapic", 0xfec0_0000L, 0x1000, 4, probe);
    WiringException e =
        assertThrows(WiringException.class, () -> bus.attach("bar0", 0xfec0_0fffL, 1, 4, probe));
    assertTrue(
        e.getMessage().contains("ioapic") && e.getMessage().contains("bar0"), e.getMessage());
  }

  @Test
  void aDetachedWindowFloats() {
    bus.attach("probe", 0x1000, 8, 8, probe);
    bus.detach(0x1000);
    assertEquals(0xffL, bus.read(0x1000, 1));
    assertThrows(WiringException.class, () -> bus.detach(0x1000));
  }
}
