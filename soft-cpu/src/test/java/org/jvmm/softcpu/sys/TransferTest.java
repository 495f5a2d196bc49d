package org.jvmm.softcpu.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.jvmm.softcpu.sys.Guest.CODE0;
import static org.jvmm.softcpu.sys.Guest.CODE1;
import static org.jvmm.softcpu.sys.Guest.CODE16;
import static org.jvmm.softcpu.sys.Guest.CODE3;
import static org.jvmm.softcpu.sys.Guest.CONFORMING0;
import static org.jvmm.softcpu.sys.Guest.DATA;
import static org.jvmm.softcpu.sys.Guest.DATA0;
import static org.jvmm.softcpu.sys.Guest.DATA1;
import static org.jvmm.softcpu.sys.Guest.DATA3;
import static org.jvmm.softcpu.sys.Guest.LONG0;
import static org.jvmm.softcpu.sys.Guest.LONG3;
import static org.jvmm.softcpu.sys.Guest.OWN;
import static org.jvmm.softcpu.sys.Guest.OWN2;
import static org.jvmm.softcpu.sys.Guest.STACK;
import static org.jvmm.softcpu.sys.Guest.STACK0;
import static org.jvmm.softcpu.sys.Guest.STACK1;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.jvmm.core.accel.CpuState;
import org.jvmm.core.accel.ExitReason;
import org.jvmm.softcpu.cpu.Flags;
import org.jvmm.softcpu.fault.GuestFault;
import org.jvmm.testkit.asm.Reg;

/** Far transfers between segments and rings (SDM vol. 3 section 5.8, vol. 2 RET and IRET). */
class TransferTest {
  /** Where transfers go: a HLT. */
  private static final int TARGET = 0x2000;

  private static final int GATE = 0xec, GATE_OF_16_BITS = 0xe4;
  private static final int LSTAR = 0xc0000082, STAR = 0xc0000081, SFMASK = 0xc0000084;
  private static final int SYSENTER_CS = 0x174, SYSENTER_ESP = 0x175, SYSENTER_EIP = 0x176;

  private static Guest flat() {
    Guest g = Guest.flat();
    g.memory().write8(TARGET, 0xf4);
    return g;
  }

  private static Guest callFar(Guest g, int selector, long offset) {
    return g.code(a -> a.push(0x11).push(0x22).db(0x9a).dd((int) offset).dw(selector));
  }

  // Call gates

  @Test
  void aCallGateSwitchesTheStackAndCopiesParameters() {
    try (Guest g = flat()) {
      g.callGate(OWN, GATE, CODE0, TARGET, 2).ring(3);
      callFar(g, OWN, 0xdeadbeef).run();
      assertEquals(TARGET + 1, g.state.rip, "the gate's offset, not the instruction's");
      assertEquals(STACK0 - 24, g.state.gpr[CpuState.RSP]);
      assertEquals(Guest.CODE + 11, g.frame(0), "return address");
      assertEquals(CODE3 | 3, g.frame(1));
      assertEquals(0x22, g.frame(2), "parameters in their order");
      assertEquals(0x11, g.frame(3));
      assertEquals(STACK - 8, g.frame(4));
      assertEquals(DATA3 | 3, g.frame(5));
      assertEquals(DATA0, g.selector(CpuState.SS));
      assertEquals(CODE0, g.selector(CpuState.CS));
    }
  }

  @Test
  void a16BitCallGatePushesWords() {
    try (Guest g = flat()) {
      g.callGate(OWN, GATE_OF_16_BITS, CODE0, TARGET, 1).ring(3);
      callFar(g, OWN, 0).run();
      assertEquals(STACK0 - 10, g.state.gpr[CpuState.RSP]);
      assertEquals(CODE3 | 3, g.stack(1, 2));
      assertEquals(0x22, g.stack(2, 2));
      assertEquals(STACK - 8, g.stack(3, 2));
    }
  }

  @Test
  void aCallGateToTheSameRingKeepsTheStack() {
    try (Guest g = flat()) {
      g.callGate(OWN, GATE, CODE0, TARGET, 2);
      callFar(g, OWN, 0).run();
      assertEquals(STACK - 16, g.state.gpr[CpuState.RSP]);
    }
  }

