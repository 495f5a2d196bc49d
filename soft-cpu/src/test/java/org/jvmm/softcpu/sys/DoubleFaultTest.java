package org.jvmm.softcpu.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.jvmm.softcpu.sys.Guest.CODE;
import static org.jvmm.softcpu.sys.Guest.HANDLERS;
import static org.jvmm.softcpu.sys.Guest.IDT;
import static org.jvmm.softcpu.sys.Guest.LONG0;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.jvmm.core.accel.CpuState;
import org.jvmm.core.accel.ExitReason;
import org.jvmm.softcpu.fault.GuestFault;

/**
 * What becomes of an exception while another is delivered (SDM vol. 3 table 6-5): every pair of
 * classes, in 64-bit mode.
 */
class DoubleFaultTest {
  private static final int ABSENT_GATE = 0x0e, GATE = 0x8e;

  /** Not mapped. */
  private static final long NOWHERE = 0x8000_0000L;

  /** A guest that raises a first exception by an instruction. */
  private static Guest raising(String code) {
    Guest g = Guest.wide();
    g.memory().copyIn(CODE, HexFormat.of().parseHex(code));
    return g.with(s -> s.gpr[0] = 0x1230).with(s -> s.gpr[3] = NOWHERE + 0x1000);
  }

  private static void onIst1(Guest g, int vector) {
    g.memory().write8(IDT + 16 * vector + 4, 1);
  }

  /** The first event's gate is absent: #NP in its delivery. */
  private static Guest withAbsentGate(Guest g, int first) {
    return g.gate(first, ABSENT_GATE, LONG0, HANDLERS + first);
  }

  /** The stack is not mapped, but for the handlers of #PF and #DF. */
  private static Guest withoutStack(Guest g, int first) {
    if (first != GuestFault.PF) {
      onIst1(g, GuestFault.PF);
    }
    onIst1(g, GuestFault.DF);
    return g.with(s -> s.gpr[CpuState.RSP] = NOWHERE);
  }

  @ParameterizedTest
  @CsvSource({
    "#UD is benign,          0f0b,   6,  11",
    "INT3 is benign,         cc,     3,  11",
    "INT1 is benign,         f1,     1,  11",
    "#NM is benign,          d9e8,   7,  11",
    "#DE contributes,        f7f1,   0,  8",
    "#GP contributes,        8ed8,   13, 8",
    "#PF and a contributory, 8b03,   14, 8"
  })
  void aContributoryException(String name, String code, int first, int served) {
    try (Guest g = withAbsentGate(raising(code), first)) {
      g.with(s -> s.cr0 |= 8).run().expectVector(served);
      // INT3 is no external event: no EXT.
      int gate = first * 8 | 2 | (first == GuestFault.BP ? 0 : 1);
      assertEquals(served == GuestFault.DF ? 0 : gate, (int) g.frame(0), name);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "#UD is benign,           0f0b, 6,  14",
    "#DE before a page fault, f7f1, 0,  14",
    "#GP before a page fault, 8ed8, 13, 14",
    "#PF twice,               8b03, 14, 8"
  })
  void aPageFault(String name, String code, int first, int served) {
    try (Guest g = withoutStack(raising(code), first)) {
      g.run().expectVector(served);
      assertEquals(NOWHERE - 8, g.state.cr2, name);
    }
  }

  @Test
  void theServedSecondMayItselfMeetAThird() {
    // #GP, then #PF for its frame, then #NP for the handler of #PF: that is #DF, not shutdown.
    try (Guest g = withoutStack(raising("8ed8"), GuestFault.GP)) {
      g.gate(GuestFault.PF, ABSENT_GATE, LONG0, 0);
      onIst1(g, GuestFault.DF);
      g.run().expectFault(GuestFault.DF, 0);
    }
  }

  @ParameterizedTest
  @CsvSource({"contributory", "benign", "page fault"})
  void anythingInADoubleFaultShutsDown(String third) {
    try (Guest g = raising("8b03")) {
      g.gate(GuestFault.PF, ABSENT_GATE, LONG0, 0);
      switch (third) {
        case "contributory" -> g.gate(GuestFault.DF, ABSENT_GATE, LONG0, 0);
        case "benign" -> g.with(s -> s.idtLimit = 16 * GuestFault.DF + 14);
        default -> g.with(s -> s.gpr[CpuState.RSP] = NOWHERE);
      }
      assertEquals("triple fault", g.expect(ExitReason.SHUTDOWN).detail());
      assertEquals(CODE, g.state.rip);
    }
  }

  @Test
  void anInterruptThatCannotBeDeliveredIsBenign() {
    try (Guest g = Guest.wide()) {
      g.gate(GuestFault.NMI, ABSENT_GATE, LONG0, 0).with(s -> s.nmiPending = true).code(0x90);
      g.run().expectFault(GuestFault.NP, GuestFault.NMI * 8 | 2 | 1);
      assertEquals(CODE, g.frame(1));
    }
  }

  @Test
  void aDoubleFaultsFrameHasTheFirstInstruction() {
    try (Guest g = raising("908ed8")) {
      g.gate(GuestFault.GP, GATE, 0, 0).run().expectFault(GuestFault.DF, 0);
      assertEquals(CODE + 1, g.frame(1));
    }
  }
}
