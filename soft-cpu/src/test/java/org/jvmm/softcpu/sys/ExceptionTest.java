package org.jvmm.softcpu.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.jvmm.softcpu.sys.Guest.CODE;
import static org.jvmm.softcpu.sys.Guest.CODE0;
import static org.jvmm.softcpu.sys.Guest.CODE1;
import static org.jvmm.softcpu.sys.Guest.DATA;
import static org.jvmm.softcpu.sys.Guest.DATA0;
import static org.jvmm.softcpu.sys.Guest.HANDLERS;
import static org.jvmm.softcpu.sys.Guest.IST1;
import static org.jvmm.softcpu.sys.Guest.LONG0;
import static org.jvmm.softcpu.sys.Guest.OWN2;
import static org.jvmm.softcpu.sys.Guest.STACK;
import static org.jvmm.softcpu.sys.Guest.STACK0;
import static org.jvmm.softcpu.sys.Guest.TSS;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.jvmm.core.accel.CpuState;
import org.jvmm.core.accel.ExitReason;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.Flags;
import org.jvmm.softcpu.fault.GuestFault;
import org.jvmm.testkit.asm.Reg;

/** Exceptions, their error codes and their order (SDM vol. 3 chapter 6). */
class ExceptionTest {
  private static final int IDT_BIT = 2, EXT = 1;

  private static Guest flat() {
    return Guest.flat();
  }

  private static Guest bytes(Guest g, String hex) {
    byte[] code = HexFormat.of().parseHex(hex);
    g.memory().copyIn(CODE, code);
    return g;
  }

  // Error codes

  @ParameterizedTest
  @CsvSource({
    "mov ds beyond the GDT,      66b80010 8ed8, 13, 1000",
    "mov ds of a TSS,            66b86000 8ed8, 13, 60",
    "mov ds of execute-only,     66b88000 8ed8, 13, 80",
    "mov ss null,                66b80000 8ed0, 13, 0",
    "mov ss of ring 3,           66b83300 8ed0, 13, 30",
    "mov ds absent,              66b88800 8ed8, 11, 88",
    "mov ss absent,              66b88800 8ed0, 12, 88",
    "lldt of data,               66b81000 0f00d0, 13, 10",
    "ltr of a busy TSS,          66b86000 0f00d8, 13, 60",
    "beyond the limit of DS,     a000100000, 13, 0",
    "beyond the limit of SS,     36a000000100, 12, 0",
    "store into code,            2ea200000000, 13, 0"
  })
  void aSegmentFaultNamesTheSelector(String name, String code, int vector, String error) {
    try (Guest g = flat()) {
      g.descriptor(OWN2, 0, -1, 0x99, 0xc).descriptor(Guest.OWN3, 0, -1, 0x13, 0xc);
      if (name.startsWith("beyond")) {
        g.state.segments[CpuState.DS].limit = 0xfff;
      }
      g.state.segments[CpuState.SS].limit = 0xffff;
      bytes(g, code.replace(" ", "")).run().expectFault(vector, Integer.parseInt(error, 16));
    }
  }

  @Test
  void intBeyondTheTableHasTheIdtBitAndNoExt() {
    try (Guest g = flat()) {
      g.with(s -> s.idtLimit = 0x1ff).code(0xcd, 0x40);
      g.run().expectFault(GuestFault.GP, 0x40 * 8 | IDT_BIT);
    }
  }

  @Test
  void intWithoutRightsNamesItsGate() {
    try (Guest g = flat()) {
      g.ring(3).code(0xcd, 0x40).run().expectFault(GuestFault.GP, 0x40 * 8 | IDT_BIT);
      assertEquals(CODE, g.frame(1), "a fault");
    }
  }

  @Test
  void anAbsentGateOfAnExceptionHasExt() {
    try (Guest g = flat()) {
      g.gate(GuestFault.UD, 0x0e, CODE0, 0).code(0x0f, 0x0b);
      g.run().expectFault(GuestFault.NP, GuestFault.UD * 8 | IDT_BIT | EXT);
    }
  }

  @Test
  void aGateToDataNamesTheSelectorWithExt() {
    try (Guest g = flat()) {
      g.gate(GuestFault.UD, 0x8e, DATA0, 0).code(0x0f, 0x0b);
      g.run().expectFault(GuestFault.GP, DATA0 | EXT);
    }
  }

