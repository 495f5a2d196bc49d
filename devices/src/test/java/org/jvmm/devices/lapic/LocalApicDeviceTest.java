package org.jvmm.devices.lapic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.jvmm.core.device.SnapshotException;
import org.jvmm.core.irq.InterruptSource;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.devices.pic.PicPair;
import org.jvmm.testkit.BusFuzz;
import org.jvmm.testkit.SnapshotCheck;

/** Priorities, EOI, the local vector table and errors of one local APIC, through its page. */
final class LocalApicDeviceTest {
  private static final int MASKED = 1 << 16, LEVEL = 1 << 15, REMOTE_IRR = 1 << 14;
  private static final int NMI = 4 << 8, EXTINT = 7 << 8;

  private final ApicSystem system = new ApicSystem(1);
  private final LocalApicDevice apic = system.apic(0);

  private void write(int register, long value) {
    system.write(0, register, value);
  }

  private int read(int register) {
    return system.read(0, register);
  }

  private void request(int... vectors) {
    for (int vector : vectors) {
      system.bus.send(0xfee0_0000L, vector);
    }
  }

  private void requestLevel(int vector) {
    system.bus.send(0xfee0_0000L, vector | LEVEL | 1 << 14);
  }

  private int bit(int register, int vector) {
    return read(register + vector / 32) >>> vector % 32 & 1;
  }

  @Test
  void afterResetEverythingIsMaskedAndDisabled() {
    LocalApicDevice fresh =
        new LocalApicDevice(
            3, system.bus, system.pins.get(0), InterruptSource.NONE, system.clock, system.tsc);
    assertEquals(3 << 24, fresh.read(0x20, 4));
    assertEquals(0x0105_0014, fresh.read(0x30, 4));
    assertEquals(0xff, fresh.read(0xf0, 4));
    assertEquals(0xffff_ffffL, fresh.read(0xe0, 4));
    for (int register = ApicReg.LVT_TIMER; register <= ApicReg.LVT_ERROR; register++) {
      assertEquals(MASKED, fresh.read(16L * register, 4));
    }
    assertEquals(0xfee0_0800L, fresh.apicBase());
    assertEquals(0xfee0_0900L, apic.apicBase(), "id 0 is the bootstrap processor");
  }

  @Test
  void aFixedInterruptGoesFromIrrToIsrAndIsEnded() {
    request(0x51);
    assertEquals(List.of("intr"), system.pins.get(0).seen);
    assertEquals(1, bit(ApicReg.IRR, 0x51));
    assertEquals(0x51, apic.acknowledge());
    assertEquals(0, bit(ApicReg.IRR, 0x51));
    assertEquals(1, bit(ApicReg.ISR, 0x51));
    assertFalse(apic.pending());
    write(ApicReg.EOI, 0);
    assertEquals(0, bit(ApicReg.ISR, 0x51));
    assertEquals(List.of(), system.eois, "edge-triggered: no broadcast");
  }

  @Test
  void requestsAreServedFromTheHighestVectorDown() {
    request(0x31, 0xfe, 0x10, 0x80, 0x7f, 0x31);
    assertEquals(List.of(0xfe, 0x80, 0x7f, 0x31, 0x10), system.serveAll(0));
  }

  @Test
  void onlyAHigherClassNests() {
    request(0x55);
    apic.acknowledge();
    request(0x5f);
    assertFalse(apic.pending());
    assertEquals(0x50, read(ApicReg.PPR));
    request(0x60);
    assertEquals(0x60, apic.acknowledge());
    write(ApicReg.EOI, 0);
    assertEquals(1, bit(ApicReg.ISR, 0x55));
    write(ApicReg.EOI, 0);
    assertEquals(0x5f, apic.acknowledge());
  }

  /** SDM vol. 3 section 11.8.3.1 for all pairs of TPR and vector in service. */
  @Test
  void processorPriorityIsTheHigherOfTaskAndServiceClass() {
    for (int serving = 0x10; serving < 0x100; serving += 7) {
      request(serving);
      write(ApicReg.TPR, 0);
      assertEquals(serving, apic.acknowledge());
      for (int tpr = 0; tpr < 0x100; tpr += 5) {
        write(ApicReg.TPR, tpr);
        assertEquals(tpr >> 4 >= serving >> 4 ? tpr : serving & 0xf0, read(ApicReg.PPR));
      }
      write(ApicReg.EOI, 0);
    }
  }