  @Test
  void retfWithACountDropsTheParametersFromBothStacks() {
    try (Guest g = flat()) {
      g.callGate(OWN, GATE, CODE0, TARGET, 2).ring(3);
      g.memory().copyIn(TARGET, new byte[] {(byte) 0xca, 8, 0}); // retf 8
      callFar(g, OWN, 0);
      g.run().expectFault(GuestFault.GP, 0); // what follows the call is no instruction of ring 3
      assertEquals(CODE3 | 3, g.frame(2));
      assertEquals(STACK, g.frame(4), "the caller's parameters are gone");
    }
  }

  @Test
  void aGateThatTheCallerMayNotUseIsProtectionFault() {
    try (Guest g = flat()) {
      g.callGate(OWN, 0x8c, CODE0, TARGET, 0).ring(3);
      callFar(g, OWN, 0).run().expectFault(GuestFault.GP, OWN);
    }
  }

  @Test
  void anAbsentGateIsNotPresentOnlyForThoseWhoMayUseIt() {
    try (Guest g = flat()) {
      g.callGate(OWN, GATE & 0x7f, CODE0, TARGET, 0).ring(3);
      callFar(g, OWN, 0).run().expectFault(GuestFault.NP, OWN);
    }
  }

  @Test
  void aJumpThroughAGateMayNotChangeTheRing() {
    try (Guest g = flat()) {
      g.callGate(OWN, GATE, CODE0, TARGET, 0).ring(3);
      g.code(a -> a.jmpFar(OWN, 0, 32)).run().expectFault(GuestFault.GP, CODE0);
    }
  }

  @Test
  void anInnerStackThatDoesNotFitIsInvalidTss() {
    try (Guest g = flat()) {
      g.callGate(OWN, GATE, CODE0, TARGET, 0).ring(3);
      g.memory().write32(Guest.TSS + 8, DATA3 | 3); // SS0 of ring 3
      // The handler stays in ring 3; it shows itself by an OUT.
      g.gate(GuestFault.TS, 0x8e, CONFORMING0, TARGET).with(s -> s.rflags |= Flags.IOPL);
      g.memory().copyIn(TARGET, new byte[] {(byte) 0xe6, (byte) 0x80});
      callFar(g, OWN, 0).expect(ExitReason.IO_OUT);
      assertEquals(DATA3, g.frame(0));
    }
  }

  @Test
  void theCodeBehindAGateIsCheckedToo() {
    try (Guest g = flat()) {
      g.callGate(OWN, GATE, DATA0, TARGET, 0).ring(3);
      callFar(g, OWN, 0).run().expectFault(GuestFault.GP, DATA0);
    }
  }

  @Test
  void inLongModeAGatePushesEightBytesAndANullStack() {
    try (Guest g = Guest.wide()) {
      g.memory().write8(TARGET, 0xf4);
      g.callGate(OWN, GATE, LONG0, TARGET, 0).ring(3);
      g.memory().write32(DATA, 0);
      g.memory().write16(DATA + 4, OWN);
      g.code(a -> a.db(0xff, 0x1c, 0x25).dd(DATA)).run(); // call far [DATA]
      assertEquals(STACK0 - 32, g.state.gpr[CpuState.RSP]);
      assertEquals(LONG3 | 3, g.frame(1));
      assertEquals(STACK, g.frame(2));
      assertEquals(DATA3 | 3, g.frame(3));
      assertEquals(0, g.selector(CpuState.SS));
    }
  }

  @Test
  void inLongModeTheUpperTypeOfAGateMustBeZero() {
    try (Guest g = Guest.wide()) {
      g.callGate(OWN, GATE, LONG0, TARGET, 0).ring(3);
      g.memory().write8(Guest.GDT + OWN + 13, 0xc);
      g.memory().write16(DATA + 4, OWN);
      g.code(a -> a.db(0xff, 0x1c, 0x25).dd(DATA)).run().expectFault(GuestFault.GP, OWN);
    }
  }

  // Conforming code

  @Test
  void conformingCodeRunsInTheCallersRing() {
    try (Guest g = flat()) {
      g.memory().copyIn(TARGET, new byte[] {(byte) 0xcd, 0x40});
      g.gate(0x40, 0xee, CODE0, Guest.HANDLERS + 0x40).ring(3);
      g.code(a -> a.jmpFar(CONFORMING0, TARGET, 32)).run().expectVector(0x40);
      assertEquals(CONFORMING0 | 3, g.frame(1));
    }
  }