  @Test
  void aTssWithoutTheInnerStackIsInvalid() {
    try (Guest g = flat()) {
      g.ring(3).with(s -> s.segments[CpuState.TR].limit = 7);
      g.gate(GuestFault.TS, 0x8e, Guest.CONFORMING0, 0x2000).with(s -> s.rflags |= Flags.IOPL);
      g.memory().copyIn(0x2000, new byte[] {(byte) 0xe6, (byte) 0x80}); // out 80, al
      g.code(0x0f, 0x0b).expect(ExitReason.IO_OUT);
      assertEquals(Guest.TASK | EXT, g.frame(0));
    }
  }

  @Test
  void anInterruptToARing1HandlerRunsOnItsStack() {
    try (Guest g = flat()) {
      g.memory().copyIn(0x2000, new byte[] {(byte) 0xe6, (byte) 0x80});
      g.ring(3).gate(0x40, 0xee, CODE1, 0x2000).with(s -> s.rflags |= Flags.IOPL);
      g.code(0xcd, 0x40).expect(ExitReason.IO_OUT);
      assertEquals(Guest.STACK1 - 20, g.state.gpr[CpuState.RSP]);
    }
  }

  @Test
  void a16BitGatePushesWords() {
    try (Guest g = flat()) {
      g.gate(GuestFault.GP, 0x86, CODE0, HANDLERS + GuestFault.GP);
      g.with(s -> s.gpr[0] = 0x1230).code(0x8e, 0xd8).run().expectVector(GuestFault.GP);
      assertEquals(STACK - 8, g.state.gpr[CpuState.RSP]);
      assertEquals(0x1230, g.stack(0, 2));
      assertEquals(CODE, g.stack(1, 2));
    }
  }

  @Test
  void trapGatesLeaveIfSet() {
    try (Guest g = flat()) {
      g.gate(0x40, 0x8f, CODE0, HANDLERS + 0x40).with(s -> s.rflags |= Flags.IF);
      g.code(0xcd, 0x40).run().expectVector(0x40);
      assertEquals(Flags.IF, g.state.rflags & Flags.IF);
    }
  }

  // Faults and traps

  @ParameterizedTest
  @CsvSource({
    "div by 0,      f6f0,             0, 0",
    "int3,          cc,               3, 1",
    "into,          ce,               4, 1",
    "bound,         620500000100,     5, 0",
    "ud2,           0f0b,             6, 0",
    "lock nop,      f090,             6, 0",
    "lock mov,      f08903,           6, 0",
    "mov cs,        8ec8,             6, 0",
    "lea of a register, 8dc0,         6, 0",
    "fld with TS,   d9e8,             7, 0",
    "int 40,        cd40,            64, 2"
  })
  void aFaultPointsAtItsInstructionATrapBehindIt(String name, String code, int vector, int past) {
    try (Guest g = flat()) {
      g.with(s -> s.cr0 |= 8).with(s -> s.rflags |= Flags.OF);
      g.memory().write32(DATA, 5);
      g.memory().write32(DATA + 4, 6);
      bytes(g, code).run().expectVector(vector);
      assertEquals(CODE + past, g.frame(0), name);
    }
  }

  @Test
  void anInstructionOf16BytesIsProtectionFault() {
    try (Guest g = flat()) {
      bytes(g, "66".repeat(15) + "90").run().expectFault(GuestFault.GP, 0);
    }
  }

  @Test
  void theLimitOfCsComesBeforeTheOpcode() {
    try (Guest g = flat()) {
      g.with(s -> s.segments[CpuState.CS].limit = CODE).code(0x0f, 0x0b);
      g.run().expectFault(GuestFault.GP, 0);
    }
  }

  @Test
  void anInvalidOpcodeComesBeforeDeviceNotAvailable() {
    try (Guest g = flat()) {
      g.with(s -> s.cr0 |= 8).code(0xf0, 0xd9, 0xe8).run().expectVector(GuestFault.UD); // lock fld1
    }
  }

  @Test
  void privilegeComesBeforeTheOperand() {
    try (Guest g = flat()) {
      g.ring(3).with(s -> s.segments[CpuState.DS].limit = 0);
      g.code(0x0f, 0x01, 0x15, 0, 0, 1, 0).run().expectFault(GuestFault.GP, 0); // lgdt [10000]
    }
  }