  @Test
  void taskPriorityHoldsItsClassBackAndCr8IsItsUpperHalf() {
    apic.writeCr8(5);
    assertEquals(0x50, read(ApicReg.TPR));
    request(0x5f);
    assertFalse(apic.pending());
    write(ApicReg.TPR, 0x4f);
    assertTrue(apic.pending());
    assertEquals(4, apic.readCr8());
  }

  @Test
  void aRequestWithdrawnByTaskPriorityIsNotAcknowledged() {
    request(0x40);
    apic.writeCr8(15);
    assertEquals(-1, apic.acknowledge());
    assertEquals(1, bit(ApicReg.IRR, 0x40));
  }

  @Test
  void aLevelTriggeredInterruptBroadcastsItsEoi() {
    requestLevel(0x61);
    assertEquals(1, bit(ApicReg.TMR, 0x61));
    apic.acknowledge();
    write(ApicReg.EOI, 0);
    assertEquals(List.of(0x61), system.eois);
    request(0x61);
    assertEquals(0, bit(ApicReg.TMR, 0x61), "an edge clears the trigger mode");
  }

  @Test
  void theBroadcastCanBeSuppressed() {
    write(ApicReg.SVR, 0x1ff | 1 << 12);
    requestLevel(0x61);
    apic.acknowledge();
    write(ApicReg.EOI, 0);
    assertEquals(List.of(), system.eois);
  }

  @Test
  void anEoiWithNothingInServiceDoesNothing() {
    write(ApicReg.EOI, 0);
    assertEquals(List.of(), system.eois);
  }

  @Test
  void softwareDisableMasksTheLvtAndRefusesFixedInterrupts() {
    write(ApicReg.LVT_TIMER, 0x40);
    write(ApicReg.SVR, 0xff);
    assertEquals(0x40 | MASKED, read(ApicReg.LVT_TIMER));
    write(ApicReg.LVT_TIMER, 0x41);
    assertEquals(0x41 | MASKED, read(ApicReg.LVT_TIMER), "stays masked while disabled");
    request(0x52);
    assertFalse(apic.pending());
    system.bus.send(0xfee0_0000L, NMI);
    assertEquals(List.of("nmi"), system.pins.get(0).seen);
    write(ApicReg.SVR, 0x1ff);
    assertEquals(0x41 | MASKED, read(ApicReg.LVT_TIMER));
  }

  @Test
  void interruptsAlreadyAcceptedSurviveSoftwareDisable() {
    request(0x52);
    write(ApicReg.SVR, 0xff);
    assertEquals(0x52, apic.acknowledge());
  }

  @Test
  void reservedBitsOfLvtEntriesStayZero() {
    for (int register = ApicReg.LVT_TIMER; register <= ApicReg.LVT_ERROR; register++) {
      write(register, -1L);
    }
    assertEquals(0x7_00ff, read(ApicReg.LVT_TIMER));
    assertEquals(0x1_07ff, read(0x33));
    assertEquals(0x1_07ff, read(0x34));
    assertEquals(0x1_a7ff, read(ApicReg.LVT_LINT0));
    assertEquals(0x1_a7ff, read(ApicReg.LVT_LINT1));
    assertEquals(0x1_00ff, read(ApicReg.LVT_ERROR));
  }

  @Test
  void lint0AsFixedEdgeInterruptsOncePerRise() {
    write(ApicReg.LVT_LINT0, 0x70);
    apic.lint0().set(true);
    assertEquals(List.of(0x70), system.serveAll(0));
    apic.lint0().set(false);
    apic.lint0().set(true);
    assertTrue(apic.pending());
  }

  @Test
  void lint0AsFixedLevelInterruptsAgainAfterEoiWhileHigh() {
    write(ApicReg.LVT_LINT0, 0x70 | LEVEL);
    apic.lint0().set(true);
    assertEquals(0x70 | LEVEL | REMOTE_IRR, read(ApicReg.LVT_LINT0));
    assertEquals(0x70, apic.acknowledge());
    assertFalse(apic.pending());
    write(ApicReg.EOI, 0);
    assertEquals(0x70, apic.acknowledge());
    apic.lint0().set(false);
    write(ApicReg.EOI, 0);
    assertFalse(apic.pending());
    assertEquals(0x70 | LEVEL, read(ApicReg.LVT_LINT0));
  }

