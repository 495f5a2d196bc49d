package org.jvmm.softcpu.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.jvmm.softcpu.sys.Guest.CODE;
import static org.jvmm.softcpu.sys.Guest.CODE0;
import static org.jvmm.softcpu.sys.Guest.DATA;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.core.accel.CpuState;
import org.jvmm.core.accel.ExitReason;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.Flags;
import org.jvmm.softcpu.fault.GuestFault;
import org.jvmm.testkit.asm.Mem;
import org.jvmm.testkit.asm.Reg;

/** Single step, RF and the debug registers (SDM vol. 3 chapter 18). */
class DebugTest {
  private static final int TF = Flags.TF, RF = Flags.RF;
  private static final int BS = 1 << 14, BD = 1 << 13;

  /** DR7: breakpoint 0 on, globally; its kind and length come on top. */
  private static final int G0 = 2;

  private static final int WRITES = 1 << 16, PORTS = 2 << 16, ACCESSES = 3 << 16;
  private static final int FOUR_BYTES = 3 << 18;

  private static Guest guest() {
    return Guest.flat();
  }

  private static Guest watched(long address, int dr7) {
    return guest().with(s -> s.dr[0] = address).with(s -> s.dr[7] = 0x400 | G0 | dr7);
  }

  // Single step

  @Test
  void aSingleStepTrapsBehindTheInstruction() {
    try (Guest g = guest()) {
      g.with(s -> s.rflags |= TF).code(0x40, 0x40).run().expectVector(GuestFault.DB);
      assertEquals(CODE + 1, g.frame(0));
      assertEquals(TF | 2, g.frame(2) & (TF | RF | 2), "TF, no RF: it is a trap");
      assertEquals(BS, g.state.dr[6] & BS);
      assertEquals(0, g.state.rflags & TF);
    }
  }

  @Test
  void popfThatSetsTfTrapsBehindTheNextInstruction() {
    try (Guest g = guest()) {
      g.code(a -> a.push(TF | 2).popf().db(0x40, 0x40)).run().expectVector(GuestFault.DB);
      assertEquals(CODE + 7, g.frame(0));
      assertEquals(1, g.state.gpr[0]);
    }
  }

  @Test
  void popfThatClearsTfTrapsOnceMore() {
    try (Guest g = guest()) {
      g.memory().write32(Guest.STACK, 2);
      g.with(s -> s.rflags |= TF).code(0x9d, 0x40).run().expectVector(GuestFault.DB);
      assertEquals(CODE + 1, g.frame(0));
      assertEquals(0, g.frame(2) & TF);
    }
  }

  @Test
  void aFaultingInstructionDoesNotTrap() {
    try (Guest g = guest()) {
      g.with(s -> s.rflags |= TF).code(0x0f, 0x0b).run().expectVector(GuestFault.UD);
      assertEquals(0, g.state.dr[6] & BS);
      assertEquals(TF | RF, g.frame(2) & (TF | RF));
    }
  }

  @Test
  void intClearsTfAndDoesNotTrap() {
    try (Guest g = guest()) {
      g.with(s -> s.rflags |= TF).code(0xcd, 0x40).run().expectVector(0x40);
      assertEquals(0, g.state.dr[6] & BS);
      assertEquals(TF, g.frame(2) & TF);
    }
  }

  @Test
  void aLoadOfSsHoldsTheTrapBackForOneInstruction() {
    try (Guest g = guest()) {
      g.with(s -> s.rflags |= TF).with(s -> s.gpr[1] = Guest.DATA0);
      g.code(0x8e, 0xd1, 0x40, 0x40).run().expectVector(GuestFault.DB); // mov ss, ecx
      assertEquals(CODE + 3, g.frame(0));
    }
  }

  @Test
  void aRepeatedInstructionTrapsBehindEachIteration() {
    try (Guest g = guest()) {
      g.with(s -> s.rflags |= TF).with(s -> s.gpr[1] = 5).with(s -> s.gpr[7] = DATA);
      g.code(0xf3, 0xaa).run().expectVector(GuestFault.DB);
      assertEquals(4, g.state.gpr[1]);
      assertEquals(CODE, g.frame(0));
    }
  }