  @Test
  void alignmentIsCheckedInRing3Only() {
    try (Guest g = flat()) {
      g.with(s -> s.cr0 |= 1 << 18).with(s -> s.rflags |= Flags.AC);
      g.code(0xa1, 1, 0, 1, 0, 0xf4).run(); // mov eax, [10001]
      assertEquals(-1, g.vector());
      g.ring(3).state.rip = CODE;
      g.run().expectFault(GuestFault.AC, 0);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "sgdt,  0f010500000100",
    "sidt,  0f010d00000100",
    "sldt,  0f00c0",
    "str,   0f00c8",
    "smsw,  0f01e0",
    "smsw m, 0f012500000100"
  })
  void umipHidesTheSystemsTablesFromRing3(String name, String code) {
    try (Guest g = flat()) {
      bytes(g.ring(3), code + "cc").run().expectFault(GuestFault.GP, 3 * 8 | IDT_BIT);
      assertEquals(CODE + code.length() / 2, g.frame(1), name + " without UMIP; INT3 of ring 3");
    }
    for (int ring = 0; ring < 4; ring += 3) {
      try (Guest g = flat()) {
        bytes(g.ring(ring).with(s -> s.cr4 |= Cpu.CR4_UMIP), code + "f4").run();
        g.expectVector(ring == 0 ? -1 : GuestFault.GP);
        assertEquals(
            ring == 0 ? CODE + code.length() / 2 + 1 : CODE, ring == 0 ? g.state.rip : g.frame(1));
      }
    }
  }

  @Test
  void rdtscIsPrivilegedWithTsd() {
    try (Guest g = flat()) {
      g.ring(3).with(s -> s.cr4 |= Cpu.CR4_TSD).code(0x0f, 0x31);
      g.run().expectFault(GuestFault.GP, 0);
    }
  }

  // Double and triple faults

  @Test
  void aContributoryExceptionInAnotherIsDoubleFault() {
    try (Guest g = flat()) {
      g.gate(GuestFault.GP, 0x8e, DATA0, 0).with(s -> s.gpr[0] = 0x1230).code(0x8e, 0xd8);
      g.run().expectFault(GuestFault.DF, 0);
      assertEquals(CODE, g.frame(1));
    }
  }

  @Test
  void aContributoryExceptionInABenignOneIsServedAlone() {
    try (Guest g = flat()) {
      g.gate(GuestFault.UD, 0x8e, DATA0, 0).code(0x0f, 0x0b);
      g.run().expectFault(GuestFault.GP, DATA0 | EXT);
    }
  }

  @Test
  void aFaultInTheDoubleFaultShutsDown() {
    try (Guest g = flat()) {
      g.gate(GuestFault.GP, 0x8e, DATA0, 0).gate(GuestFault.DF, 0x8e, DATA0, 0);
      g.with(s -> s.gpr[0] = 0x1230).code(0x8e, 0xd8);
      assertEquals("triple fault", g.expect(ExitReason.SHUTDOWN).detail());
      assertEquals(CODE, g.state.rip, "the report shows the instruction");
    }
  }

  @Test
  void aPageFaultInAPageFaultIsDoubleFault() {
    try (Guest g = Guest.wide()) {
      g.gate(GuestFault.DF, 0x8e, LONG0, HANDLERS + GuestFault.DF);
      g.memory().write8(Guest.IDT + 16 * GuestFault.DF + 4, 1); // IST1
      // RSP and the operand are not mapped.
      g.with(s -> s.gpr[CpuState.RSP] = 0x8000_0000L).with(s -> s.gpr[3] = 0x9000_0000L);
      g.code(a -> a.db(0x8b, 0x03)).run().expectFault(GuestFault.DF, 0); // mov eax, [rbx]
      assertEquals(0x8000_0000L - 8, g.state.cr2, "the second fault's address");
    }
  }

  // 64-bit mode

  @Test
  void theFrameOf64BitModeIsAlignedAndHoldsTheStackAlways() {
    try (Guest g = Guest.wide()) {
      g.with(s -> s.gpr[CpuState.RSP] = STACK - 3).code(0x0f, 0x0b).run();
      g.expectVector(GuestFault.UD);
      assertEquals(STACK - 16 - 40, g.state.gpr[CpuState.RSP]);
      assertEquals(STACK - 3, g.frame(3));
      assertEquals(DATA0, g.frame(4));
    }
  }

