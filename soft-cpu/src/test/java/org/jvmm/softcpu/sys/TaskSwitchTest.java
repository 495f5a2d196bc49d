package org.jvmm.softcpu.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.jvmm.softcpu.sys.Guest.CODE0;
import static org.jvmm.softcpu.sys.Guest.CODE16;
import static org.jvmm.softcpu.sys.Guest.CODE3;
import static org.jvmm.softcpu.sys.Guest.DATA;
import static org.jvmm.softcpu.sys.Guest.DATA0;
import static org.jvmm.softcpu.sys.Guest.DATA3;
import static org.jvmm.softcpu.sys.Guest.OWN;
import static org.jvmm.softcpu.sys.Guest.OWN2;
import static org.jvmm.softcpu.sys.Guest.OWN3;
import static org.jvmm.softcpu.sys.Guest.STACK1;
import static org.jvmm.softcpu.sys.Guest.TASK;
import static org.jvmm.softcpu.sys.Guest.TSS;
import static org.jvmm.softcpu.sys.Guest.TSS16;
import static org.jvmm.softcpu.sys.Guest.TSS32;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.jvmm.core.accel.CpuState;
import org.jvmm.core.mem.GuestMemory;
import org.jvmm.softcpu.cpu.Flags;
import org.jvmm.softcpu.fault.GuestFault;
import org.jvmm.testkit.asm.Reg;

/** Task switches as SDM vol. 3 chapter 7 has them. */
class TaskSwitchTest {
  /** The new task's TSS, and where it begins: at a HLT. */
  private static final int TSS2 = 0x8800, ENTRY = 0x2000;

  private static final int BUSY = 2, NT = Flags.NT, EFLAGS = 2;

  /** Offsets in a 32-bit TSS. */
  private static final int LINK = 0, EIP = 32, FLAGS = 36, EAX = 40, ESP = 56;

  private static final int ES = 72, CS = 76, SS = 80, TRAP = 100;

  /** The TSS of a task that handles an exception. */
  private static final int HANDLER_TSS = 0x9000;

  private static Guest guest() {
    Guest g = Guest.flat();
    g.descriptor(OWN, TSS2, 0x67, TSS32, 0);
    GuestMemory m = g.memory();
    m.write32(TSS2 + EIP, ENTRY);
    m.write32(TSS2 + FLAGS, EFLAGS);
    m.write32(TSS2 + EAX, 0x12345678);
    m.write32(TSS2 + ESP, STACK1);
    for (int i = 0; i < 6; i++) {
      m.write32(TSS2 + ES + 4 * i, i == 1 ? CODE0 : DATA0);
    }
    m.write8(ENTRY, (byte) 0xf4);
    return g;
  }

  private static Guest jump(Guest g) {
    return g.code(a -> a.mov(Reg.EAX, 0x55).jmpFar(OWN, 0, 32)).run();
  }

  private static Guest call(Guest g) {
    return g.code(a -> a.mov(Reg.EAX, 0x55).db(0x9a).dd(0).dw(OWN).db(0xf4)).run();
  }

  @Test
  void aJumpMovesTheBusyBitAndSavesTheOldTask() {
    try (Guest g = jump(guest())) {
      assertEquals(ENTRY + 1, g.state.rip);
      assertEquals(0x12345678, g.state.gpr[CpuState.RAX]);
      assertEquals(OWN, g.selector(CpuState.TR));
      assertEquals(9, g.type(TASK), "the old TSS is available");
      assertEquals(9 | BUSY, g.type(OWN));
      assertEquals(0x55, g.memory().read32(TSS + EAX));
      assertEquals(Guest.CODE + 12, g.memory().read32(TSS + EIP));
      assertEquals(0, g.state.rflags & NT);
      assertNotEquals(0, g.state.cr0 & 8, "CR0.TS");
    }
  }

  @Test
  void aCallNestsTheTask() {
    try (Guest g = call(guest())) {
      assertEquals(0xb, g.type(TASK), "the caller stays busy");
      assertEquals(0xb, g.type(OWN));
      assertEquals(TASK, g.memory().read16(TSS2 + LINK));
      assertEquals(NT, g.state.rflags & NT);
    }
  }

  @Test
  void iretWithNtReturnsToTheCaller() {
    try (Guest g = guest()) {
      g.memory().write8(ENTRY, (byte) 0xcf);
      call(g);
      assertEquals(Guest.CODE + 13, g.state.rip);
      assertEquals(TASK, g.selector(CpuState.TR));
      assertEquals(9, g.type(OWN));
      assertEquals(0xb, g.type(TASK));
      assertEquals(0, g.memory().read32(TSS2 + FLAGS) & NT, "NT is clear in the saved image");
      assertEquals(ENTRY + 1, g.memory().read32(TSS2 + EIP), "behind IRET");
      assertEquals(0x55, g.state.gpr[CpuState.RAX]);
    }
  }