  @Test
  void haltThatTrapsDoesNotHalt() {
    try (Guest g = guest()) {
      g.with(s -> s.rflags |= TF).code(0xf4).run().expectVector(GuestFault.DB);
      assertEquals(CODE + 1, g.frame(0));
    }
  }

  @Test
  void syscallTrapsByTheFlagsThatItLeaves() {
    try (Guest g = Guest.wide()) {
      g.memory().write16(0x2000, 0x90 | 0xf4 << 8);
      g.state.msrs.put(0xc0000081, (long) Guest.LONG0 << 32);
      g.state.msrs.put(0xc0000082, 0x2000);
      g.state.msrs.put(0xc0000084, TF);
      g.ring(3).with(s -> s.rflags |= TF).code(0x0f, 0x05).run();
      assertEquals(0x2002, g.state.rip, "SFMASK cleared TF: no trap");
    }
  }

  @Test
  void sysretIntoSteppedCodeTrapsAtOnce() {
    try (Guest g = Guest.wide()) {
      g.state.msrs.put(0xc0000081, (long) (Guest.OWN | 3) << 48);
      g.with(s -> s.gpr[11] = TF | 2).with(s -> s.gpr[1] = 0x2000);
      g.code(0x48, 0x0f, 0x07).run().expectVector(GuestFault.DB);
      assertEquals(0x2000, g.frame(0));
    }
  }

  // Instruction breakpoints

  @Test
  void anInstructionBreakpointFaultsBeforeItsInstructionAndLeavesRf() {
    try (Guest g = watched(CODE + 1, 0)) {
      g.code(0x40, 0x40, 0xf4).run().expectVector(GuestFault.DB);
      assertEquals(CODE + 1, g.frame(0));
      assertEquals(1, g.state.gpr[0]);
      assertEquals(1, g.state.dr[6] & 15);
      assertEquals(0, g.frame(2) & RF, "the handler has to set it");
    }
  }

  @Test
  void rfHoldsInstructionBreakpointsBackForOneInstruction() {
    try (Guest g = watched(0x2000, 0)) {
      // The IRET goes to the breakpoint with RF, past it, and a jump back to it.
      g.memory().copyIn(0x2000, new byte[] {0x40, (byte) 0xeb, (byte) 0xfd});
      g.code(a -> a.push(RF | 2).push(CODE0).push(0x2000).db(0xcf));
      g.run().expectVector(GuestFault.DB);
      assertEquals(1, g.state.gpr[0], "once past it");
    }
  }

  @Test
  void anInstructionBreakpointBehindALoadOfSsIsNotTaken() {
    try (Guest g = watched(CODE + 2, 0)) {
      g.with(s -> s.gpr[1] = Guest.DATA0).code(0x8e, 0xd1, 0x40, 0xf4).run();
      assertEquals(CODE + 4, g.state.rip);
    }
  }

  @Test
  void theBreakpointsAddressIsLinear() {
    try (Guest g = watched(CODE + 1, 0)) {
      g.descriptor(Guest.OWN, 0xffff_f000L, -1, 0x9b, 0xc);
      g.state.segments[CpuState.CS].set(Guest.OWN, 0xffff_f000L, -1, 0xc9b, false);
      g.state.rip = CODE + 0x1000;
      g.code(0x40, 0x40).run().expectVector(GuestFault.DB);
      assertEquals(CODE + 0x1001, g.frame(0));
    }
  }

  // Data and I/O breakpoints

  @Test
  void aDataBreakpointTrapsBehindTheWrite() {
    try (Guest g = watched(DATA + 4, WRITES | FOUR_BYTES)) {
      g.code(a -> a.mov(Mem.at(DATA + 7).byte_(), 1).inc(Reg.EAX)).run();
      g.expectVector(GuestFault.DB);
      assertEquals(CODE + 7, g.frame(0));
      assertEquals(1, g.state.dr[6] & 15);
      assertEquals(1, g.memory().read8(DATA + 7));
    }
  }