  @Test
  void rewritingTheEntryOfALevelInServiceDoesNotInterruptAgain() {
    write(ApicReg.LVT_LINT0, 0x70 | LEVEL);
    apic.lint0().set(true);
    apic.acknowledge();
    write(ApicReg.LVT_LINT0, 0x70 | LEVEL);
    assertEquals(0x70 | LEVEL | REMOTE_IRR, read(ApicReg.LVT_LINT0));
    assertEquals(0, bit(ApicReg.IRR, 0x70));
  }

  @Test
  void unmaskingAHighLevelLint0Interrupts() {
    apic.lint0().set(true);
    write(ApicReg.LVT_LINT0, 0x70 | LEVEL);
    assertTrue(apic.pending());
  }

  @Test
  void lint1AsNmiRaisesNmiOnEachEdge() {
    write(ApicReg.LVT_LINT1, NMI);
    apic.lint1().set(true);
    apic.lint1().set(true);
    apic.lint1().pulse();
    apic.lint1().pulse();
    assertEquals(List.of("nmi", "nmi"), system.pins.get(0).seen);
    write(ApicReg.LVT_LINT1, NMI | MASKED);
    apic.lint1().pulse();
    assertEquals(2, system.pins.get(0).seen.size());
  }

  @Test
  void extIntFollowsTheEightThousandsAndTheirVector() {
    IrqLine[] lint0 = {IrqLine.UNCONNECTED};
    PicPair pics = initialized(new PicPair(high -> lint0[0].set(high)));
    ApicSystem other = new ApicSystem(1, pics);
    LocalApicDevice local = other.apic(0);
    lint0[0] = local.lint0();
    pics.line(4).set(true);
    assertFalse(local.pending(), "LINT0 is masked");
    local.virtualWire();
    assertTrue(local.pending());
    local.writeCr8(15);
    assertTrue(local.pending(), "ExtINT knows no task priority");
    assertEquals(0x24, local.acknowledge());
    assertFalse(local.pending());
    assertEquals(0, (int) local.read(0x110, 4), "ExtINT is not in service here");
  }

  @Test
  void aDisabledApicHandsItsPinsThrough() {
    IrqLine[] lint0 = {IrqLine.UNCONNECTED};
    PicPair pics = initialized(new PicPair(high -> lint0[0].set(high)));
    ApicSystem other = new ApicSystem(1, pics);
    LocalApicDevice local = other.apic(0);
    lint0[0] = local.lint0();
    assertTrue(local.setApicBase(0xfee0_0100L));
    pics.line(1).set(true);
    assertEquals(0x21, local.acknowledge());
    local.lint1().set(true);
    assertEquals("nmi", other.pins.get(0).seen.get(other.pins.get(0).seen.size() - 1));
  }

  @Test
  void anExtIntMessageTakesOneVectorFromTheEightThousands() {
    PicPair pics = initialized(new PicPair(IrqLine.UNCONNECTED));
    ApicSystem other = new ApicSystem(1, pics);
    pics.line(6).set(true);
    other.bus.send(0xfee0_0000L, EXTINT);
    assertEquals(0x26, other.apic(0).acknowledge());
    assertFalse(other.apic(0).pending());
  }

  private static PicPair initialized(PicPair pics) {
    pics.primary().write(0, 1, 0x11);
    for (int icw : new int[] {0x20, 4, 1}) {
      pics.primary().write(1, 1, icw);
    }
    return pics;
  }

  @Test
  void anIllegalVectorIsAnErrorThatTheErrorEntryReports() {
    write(ApicReg.LVT_ERROR, 0xe0);
    request(0x0f);
    assertEquals(0, read(ApicReg.ESR), "ESR shows errors after a write only");
    write(ApicReg.ESR, 0);
    assertEquals(1 << 6, read(ApicReg.ESR));
    assertEquals(List.of(0xe0), system.serveAll(0));
    write(ApicReg.ESR, 0);
    assertEquals(0, read(ApicReg.ESR));
  }