  @Test
  void conformingCodeOfAnOuterRingIsProtectionFault() {
    try (Guest g = flat()) {
      g.descriptor(OWN, 0, -1, 0xfe, 0xc);
      g.code(a -> a.jmpFar(OWN, TARGET, 32)).run().expectFault(GuestFault.GP, OWN);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "null,                0, 13, 0",
    "beyond the table, 1000, 13, 1000",
    "data,               10, 13, 10",
    "of ring 3,          28, 13, 28",
    "RPL above CPL,       b, 13, 8",
    "absent,             80, 11, 80"
  })
  void aFarJumpChecksItsTarget(String name, String selector, int vector, String code) {
    try (Guest g = flat()) {
      g.descriptor(OWN2, 0, -1, 0x1b, 0xc);
      int target = Integer.parseInt(selector, 16);
      g.code(a -> a.jmpFar(target, TARGET, 32)).run();
      g.expectFault(vector, Integer.parseInt(code, 16));
    }
  }

  @Test
  void aTargetBeyondTheNewLimitFaultsInTheOldSegment() {
    try (Guest g = flat()) {
      g.descriptor(OWN, 0, 0xfff, 0x9b, 4);
      g.code(a -> a.jmpFar(OWN, 0x1000, 32)).run().expectFault(GuestFault.GP, 0);
      assertEquals(CODE0, g.frame(2));
    }
  }

  @Test
  void aFarJumpSetsTheAccessedBit() {
    try (Guest g = flat()) {
      g.descriptor(OWN, 0, -1, 0x9a, 0xc);
      g.code(a -> a.jmpFar(OWN, TARGET, 32)).run();
      assertEquals(0x1b, g.type(OWN));
    }
  }

  // Returns

  private static Guest iret(Guest g, int cs, int flags, int ss) {
    return g.code(a -> a.push(ss).push(STACK1).push(flags).push(cs).push(TARGET).db(0xcf));
  }

  @Test
  void iretToAnOuterRingNullsTheSegmentsThatItMayNotUse() {
    try (Guest g = flat()) {
      g.state.segments[CpuState.FS].set(DATA3, 0, -1, 0xcf3, false);
      g.state.segments[CpuState.GS].set(CONFORMING0, 0, -1, 0xc9f, false);
      iret(g, CODE3 | 3, 2, DATA3 | 3).run().expectFault(GuestFault.GP, 0);
      assertEquals(CODE3 | 3, g.frame(2));
      assertEquals(STACK1, g.frame(4));
      assertEquals(DATA3 | 3, g.frame(5));
      assertTrue(g.state.segments[CpuState.DS].unusable, "DS of ring 0");
      assertTrue(g.state.segments[CpuState.ES].unusable);
      assertFalse(g.state.segments[CpuState.FS].unusable, "FS of ring 3");
      assertFalse(g.state.segments[CpuState.GS].unusable, "conforming code");
    }
  }

  @Test
  void retfToAnOuterRingDoesSoToo() {
    try (Guest g = flat()) {
      g.code(a -> a.push(DATA1 | 1).push(STACK1).push(CODE1 | 1).push(TARGET).db(0xcb));
      g.run().expectFault(GuestFault.GP, 0);
      assertEquals(CODE1 | 1, g.frame(2));
      assertTrue(g.state.segments[CpuState.DS].unusable);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "null code,           0, 33, 13, 0",
    "data as code,       10, 10, 13, 10",
    "RPL is not DPL,     29, 33, 13, 28",
    "stack of ring 0,    2b, 10, 13, 10",
    "null stack,         2b,  0, 13, 0",
    "absent code,        83, 33, 11, 80",
    "absent stack,       2b, 8b, 12, 88"
  })
  void iretChecksWhatItLoads(String name, String cs, String ss, int vector, String code) {
    try (Guest g = flat()) {
      g.descriptor(OWN2, 0, -1, 0x7b, 0xc).descriptor(Guest.OWN3, 0, -1, 0x73, 0xc);
      iret(g, Integer.parseInt(cs, 16), 2, Integer.parseInt(ss, 16)).run();
      g.expectFault(vector, Integer.parseInt(code, 16));
      assertEquals(CODE0, g.frame(2), "in ring 0 still");
    }
  }