  @Test
  void aWriteBreakpointLetsReadsAndNeighboursPass() {
    try (Guest g = watched(DATA + 4, WRITES | FOUR_BYTES)) {
      g.code(
          a ->
              a.mov(Reg.EAX, Mem.at(DATA + 4))
                  .mov(Mem.at(DATA).dword(), 1)
                  .mov(Mem.at(DATA + 8).byte_(), 1)
                  .db(0xf4));
      g.run();
      assertEquals(-1, g.vector());
    }
  }

  @Test
  void anAccessBreakpointTrapsAtReads() {
    try (Guest g = watched(DATA, ACCESSES)) {
      g.code(a -> a.mov(Reg.EAX, Mem.at(DATA)).db(0xf4)).run().expectVector(GuestFault.DB);
    }
  }

  @Test
  void aDataBreakpointThatALoadOfSsHitsTrapsOneInstructionLater() {
    try (Guest g = watched(DATA, ACCESSES)) {
      g.memory().write16(DATA, Guest.DATA0);
      g.code(a -> a.db(0x8e, 0x15).dd(DATA).db(0x40, 0x40)).run().expectVector(GuestFault.DB);
      assertEquals(CODE + 7, g.frame(0));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0x60, 0x5f})
  void anIoBreakpointTrapsBehindTheInstruction(int port) {
    try (Guest g = watched(0x60, PORTS)) {
      g.with(s -> s.cr4 |= Cpu.CR4_DE).code(0xe7, port, 0x40); // out port, eax
      g.expect(ExitReason.IO_OUT);
      assertEquals(ExitReason.HALTED, g.resume().reason());
      g.expectVector(GuestFault.DB);
      assertEquals(CODE + 2, g.frame(0));
    }
  }

  @Test
  void breakpointsThatAreOffHitNothing() {
    try (Guest g = watched(DATA, ACCESSES)) {
      g.with(s -> s.dr[7] = 0x400 | ACCESSES);
      g.code(a -> a.mov(Reg.EAX, Mem.at(DATA)).db(0xf4)).run();
      assertEquals(-1, g.vector());
    }
  }

  @Test
  void aBreakpointMayCoverEightBytes() {
    try (Guest g = Guest.wide()) {
      g.with(s -> s.dr[0] = DATA).with(s -> s.dr[7] = 0x400 | G0 | WRITES | 2 << 18);
      g.with(s -> s.gpr[3] = DATA + 7).code(0x88, 0x03, 0x90).run(); // mov [rbx], al
      g.expectVector(GuestFault.DB);
      assertEquals(CODE + 2, g.frame(0));
    }
  }

  @Test
  void anAddressIsAlignedToTheLength() {
    try (Guest g = watched(DATA + 6, WRITES | FOUR_BYTES)) {
      g.code(a -> a.mov(Mem.at(DATA + 4).byte_(), 1)).run().expectVector(GuestFault.DB);
    }
  }

  @Test
  void allBreakpointsThatAreHitAreTold() {
    try (Guest g = watched(DATA, ACCESSES)) {
      g.with(s -> s.dr[3] = DATA + 1).with(s -> s.dr[7] |= 0xc0 | 1 << 28);
      g.with(s -> s.rflags |= TF).with(s -> s.dr[6] |= 4);
      g.code(a -> a.mov(Mem.at(DATA).dword(), 1)).run().expectVector(GuestFault.DB);
      assertEquals(BS | 9, g.state.dr[6] & (BS | 15), "not what stood there before");
    }
  }

  @Test
  void aRepeatedInstructionTrapsBehindTheIterationThatHits() {
    try (Guest g = watched(DATA + 2, WRITES)) {
      g.with(s -> s.gpr[1] = 5).with(s -> s.gpr[7] = DATA).code(0xf3, 0xaa); // rep stosb
      g.run().expectVector(GuestFault.DB);
      assertEquals(2, g.state.gpr[1]);
      assertEquals(CODE, g.frame(0));
    }
  }

  @Test
  void aDataBreakpointThatALoadOfSsHitsComesBehindAnIntThatFollows() {
    try (Guest g = watched(DATA, ACCESSES)) {
      g.memory().write16(DATA, Guest.DATA0);
      g.code(a -> a.db(0x8e, 0x15).dd(DATA).db(0xcd, 0x40)).run().expectVector(GuestFault.DB);
      assertEquals(Guest.HANDLERS + 0x40, g.frame(0), "at the first instruction of its handler");
    }
  }

