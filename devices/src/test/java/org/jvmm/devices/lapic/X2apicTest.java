package org.jvmm.devices.lapic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** IA32_APIC_BASE and the MSRs of x2APIC mode (SDM vol. 3 section 11.12). */
final class X2apicTest {
  private static final long DISABLED = 0xfee0_0100L, XAPIC = 0xfee0_0900L, X2APIC = 0xfee0_0d00L;
  private static final long INVALID = 0xfee0_0500L;

  private final ApicSystem system = new ApicSystem(1);
  private final LocalApicDevice apic = system.apic(0);

  private long rdmsr(int index) {
    assertTrue(apic.readMsr(index), () -> "#GP at " + Integer.toHexString(index));
    return apic.msrValue();
  }

  /** Figure 11-27. */
  @ParameterizedTest
  @CsvSource({
    "d,d,true", "d,x,true", "d,2,false", "d,i,false",
    "x,d,true", "x,x,true", "x,2,true", "x,i,false",
    "2,d,true", "2,x,false", "2,2,true", "2,i,false"
  })
  void onlyTheManualsTransitionsAreLegal(char from, char to, boolean legal) {
    enter(from);
    long before = apic.apicBase();
    assertEquals(legal, apic.setApicBase(base(to)));
    assertEquals(legal ? base(to) : before, apic.apicBase());
  }

  private void enter(char mode) {
    if (mode == '2') {
      assertTrue(apic.setApicBase(X2APIC));
    } else if (mode == 'd') {
      assertTrue(apic.setApicBase(DISABLED));
    }
  }

  private static long base(char mode) {
    return switch (mode) {
      case 'd' -> DISABLED;
      case 'x' -> XAPIC;
      case '2' -> X2APIC;
      default -> INVALID;
    };
  }

  @ParameterizedTest
  @ValueSource(longs = {XAPIC | 1, XAPIC | 1 << 9, XAPIC | 1L << 52, -1})
  void reservedBitsOfTheBaseAreRefused(long value) {
    assertFalse(apic.setApicBase(value));
    assertEquals(XAPIC, apic.apicBase());
  }

  @Test
  void disablingLosesTheState() {
    system.write(0, ApicReg.TPR, 0x50);
    assertTrue(apic.setApicBase(DISABLED));
    assertTrue(apic.setApicBase(XAPIC));
    assertEquals(0, system.read(0, ApicReg.TPR));
    assertEquals(0xff, system.read(0, ApicReg.SVR));
  }

  @Test
  void enteringX2apicModeKeepsTheStateAndHidesThePage() {
    system.write(0, ApicReg.TPR, 0x50);
    system.write(0, ApicReg.LDR, 0x0100_0000);
    system.write(0, ApicReg.ICR_HIGH, 0x0300_0000);
    system.bus.send(0xfee0_0000L, 0x66);
    system.enableX2apic(0);
    assertEquals(0x50, rdmsr(0x808));
    assertEquals(0x1ff, rdmsr(0x80f));
    assertEquals(1, rdmsr(0x80d), "LDR is derived from the id");
    assertEquals(0, rdmsr(0x830), "the upper half of ICR is lost");
    assertEquals(-1, apic.read(0x80, 4));
    apic.write(0x80, 4, 0);
    assertEquals(0x50, rdmsr(0x808));
    assertEquals(0x66, apic.acknowledge());
  }

  @Test
  void theMsrsAreAbsentOutsideX2apicMode() {
    assertFalse(apic.readMsr(0x802));
    assertFalse(apic.writeMsr(0x808, 0));
  }

  @Test
  void registersReadAsIn64Bits() {
    system.enableX2apic(0);
    assertEquals(0, rdmsr(0x802));
    assertEquals(0x0105_0014, rdmsr(0x803));
    apic.writeMsr(0x838, 0xffff_fff0L);
    assertEquals(0xffff_fff0L, rdmsr(0x838));
    apic.writeMsr(0x830, 0x1234_5678_0000_0077L);
    assertEquals(0x1234_5678_0000_0077L, rdmsr(0x830));
  }

  @Test
  void exactlyTheManualsRegistersCanBeRead() {
    system.enableX2apic(0);
    List<Integer> readable =
        java.util.stream.IntStream.range(0x800, 0x900).filter(apic::readMsr).boxed().toList();
    List<Integer> expected = new java.util.ArrayList<>(List.of(0x802, 0x803, 0x808, 0x80a, 0x80d));
    expected.add(0x80f);
    for (int i = 0x810; i <= 0x828; i++) {
      expected.add(i);
    }
    expected.addAll(List.of(0x830, 0x832, 0x833, 0x834, 0x835, 0x836, 0x837, 0x838, 0x839, 0x83e));
    assertEquals(expected, readable);
  }

  @ParameterizedTest
  @ValueSource(
      ints = {0x800, 0x802, 0x803, 0x809, 0x80a, 0x80c, 0x80d, 0x80e, 0x810, 0x82f, 0x831, 0x839})
  void readOnlyAndAbsentRegistersRefuseWrites(int index) {
    system.enableX2apic(0);
    assertFalse(apic.writeMsr(index, 0));
  }

  @ParameterizedTest
  @CsvSource({
    "0x808, 0x100",
    "0x80b, 1",
    "0x80f, 0x2000",
    "0x828, 1",
    "0x830, 0x2000",
    "0x830, 0x100000",
    "0x832, 0x100",
    "0x835, 0x800",
    "0x837, 0x100",
    "0x838, 0x100000000",
    "0x83e, 0x4",
    "0x83f, 0x100"
  })
  void reservedBitsAreGeneralProtection(String index, String value) {
    system.enableX2apic(0);
    assertFalse(apic.writeMsr(Integer.decode(index), Long.decode(value)));
  }

  @Test
  void interruptsEndByMsr() {
    system.enableX2apic(0);
    system.bus.send(0xfee0_0000L, 0x66 | 1 << 15 | 1 << 14);
    assertEquals(0x66, apic.acknowledge());
    assertTrue(apic.writeMsr(0x80b, 0));
    assertEquals(List.of(0x66), system.eois);
  }

  @Test
  void initKeepsX2apicMode() {
    system.enableX2apic(0);
    system.bus.send(0xfee0_0000L, 5 << 8);
    assertEquals(X2APIC, apic.apicBase());
    assertEquals(1, rdmsr(0x80d));
  }

  @Test
  void resetLeavesX2apicMode() {
    system.enableX2apic(0);
    apic.reset();
    assertEquals(XAPIC, apic.apicBase());
    assertEquals(0, system.read(0, ApicReg.LDR));
  }
}