  @Test
  void iretToAnInnerRingIsProtectionFault() {
    try (Guest g = flat()) {
      g.ring(3);
      iret(g, CODE0, 2, DATA0).run().expectFault(GuestFault.GP, CODE0);
    }
  }

  @Test
  void iretInRing3ChangesNeitherIoplNorIf() {
    try (Guest g = flat()) {
      g.gate(0x40, 0xee, CODE0, Guest.HANDLERS + 0x40).ring(3);
      g.memory().copyIn(TARGET, new byte[] {(byte) 0xcd, 0x40});
      int flags = Flags.IOPL | Flags.IF | Flags.CF | Flags.NT & 0 | 2;
      iret(g, CODE3 | 3, flags, 0).run().expectVector(0x40);
      assertEquals(Flags.CF | 2, g.frame(2));
    }
  }

  @Test
  void reservedFlagsStayClear() {
    try (Guest g = flat()) {
      int all = ~(Flags.TF | Flags.VM | Flags.NT | Flags.RF);
      g.code(a -> a.push(all).push(CODE0).push(TARGET).db(0xcf)).run();
      assertEquals(
          Flags.ARITHMETIC
              | Flags.IF
              | Flags.DF
              | Flags.IOPL
              | Flags.AC
              | Flags.VIF
              | Flags.VIP
              | Flags.ID
              | 2,
          g.state.rflags);
    }
  }

  @Test
  void iretOf64BitsPopsTheStackEvenWithinARing() {
    try (Guest g = Guest.wide()) {
      g.memory().write8(TARGET, 0xf4);
      g.code(a -> a.push(0).push(STACK1).push(2).push(LONG0).push(TARGET).db(0x48, 0xcf)).run();
      assertEquals(TARGET + 1, g.state.rip);
      assertEquals(STACK1, g.state.gpr[CpuState.RSP]);
      assertEquals(0, g.selector(CpuState.SS), "a null SS is good in ring 0");
    }
  }

  @Test
  void iretToANonCanonicalAddressIsProtectionFault() {
    try (Guest g = Guest.wide()) {
      g.with(s -> s.gpr[CpuState.RAX] = 1L << 47);
      g.code(a -> a.push(0).push(STACK1).push(2).push(LONG0).push(Reg.RAX).db(0x48, 0xcf));
      g.run().expectFault(GuestFault.GP, 0);
    }
  }

  @Test
  void compatibilityModeIsReachedByIretAndLeftByAFarJump() {
    try (Guest g = Guest.wide()) {
      // inc eax; jmp far LONG0:TARGET
      g.memory().copyIn(DATA, new byte[] {0x40, (byte) 0xea, 0, 0x20, 0, 0, LONG0, 0});
      g.memory().write8(TARGET, 0xf4);
      g.code(a -> a.push(DATA0).push(STACK1).push(2).push(CODE0).push(DATA).db(0x48, 0xcf)).run();
      assertEquals(TARGET + 1, g.state.rip);
      assertEquals(1, g.state.gpr[CpuState.RAX]);
    }
  }

  // Fast system calls

  private static Guest fast() {
    Guest g = Guest.wide();
    g.memory().write8(TARGET, 0xf4);
    g.state.msrs.put(STAR, (long) LONG0 << 32 | (long) (CODE1 | 3) << 48);
    g.state.msrs.put(LSTAR, TARGET);
    g.state.msrs.put(SFMASK, Flags.IF | Flags.DF);
    return g.ring(3);
  }

  @Test
  void syscallSavesAndMasksTheFlags() {
    try (Guest g = fast()) {
      g.state.rflags = 2 | Flags.IF | Flags.DF | Flags.CF;
      g.code(0x0f, 0x05).run();
      assertEquals(TARGET + 1, g.state.rip);
      assertEquals(Guest.CODE + 2, g.state.gpr[CpuState.RCX]);
      assertEquals(2 | Flags.IF | Flags.DF | Flags.CF, g.state.gpr[11]);
      assertEquals(2 | Flags.CF, g.state.rflags);
      assertEquals(LONG0, g.selector(CpuState.CS));
      assertEquals(LONG0 + 8, g.selector(CpuState.SS));
      assertEquals(STACK, g.state.gpr[CpuState.RSP], "the stack stays the caller's");
    }
  }