  @Test
  void anIoBreakpointNeedsDebugExtensions() {
    try (Guest g = watched(0x60, PORTS)) {
      g.code(0xe7, 0x60, 0xf4).expect(ExitReason.IO_OUT);
      g.resume();
      assertEquals(-1, g.vector());
    }
  }

  @Test
  void int1IsATrapThatTellsNothingInDr6() {
    try (Guest g = guest()) {
      g.code(0xf1).run().expectVector(GuestFault.DB);
      assertEquals(CODE + 1, g.frame(0));
      assertEquals(0, g.state.dr[6] & (BS | BD | 15));
    }
  }

  // The registers

  @Test
  void generalDetectFaultsAtTheAccessAndIsOffInTheHandler() {
    try (Guest g = guest()) {
      g.with(s -> s.dr[7] = 0x400 | 1 << 13).code(0x0f, 0x21, 0xc0); // mov eax, dr0
      g.run().expectVector(GuestFault.DB);
      assertEquals(CODE, g.frame(0));
      assertEquals(RF, g.frame(2) & RF, "a fault");
      assertEquals(BD, g.state.dr[6] & BD);
      assertEquals(0x400, g.state.dr[7]);
    }
  }

  @Test
  void reservedBitsOfDr6AndDr7StayAsTheyAre() {
    try (Guest g = guest()) {
      g.with(s -> s.gpr[0] = 0xffffffffL).with(s -> s.gpr[1] = 0xffff_dfffL & ~0xffL);
      // mov dr6, eax; mov dr7, ecx; mov ebx, dr6; mov edx, dr7
      g.code(0x0f, 0x23, 0xf0, 0x0f, 0x23, 0xf9, 0x0f, 0x21, 0xf3, 0x0f, 0x21, 0xfa, 0xf4).run();
      assertEquals(0xffff_efffL, g.state.gpr[3]);
      assertEquals(0xffff_0700L, g.state.gpr[2]);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0xf0, 0xf8})
  void theUpperHalvesOfDr6AndDr7StayClear(int modRm) {
    try (Guest g = Guest.wide()) {
      g.with(s -> s.gpr[0] = 1L << 32).code(0x0f, 0x23, modRm).run().expectFault(GuestFault.GP, 0);
    }
  }

  @Test
  void anAddressMayBeNonCanonical() {
    try (Guest g = Guest.wide()) {
      g.with(s -> s.gpr[0] = 1L << 60).code(0x0f, 0x23, 0xc0, 0xf4).run(); // mov dr0, rax
      assertEquals(1L << 60, g.state.dr[0]);
    }
  }

  @Test
  void dr4IsDr6UntilDebugExtensionsAreOn() {
    try (Guest g = guest()) {
      g.code(0x0f, 0x21, 0xe0, 0xf4).run(); // mov eax, dr4
      assertEquals(0xffff_0ff0L, g.state.gpr[0]);
    }
    try (Guest g = guest()) {
      g.with(s -> s.cr4 |= Cpu.CR4_DE).code(0x0f, 0x21, 0xe0).run().expectVector(GuestFault.UD);
    }
  }

  @Test
  void ring3HasNoDebugRegisters() {
    try (Guest g = guest()) {
      g.ring(3).code(0x0f, 0x21, 0xc0).run().expectFault(GuestFault.GP, 0);
    }
  }

  @Test
  void theHandlersIretWithRfGoesOn() {
    try (Guest g = watched(CODE, 0)) {
      // The handler sets RF in its frame: or byte [esp + 10], 1; iret
      g.memory().copyIn(0x2000, new byte[] {(byte) 0x80, 0x4c, 0x24, 10, 1, (byte) 0xcf});
      g.gate(GuestFault.DB, 0x8e, CODE0, 0x2000).code(0x40, 0xf4).run();
      assertEquals(CODE + 2, g.state.rip);
      assertEquals(1, g.state.gpr[0]);
      assertNotEquals(RF, g.state.rflags & RF);
    }
  }
}
