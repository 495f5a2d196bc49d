package org.jvmm.devices.lapic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Interprocessor interrupts and messages between four local APICs. */
final class ApicBusTest {
  private static final int LOGICAL = 1 << 11, ASSERT = 1 << 14, LEVEL = 1 << 15;
  private static final int LOWEST = 1 << 8, NMI = 4 << 8, INIT = 5 << 8, STARTUP = 6 << 8;
  private static final int SELF = 1 << 18, ALL = 2 << 18, ALL_BUT_SELF = 3 << 18;
  private static final int VECTOR = 0x77;

  private final ApicSystem system = new ApicSystem(4);

  private void send(int from, int destination, int command) {
    system.write(from, ApicReg.ICR_HIGH, (long) destination << 24);
    system.write(from, ApicReg.ICR_LOW, command);
  }

  private void logicalNames(long dfr, int... names) {
    for (int id = 0; id < names.length; id++) {
      system.write(id, ApicReg.DFR, dfr);
      system.write(id, ApicReg.LDR, (long) names[id] << 24);
    }
  }

  private List<String> seen(int id) {
    return system.pins.get(id).seen;
  }

  @Test
  void physicalModeNamesOneApicOrAll() {
    send(0, 2, VECTOR);
    assertEquals(List.of(2), system.havingRequested(VECTOR));
    send(0, 0xff, VECTOR + 1);
    assertEquals(List.of(0, 1, 2, 3), system.havingRequested(VECTOR + 1));
    send(0, 9, VECTOR + 2);
    assertEquals(List.of(), system.havingRequested(VECTOR + 2));
  }

  @ParameterizedTest
  @CsvSource({"0x1, 0", "0x2, 1", "0x5, 02", "0xf, 0123", "0x10, ''", "0xff, 0123"})
  void flatLogicalModeIsABitMask(String destination, String ids) {
    logicalNames(-1L, 1, 2, 4, 8);
    send(3, Integer.decode(destination), LOGICAL | VECTOR);
    assertEquals(ids.chars().mapToObj(c -> c - '0').toList(), system.havingRequested(VECTOR));
  }

  @ParameterizedTest
  @CsvSource({"0x11, 0", "0x13, 01", "0x21, 2", "0x23, 23", "0x31, ''", "0x10, ''", "0xff, 0123"})
  void clusterLogicalModeIsAClusterAndABitMask(String destination, String ids) {
    logicalNames(0, 0x11, 0x12, 0x21, 0x22);
    send(3, Integer.decode(destination), LOGICAL | VECTOR);
    assertEquals(ids.chars().mapToObj(c -> c - '0').toList(), system.havingRequested(VECTOR));
  }

  @Test
  void theShorthandsNeedNoDestination() {
    send(1, 3, SELF | VECTOR);
    assertEquals(List.of(1), system.havingRequested(VECTOR));
    send(1, 3, ALL | VECTOR + 1);
    assertEquals(List.of(0, 1, 2, 3), system.havingRequested(VECTOR + 1));
    send(1, 3, ALL_BUT_SELF | VECTOR + 2);
    assertEquals(List.of(0, 2, 3), system.havingRequested(VECTOR + 2));
  }

  @Test
  void lowestPriorityChoosesTheLeastBusyOfTheNamed() {
    logicalNames(-1L, 1, 2, 4, 8);
    system.write(0, ApicReg.TPR, 0x40);
    system.write(1, ApicReg.TPR, 0x30);
    system.write(3, ApicReg.TPR, 0x20);
    send(2, 0b1011, LOGICAL | LOWEST | VECTOR);
    assertEquals(List.of(3), system.havingRequested(VECTOR));
    system.write(3, ApicReg.SVR, 0xff);
    send(2, 0b1011, LOGICAL | LOWEST | VECTOR + 1);
    assertEquals(List.of(1), system.havingRequested(VECTOR + 1), "a disabled one is not chosen");
  }

  @Test
  void nmiInitAndStartupReachThePins() {
    send(0, 1, NMI);
    send(0, 2, INIT | ASSERT | LEVEL);
    send(0, 2, INIT | LEVEL);
    send(0, 2, STARTUP | 0x9f);
    assertEquals(List.of("nmi"), seen(1));
    assertEquals(List.of("init", "sipi 9f"), seen(2), "INIT level de-assert is nothing");
    assertEquals(List.of(), seen(3));
  }