  @Test
  void iretToATaskThatIsNotBusyIsInvalidTss() {
    try (Guest g = guest()) {
      g.state.rflags |= NT;
      g.memory().write16(TSS + LINK, (short) OWN);
      g.code(0xcf).run().expectFault(GuestFault.TS, OWN);
    }
  }

  @Test
  void aTaskGateNeedsNoDescriptorRightsOfTheTss() {
    try (Guest g = guest()) {
      g.descriptor(OWN, TSS2, 0x67, TSS32, 0);
      g.callGate(OWN2, 0xe5, OWN, 0, 0).ring(3);
      g.memory().write32(TSS2 + CS, CODE0);
      g.code(a -> a.db(0x9a).dd(0).dw(OWN2)).run();
      assertEquals(ENTRY + 1, g.state.rip);
      assertEquals(CODE3 | 3, g.memory().read16(TSS + CS));
    }
  }

  @Test
  void aTssOfRing0IsNotForRing3() {
    try (Guest g = guest()) {
      g.ring(3).code(a -> a.jmpFar(OWN, 0, 32)).run().expectFault(GuestFault.GP, OWN);
    }
  }

  @Test
  void aBusyTssIsProtectionFault() {
    try (Guest g = guest()) {
      g.descriptor(OWN, TSS2, 0x67, TSS32 | BUSY, 0);
      jump(g).expectFault(GuestFault.GP, OWN);
    }
  }

  @Test
  void anAbsentTssIsNotPresent() {
    try (Guest g = guest()) {
      g.descriptor(OWN, TSS2, 0x67, TSS32 & 0x7f, 0);
      jump(g).expectFault(GuestFault.NP, OWN);
    }
  }

  @Test
  void aShortTssIsInvalidInTheOldTask() {
    try (Guest g = guest()) {
      g.descriptor(OWN, TSS2, 0x66, TSS32, 0);
      jump(g).expectFault(GuestFault.TS, OWN);
      assertEquals(TASK, g.selector(CpuState.TR));
      assertEquals(Guest.CODE + 5, g.frame(1), "the frame names the jump");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "no code segment,       76, 10,   10",
    "code beyond the GDT,   76, 1000, 1000",
    "code in another ring,  76, 28,   28",
    "a null stack,          80, 0,    0",
    "a stack of ring 3,     80, 33,   30",
    "data that is a TSS,    84, 60,   60",
    "an LDT that is none,   96, 10,   10"
  })
  void whatTheNewTaskCannotLoadIsInvalidTssInTheNewTask(
      String name, int at, String selector, String code) {
    try (Guest g = guest()) {
      g.memory().write32(TSS2 + at, Integer.parseInt(selector, 16));
      handledByTask(g, GuestFault.TS, OWN2);
      jump(g);
      assertEquals(OWN, g.memory().read16(HANDLER_TSS + LINK), "the fault came in the new task");
      assertEquals(ENTRY, g.memory().read32(TSS2 + EIP), "before its first instruction");
      assertEquals(Integer.parseInt(code, 16), g.frame(0), name);
    }
  }

  @Test
  void anAbsentCodeSegmentOfTheNewTaskIsNotPresent() {
    try (Guest g = guest()) {
      g.descriptor(OWN2, 0, -1, 0x1b, 0xc);
      g.memory().write32(TSS2 + CS, OWN2);
      handledByTask(g, GuestFault.NP, OWN3);
      jump(g);
      assertEquals(OWN2, g.frame(0));
    }
  }

  /**
   * A vector's gate becomes a task gate, because the faulting task may have no stack; the task
   * halts at {@link #ENTRY}.
   */
  private static void handledByTask(Guest g, int vector, int selector) {
    GuestMemory m = g.memory();
    m.write32(HANDLER_TSS + EIP, ENTRY);
    m.write32(HANDLER_TSS + FLAGS, EFLAGS);
    m.write32(HANDLER_TSS + ESP, STACK1);
    for (int i = 0; i < 6; i++) {
      m.write32(HANDLER_TSS + ES + 4 * i, i == 1 ? CODE0 : DATA0);
    }
    g.descriptor(selector, HANDLER_TSS, 0x67, TSS32, 0);
    g.gate(vector, 0x85, selector, 0);
  }