  @Test
  void anIstSwitchesTheStackInRing0Too() {
    try (Guest g = Guest.wide()) {
      g.memory().write8(Guest.IDT + 16 * GuestFault.UD + 4, 1);
      g.code(0x0f, 0x0b).run().expectVector(GuestFault.UD);
      assertEquals(IST1 - 40, g.state.gpr[CpuState.RSP]);
    }
  }

  @Test
  void fromRing3TheStackIsRsp0AndSsNull() {
    try (Guest g = Guest.wide()) {
      g.ring(3).code(0x0f, 0x0b).run().expectVector(GuestFault.UD);
      assertEquals(STACK0 - 40, g.state.gpr[CpuState.RSP]);
      assertEquals(0, g.selector(CpuState.SS));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "mov eax [rbx],8b03,13",
    "mov eax [rbp],8b4500,12",
    "push rax,50,12",
    "jmp rbx,ffe3,13"
  })
  void aNonCanonicalAddressIsGpOrSsForTheStack(String name, String code, int vector) {
    try (Guest g = Guest.wide()) {
      boolean push = name.startsWith("push");
      g.memory().write8(Guest.IDT + 16 * GuestFault.SS + 4, 1); // IST1: RSP may be unusable
      g.with(s -> s.gpr[3] = 1L << 47).with(s -> s.gpr[5] = 1L << 63);
      g.with(s -> s.gpr[CpuState.RSP] = push ? 1L << 50 : STACK);
      bytes(g, code).run().expectFault(vector, 0);
    }
  }

  @Test
  void aHandlerThatIsNo64BitCodeIsProtectionFault() {
    try (Guest g = Guest.wide()) {
      g.gate(GuestFault.UD, 0x8e, CODE0, HANDLERS).code(0x0f, 0x0b);
      g.run().expectFault(GuestFault.GP, CODE0 | EXT);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "push es,06",
    "pusha,60",
    "daa,27",
    "into,ce",
    "les,c400",
    "jmp far,ea0000000008",
    "salc,d6"
  })
  void whatLeft64BitModeIsUndefined(String name, String code) {
    try (Guest g = Guest.wide()) {
      bytes(g, code.length() % 2 == 0 ? code : code + "0").run().expectVector(GuestFault.UD);
    }
  }

  // I/O permission map

  @ParameterizedTest
  @CsvSource({"0, ec, true", "1, ec, false", "2, ed, false", "7, ed, true"})
  void theIoMapNamesThePortsOfRing3(int port, String opcode, boolean allowed) {
    try (Guest g = flat()) {
      g.ring(3).with(s -> s.segments[CpuState.TR].limit = 0x6a);
      g.memory().write16(TSS + 0x68, 0x1a); // ports 1, 3 and 4
      g.memory().write8(TSS + 0x6a, 0xff);
      g.with(s -> s.gpr[CpuState.RDX] = port);
      bytes(g, opcode);
      if (allowed) {
        g.expect(ExitReason.IO_IN);
      } else {
        g.run().expectFault(GuestFault.GP, 0);
      }
    }
  }

  @Test
  void aMapBeyondTheTssAllowsNothing() {
    try (Guest g = flat()) {
      g.ring(3).code(a -> a.inDx(Reg.AL)).run().expectFault(GuestFault.GP, 0);
    }
  }

  @Test
  void ioplAllowsPortsWithoutTheMap() {
    try (Guest g = flat()) {
      g.ring(3)
          .with(s -> s.rflags |= Flags.IOPL)
          .code(a -> a.inDx(Reg.AL))
          .expect(ExitReason.IO_IN);
    }
  }

  // What CPUID claims

  @Test
  void rdrandAnswersWithCarry() {
    try (Guest g = flat()) {
      g.code(0x0f, 0xc7, 0xf0, 0x0f, 0xc7, 0xf3, 0xf4).run(); // rdrand eax; rdrand ebx
      assertEquals(Flags.CF, g.state.rflags & Flags.ARITHMETIC);
      assertNotEquals(g.state.gpr[0], g.state.gpr[3]);
    }
  }

  @Test
  void monitorAndMwaitAreUndefinedUnlessClaimed() {
    try (Guest g = flat()) {
      g.code(0x0f, 0x01, 0xc8).run().expectVector(GuestFault.UD);
    }
  }
}