  @Test
  void initResetsTheLocalApicOfItsTarget() {
    send(0, 1, VECTOR);
    send(0, 1, INIT | ASSERT);
    assertEquals(0xff, system.read(1, ApicReg.SVR));
    assertFalse(system.apic(1).pending());
  }

  @Test
  void ipisAreEdgesWhateverTheirTriggerBit() {
    send(0, 1, ASSERT | LEVEL | VECTOR);
    system.serveAll(1);
    assertEquals(List.of(), system.eois);
  }

  @Test
  void theCommandReadsBackIdle() {
    send(0, 1, LOGICAL | ASSERT | VECTOR | 1 << 12);
    assertEquals(LOGICAL | ASSERT | VECTOR, system.read(0, ApicReg.ICR_LOW));
    assertEquals(1 << 24, system.read(0, ApicReg.ICR_HIGH));
  }

  @Test
  void messagesFollowTheFormatOfMsi() {
    logicalNames(-1L, 1, 2, 4, 8);
    system.bus.send(0xfee0_2000L, VECTOR);
    assertEquals(List.of(2), system.havingRequested(VECTOR));
    system.bus.send(0xfee0_6004L, VECTOR + 1);
    assertEquals(List.of(1, 2), system.havingRequested(VECTOR + 1));
    system.bus.send(0xfeef_f000L, VECTOR + 2);
    assertEquals(List.of(0, 1, 2, 3), system.havingRequested(VECTOR + 2));
    system.bus.send(0xfee0_1000L, NMI);
    assertTrue(seen(1).contains("nmi"));
  }

  @Test
  void aRedirectionHintChoosesOneOfTheNamed() {
    logicalNames(-1L, 1, 2, 4, 8);
    system.write(1, ApicReg.TPR, 0x20);
    system.bus.send(0xfee0_6000L | 1 << 3 | 1 << 2, VECTOR);
    assertEquals(List.of(2), system.havingRequested(VECTOR));
  }

  @Test
  void messagesElsewhereAndDeassertionsAreIgnored() {
    system.bus.send(0xfec0_0000L, VECTOR);
    system.bus.send(0x1_fee0_0000L, VECTOR);
    system.bus.send(0xfee0_0000L, LEVEL | VECTOR);
    assertEquals(List.of(), system.havingRequested(VECTOR));
  }

  @Test
  void x2apicDestinationsAre32BitsWide() {
    for (int id = 0; id < 4; id++) {
      system.enableX2apic(id);
    }
    assertTrue(system.apic(0).writeMsr(0x830, 3L << 32 | VECTOR));
    assertEquals(List.of(3), system.havingRequested(VECTOR));
    assertTrue(system.apic(0).writeMsr(0x830, 0xffL << 32 | VECTOR + 1));
    assertEquals(List.of(), system.havingRequested(VECTOR + 1), "0xff is one id among others");
    assertTrue(system.apic(0).writeMsr(0x830, 0xffff_ffffL << 32 | VECTOR + 2));
    assertEquals(List.of(0, 1, 2, 3), system.havingRequested(VECTOR + 2));
    assertTrue(system.apic(0).writeMsr(0x83f, VECTOR + 3));
    assertEquals(List.of(0), system.havingRequested(VECTOR + 3));
    system.bus.send(0xfeef_f000L, VECTOR + 4);
    assertEquals(List.of(0, 1, 2, 3), system.havingRequested(VECTOR + 4), "0xff of 8 bits is all");
  }

  @Test
  void x2apicLogicalNamesAreClustersOf16() {
    ApicSystem many = new ApicSystem(35);
    for (int id = 0; id < 35; id++) {
      many.enableX2apic(id);
      many.apic(id).readMsr(0x80d);
      assertEquals((long) id / 16 << 16 | 1L << id % 16, many.apic(id).msrValue());
    }
    many.apic(0).writeMsr(0x830, (1L << 16 | 0b101) << 32 | LOGICAL | VECTOR);
    assertEquals(List.of(16, 18), many.havingRequested(VECTOR));
    many.apic(0).writeMsr(0x830, (2L << 16 | 0xffff) << 32 | LOGICAL | VECTOR + 1);
    assertEquals(List.of(32, 33, 34), many.havingRequested(VECTOR + 1));
  }

  @Test
  void aHardwareDisabledApicHearsNothing() {
    assertTrue(system.apic(2).setApicBase(0xfee0_0000L));
    send(0, 0xff, VECTOR);
    send(0, 2, NMI);
    assertEquals(List.of(0, 1, 3), system.havingRequested(VECTOR));
    assertEquals(List.of(), seen(2));
  }
}
