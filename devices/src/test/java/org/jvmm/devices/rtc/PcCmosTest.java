package org.jvmm.devices.rtc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.LocalDateTime;
import org.junit.jupiter.api.Test;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.testkit.ManualClock;

final class PcCmosTest {
  private final Mc146818 rtc =
      new Mc146818(LocalDateTime.of(2027, 1, 1, 0, 0), IrqLine.UNCONNECTED, new ManualClock());
  private final PcCmos cmos = new PcCmos(rtc);

  private int word(int at) {
    return rtc.load(at) | rtc.load(at + 1) << 8;
  }

  @Test
  void memoryIsToldInKilobytesAndIn64KilobyteUnits() {
    cmos.memory(0xc000_0000L, 5L << 30);
    assertEquals(640, word(0x15));
    assertEquals(63 * 1024, word(0x17));
    assertEquals(63 * 1024, word(0x30));
    assertEquals(0xbf00, word(0x34));
    assertEquals(0x4000, word(0x5b));
    assertEquals(1, rtc.load(0x5d));
  }

  @Test
  void aSmallMachineHasNothingBeyondItsRam() {
    cmos.memory(8L << 20, 0);
    assertEquals(7 * 1024, word(0x17));
    assertEquals(0, word(0x34));
    assertEquals(0, word(0x5b));
  }

  @Test
  void theChecksumCoversTheConfiguration() {
    cmos.memory(128L << 20, 0);
    cmos.floppies(PcCmos.FLOPPY_1440K, 0);
    int sum = 0;
    for (int at = 0x10; at <= 0x2d; at++) {
      sum += rtc.load(at);
    }
    assertEquals(sum, rtc.load(0x2e) << 8 | rtc.load(0x2f));
  }

  @Test
  void floppyDrivesShowInTheTypesAndTheEquipment() {
    cmos.floppies(PcCmos.FLOPPY_1440K, PcCmos.FLOPPY_1440K);
    assertEquals(0x44, rtc.load(0x10));
    assertEquals(0x47, rtc.load(0x14));
    cmos.floppies(0, 0);
    assertEquals(0x06, rtc.load(0x14));
  }

  @Test
  void theBootOrderIsInThreeNibblesAndTheCpusAreCountedFromZero() {
    cmos.bootOrder(PcCmos.BOOT_CD, PcCmos.BOOT_DISK, PcCmos.BOOT_FLOPPY, false);
    assertEquals(0x23, rtc.load(0x3d));
    assertEquals(0x10, rtc.load(0x38));
    cmos.cpus(4);
    assertEquals(3, rtc.load(0x5f));
  }
}