  @Test
  void anIllegalErrorVectorDoesNotLoop() {
    write(ApicReg.LVT_ERROR, 0x05);
    request(3);
    assertFalse(apic.pending());
  }

  @Test
  void sendingAnIllegalVectorIsTheSendersError() {
    write(ApicReg.ICR_LOW, 1 << 18 | 0x0e);
    write(ApicReg.ESR, 0);
    assertEquals(1 << 5, read(ApicReg.ESR));
    assertFalse(apic.pending());
  }

  @Test
  void anUnknownRegisterIsAnErrorAndReadsZero() {
    assertEquals(0, read(0x05));
    write(0x3d, 1);
    write(ApicReg.ESR, 0);
    assertEquals(1 << 7, read(ApicReg.ESR));
  }

  @Test
  void narrowReadsGiveBytesAndNarrowWritesAreIgnored() {
    write(ApicReg.LVT_TIMER, 0x1_00a5);
    assertEquals(0xa5, apic.read(0x320, 1) & 0xff);
    assertEquals(0x01, apic.read(0x322, 1) & 0xff);
    apic.write(0x320, 1, 0x33);
    apic.write(0x324, 4, 0x33);
    assertEquals(0x1_00a5, read(ApicReg.LVT_TIMER));
  }

  @Test
  void initClearsTheRegistersButNotTheBase() {
    write(ApicReg.TPR, 0x30);
    request(0x55);
    system.bus.send(0xfee0_0000L, 5 << 8);
    assertEquals(0, read(ApicReg.TPR));
    assertEquals(0xff, read(ApicReg.SVR));
    assertFalse(apic.pending());
    assertEquals(0xfee0_0900L, apic.apicBase());
    assertEquals(List.of("intr", "init"), system.pins.get(0).seen);
  }

  @Test
  void snapshotRoundTripKeepsRequestsServicesAndPins() {
    write(ApicReg.LVT_LINT0, 0x70 | LEVEL);
    apic.lint0().set(true);
    apic.acknowledge();
    request(0x90, 0x33);
    requestLevel(0xa1);
    request(3);
    write(ApicReg.ICR_HIGH, 0x5500_0000L);
    ApicSystem other = new ApicSystem(1);
    LocalApicDevice restored = other.apic(0);
    SnapshotCheck.roundTrip(apic, restored);
    assertEquals(List.of("intr"), other.pins.get(0).seen);
    assertEquals(0xa1, restored.acknowledge());
  }

  @Test
  void aSnapshotWithAnIllegalVectorPendingIsRefused() {
    LocalApicDevice.State s = apic.save();
    LocalApicDevice.State bad =
        new LocalApicDevice.State(
            1,
            s.apicBase(),
            0,
            0,
            -1,
            0x1ff,
            0,
            0,
            0,
            s.lvt(),
            List.of(1, 0, 0, 0, 0, 0, 0, 0),
            s.isr(),
            s.tmr(),
            false,
            false,
            false,
            s.timer());
    assertThrows(SnapshotException.class, () -> apic.restore(bad));
  }

  @Test
  void randomAccessesNeverThrow() {
    BusFuzz.mmio(apic, LocalApicDevice.WINDOW, 4)
        .clock(system.clock)
        .beside(random -> system.bus.send(0xfee0_0000L | random.nextInt(1 << 20), random.nextInt()))
        .beside(random -> apic.lint0().set(random.nextBoolean()))
        .beside(random -> apic.lint1().set(random.nextBoolean()))
        .beside(random -> apic.acknowledge())
        .beside(random -> apic.setApicBase(0xfee0_0000L | random.nextInt() & 0xfff))
        .beside(random -> apic.writeMsr(0x800 + random.nextInt(64), random.nextLong()))
        .beside(random -> apic.writeMsr(0x800 + random.nextInt(64), random.nextInt(1 << 19)))
        .beside(random -> apic.writeMsr(0x6e0, random.nextLong() >>> random.nextInt(64)))
        .beside(random -> apic.readMsr(0x800 + random.nextInt(64)))
        .beside(random -> SnapshotCheck.roundTrip(apic, apic))
        .run(30_000);
  }
}