  @Test
  void anExceptionThroughATaskGateFindsItsErrorCodeOnTheNewStack() {
    try (Guest g = guest()) {
      g.gate(GuestFault.GP, 0x85, OWN, 0);
      g.code(a -> a.mov(Reg.EAX, 0x1230).db(0x8e, 0xd8)).run(); // mov ds, ax
      assertEquals(ENTRY + 1, g.state.rip);
      assertEquals(STACK1 - 4, g.state.gpr[CpuState.RSP]);
      assertEquals(0x1230, g.frame(0));
      assertEquals(Guest.CODE + 5, g.memory().read32(TSS + EIP));
      assertNotEquals(0, g.memory().read32(TSS + FLAGS) & Flags.RF, "a fault sets RF");
    }
  }

  @Test
  void intThroughATaskGateReturnsBehindItself() {
    try (Guest g = guest()) {
      g.gate(0x40, 0x85, OWN, 0);
      g.memory().write8(ENTRY, (byte) 0xcf);
      g.code(0xcd, 0x40, 0xf4).run();
      assertEquals(Guest.CODE + 3, g.state.rip);
    }
  }

  @Test
  void aTaskMayBeOf16Bits() {
    try (Guest g = guest()) {
      GuestMemory m = g.memory();
      g.descriptor(OWN, TSS2, 0x2b, TSS16, 0);
      for (int i = 0; i < 0x2c; i += 2) {
        m.write16(TSS2 + i, (short) 0);
      }
      m.write16(TSS2 + 14, (short) ENTRY);
      m.write16(TSS2 + 16, (short) EFLAGS);
      m.write16(TSS2 + 18, (short) 0x4321);
      m.write16(TSS2 + 26, (short) STACK1);
      m.write16(TSS2 + 34, (short) DATA0);
      m.write16(TSS2 + 36, (short) CODE16);
      m.write16(TSS2 + 38, (short) DATA0);
      m.write16(TSS2 + 40, (short) DATA0);
      call(g);
      assertEquals(ENTRY + 1, g.state.rip);
      assertEquals(0x4321, g.state.gpr[CpuState.RAX] & 0xffff);
      assertEquals(3, g.type(OWN), "busy 16-bit TSS");
      assertTrue(g.state.segments[CpuState.FS].unusable, "it has no FS");
      assertEquals(TASK, m.read16(TSS2));
    }
  }

  @Test
  void theTrapBitRaisesDebugExceptionBeforeTheFirstInstruction() {
    try (Guest g = guest()) {
      g.memory().write16(TSS2 + TRAP, (short) 1);
      jump(g).expectVector(GuestFault.DB);
      assertEquals(ENTRY, g.frame(0));
      assertEquals(1 << 15, g.state.dr[6] & 1 << 15, "DR6.BT");
    }
  }

  @Test
  void aSwitchClearsTheLocalBreakpointsOnly() {
    try (Guest g = guest()) {
      g.state.dr[0] = DATA;
      g.state.dr[7] = 0x400 | 1 << 8 | 0xf; // L0 G0 L1 G1 LE
      jump(g);
      assertEquals(0x400 | 0xa, g.state.dr[7]);
    }
  }

  @Test
  void aTaskMayEnterVirtualMode() {
    try (Guest g = guest()) {
      GuestMemory m = g.memory();
      m.write32(TSS2 + FLAGS, EFLAGS | Flags.VM);
      m.write32(TSS2 + EIP, 0);
      m.write32(TSS2 + CS, ENTRY >> 4);
      m.write32(TSS2 + SS, 0x900);
      m.write32(TSS2 + ESP, 0x100);
      m.write32(TSS2 + 4, Guest.STACK0);
      m.write32(TSS2 + 8, DATA0);
      jump(g).expectFault(GuestFault.GP, 0); // HLT
      assertEquals(ENTRY >> 4, g.frame(2));
      assertEquals(Flags.VM, g.frame(3) & Flags.VM);
      assertEquals(0x900, g.frame(5));
    }
  }

  @Test
  void aRing3TaskGetsItsOwnStack() {
    try (Guest g = guest()) {
      GuestMemory m = g.memory();
      m.write32(TSS2 + CS, CODE3 | 3);
      for (int at : new int[] {ES, SS, 84, 88, 92}) {
        m.write32(TSS2 + at, DATA3 | 3);
      }
      m.write32(TSS2 + 4, Guest.STACK0);
      m.write32(TSS2 + 8, DATA0);
      jump(g).expectFault(GuestFault.GP, 0); // HLT in ring 3
      assertEquals(STACK1, g.frame(4));
      assertEquals(DATA3 | 3, g.frame(5));
    }
  }

  @Test
  void inLongModeThereAreNoTaskSwitches() {
    try (Guest g = Guest.wide()) {
      g.memory().write32(DATA, 0);
      g.memory().write16(DATA + 4, (short) TASK);
      g.code(a -> a.db(0xff, 0x2c, 0x25).dd(DATA)).run().expectFault(GuestFault.GP, TASK);
    }
  }
}