  @Test
  void syscallIsUndefinedUntilEnabled() {
    try (Guest g = fast()) {
      g.state.efer &= ~1;
      g.code(0x0f, 0x05).run().expectVector(GuestFault.UD);
    }
  }

  @Test
  void sysretGoesToRing3() {
    try (Guest g = fast()) {
      g.ring(0);
      g.memory().write8(TARGET, 0xf4);
      g.with(s -> s.gpr[CpuState.RCX] = TARGET).with(s -> s.gpr[11] = 2 | Flags.CF | Flags.RF);
      g.code(0x48, 0x0f, 0x07).run().expectFault(GuestFault.GP, 0); // HLT in ring 3
      assertEquals(TARGET, g.frame(1));
      assertEquals(CODE1 + 16 | 3, g.frame(2));
      assertEquals(2 | Flags.CF | Flags.RF, g.frame(3), "RF is the fault's");
      assertEquals(CODE1 + 8 | 3, g.frame(5));
    }
  }

  @Test
  void sysretToANonCanonicalAddressFaultsInRing0() {
    try (Guest g = fast()) {
      g.ring(0).with(s -> s.gpr[CpuState.RCX] = 1L << 63);
      g.code(0x48, 0x0f, 0x07).run().expectFault(GuestFault.GP, 0);
      assertEquals(LONG0, g.frame(2));
    }
  }

  @Test
  void sysenterAndSysexitUseTheirMsrs() {
    try (Guest g = flat()) {
      g.state.msrs.put(SYSENTER_CS, CODE0);
      g.state.msrs.put(SYSENTER_ESP, STACK0);
      g.state.msrs.put(SYSENTER_EIP, TARGET);
      g.state.rflags = 2 | Flags.IF;
      g.ring(3).code(0x0f, 0x34).run();
      assertEquals(TARGET + 1, g.state.rip);
      assertEquals(STACK0, g.state.gpr[CpuState.RSP]);
      assertEquals(2, g.state.rflags, "IF is clear");
      g.with(s -> s.gpr[CpuState.RDX] = TARGET).with(s -> s.gpr[CpuState.RCX] = STACK1);
      g.state.rip = Guest.CODE;
      g.code(0x0f, 0x35).run().expectFault(GuestFault.GP, 0); // HLT in ring 3
      assertEquals(TARGET, g.frame(1));
      assertEquals(CODE0 + 16 | 3, g.frame(2));
      assertEquals(STACK1, g.frame(4));
    }
  }

  @Test
  void sysenterWithoutASelectorIsProtectionFault() {
    try (Guest g = flat()) {
      g.ring(3).code(0x0f, 0x34).run().expectFault(GuestFault.GP, 0);
    }
  }

  @Test
  void sysenterInRealModeIsProtectionFault() {
    try (Guest g = Guest.real()) {
      g.state.msrs.put(SYSENTER_CS, CODE0);
      g.code(0x0f, 0x34).run().expectVector(GuestFault.GP);
    }
  }

  @Test
  void swapgsExchangesTheBaseWithItsMsr() {
    try (Guest g = Guest.wide()) {
      g.state.msrs.put(0xc0000102, 0x1234);
      g.state.segments[CpuState.GS].base = 0x5678;
      g.code(0x0f, 0x01, 0xf8, 0xf4).run();
      assertEquals(0x1234, g.state.segments[CpuState.GS].base);
      assertEquals(0x5678, g.state.msrs.get(0xc0000102, 0));
    }
  }

  @Test
  void a16BitSegmentRunsWith16BitOperands() {
    try (Guest g = flat()) {
      g.memory().copyIn(TARGET, new byte[] {(byte) 0xb8, 0x34, 0x12, (byte) 0xf4}); // mov ax, 1234
      g.with(s -> s.gpr[CpuState.RAX] = 0xffff0000L);
      g.code(a -> a.jmpFar(CODE16, TARGET, 32)).run();
      assertEquals(0xffff1234L, g.state.gpr[CpuState.RAX]);
    }
  }
}
