package org.jvmm.softcpu.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.jvmm.softcpu.sys.Guest.DATA;
import static org.jvmm.softcpu.sys.Guest.STACK0;
import static org.jvmm.softcpu.sys.Guest.TSS;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.jvmm.core.accel.CpuState;
import org.jvmm.core.accel.CpuState.Segment;
import org.jvmm.core.accel.ExitReason;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.Flags;
import org.jvmm.softcpu.fault.GuestFault;

/** Virtual-8086 mode, its extensions, and PVI (SDM vol. 3 chapter 20). */
class VirtualModeTest {
  private static final int VM = Flags.VM, IOPL = Flags.IOPL, IF = Flags.IF;

  /** The 8086 program's segment, and its stack. */
  private static final int SEGMENT = Guest.CODE >> 4, STACK = 0xc00;

  /** In virtual-8086 mode, with the first interrupt handlers at DATA:0, DATA:10H and so on. */
  private static Guest virtual(int flags) {
    Guest g = Guest.flat();
    for (Segment s : g.state.segments) {
      if (s != g.state.segments[CpuState.TR] && s != g.state.segments[CpuState.LDTR]) {
        s.set(SEGMENT, Guest.CODE, 0xffff, 0xf3, false);
      }
    }
    g.state.segments[CpuState.DS].set(0x123, 0x1230, 0xffff, 0xf3, false);
    g.state.rip = 0;
    g.state.gpr[CpuState.RSP] = STACK;
    g.state.rflags = 2 | VM | flags;
    return g;
  }

  /** A TSS with an interrupt redirection map of zeros, and an I/O map behind it. */
  private static Guest redirected(int flags) {
    Guest g = virtual(flags);
    g.memory().write16(TSS + 102, 0x88);
    g.state.segments[CpuState.TR].limit = 0x88;
    g.state.cr4 |= Cpu.CR4_VME;
    g.memory().write32(4 * 0x21, DATA / 16 << 16 | 0x20);
    g.memory().write8(DATA + 0x20, 0xf4);
    return g;
  }

  @Test
  void iretEntersItWithAllSegments() {
    try (Guest g = Guest.flat()) {
      g.code(
          a ->
              a.push(6)
                  .push(5)
                  .push(4)
                  .push(3) // GS FS DS ES
                  .push(0x200)
                  .push(0x40)
                  .push(2 | VM)
                  .push(SEGMENT)
                  .push(0x50)
                  .db(0xcf));
      g.memory().write8(Guest.CODE + 0x50, 0xf4);
      g.run().expectFault(GuestFault.GP, 0);
      long[] frame = {0x50, SEGMENT, 2 | VM | Flags.RF, 0x40, 0x200, 3, 4, 5, 6};
      for (int i = 0; i < frame.length; i++) {
        assertEquals(frame[i], g.frame(i + 1), "frame " + i);
      }
      assertEquals(STACK0 - 40, g.state.gpr[CpuState.RSP]);
    }
  }

  @Test
  void anExceptionLeavesItWithNullSegments() {
    try (Guest g = virtual(0)) {
      g.code(0x0f, 0x0b).run().expectVector(GuestFault.UD);
      for (int i : new int[] {CpuState.ES, CpuState.DS, CpuState.FS, CpuState.GS}) {
        assertTrue(g.state.segments[i].unusable);
      }
      assertEquals(0x123, g.frame(6), "DS in the frame");
      assertEquals(0, g.state.rflags & VM);
    }
  }

  @Test
  void addressesAreFormedAsOfThe8086() {
    try (Guest g = virtual(IOPL)) {
      g.memory().write8(0x1230 + 0x77, 0x5a);
      g.code(0xa0, 0x77, 0x00, 0xe6, 0x80); // mov al, [77]; out 80, al
      assertEquals(0x5a, g.with(s -> openPorts(g)).expect(ExitReason.IO_OUT).data(0));
    }
  }

  private static void openPorts(Guest g) {
    g.memory().write16(TSS + 102, 0x68);
    g.state.segments[CpuState.TR].limit = 0x68 + 0x21;
  }

  @ParameterizedTest
  @CsvSource({"cli, fa", "sti, fb", "pushf, 9c", "popf, 9d", "int 21, cd21", "iret, cf", "hlt, f4"})
  void withIoplBelow3TheSensitiveInstructionsFault(String name, String code) {
    try (Guest g = virtual(0)) {
      g.code(bytes(code)).run().expectFault(GuestFault.GP, 0);
      assertEquals(0, g.frame(1), name);
    }
  }

  private static int[] bytes(String hex) {
    return IntStream.range(0, hex.length() / 2)
        .map(i -> Integer.parseInt(hex, 2 * i, 2 * i + 2, 16))
        .toArray();
  }

  @ParameterizedTest
  @CsvSource({
    "lldt, 0f00d0",
    "ltr, 0f00d8",
    "sldt, 0f00c0",
    "verr, 0f00e0",
    "lar, 0f02c0",
    "arpl, 63c0"
  })
  void whatNeedsProtectedModeIsUndefined(String name, String code) {
    try (Guest g = virtual(IOPL)) {
      g.code(bytes(code)).run().expectVector(GuestFault.UD);
    }
  }

  @Test
  void withIopl3CliAndPopfWork() {
    try (Guest g = virtual(IOPL | IF)) {
      g.code(0xfa, 0x9c, 0x0f, 0x0b).run().expectVector(GuestFault.UD); // cli; pushf; ud2
      assertEquals(2 | IOPL, g.memory().read16(Guest.CODE + STACK - 2));
    }
  }

  @Test
  void withIopl3IntGoesThroughItsGateOfDpl3() {
    try (Guest g = virtual(IOPL)) {
      g.gate(0x21, 0xee, Guest.CODE0, Guest.HANDLERS + 0x21);
      g.code(0xcd, 0x21).run().expectVector(0x21);
      assertEquals(2, g.frame(0));
    }
  }

  @Test
  void int3AndIntoDoNotLookAtIopl() {
    try (Guest g = virtual(Flags.OF)) {
      g.gate(3, 0xee, Guest.CODE0, Guest.HANDLERS + 3);
      g.code(0xcc).run().expectVector(GuestFault.BP);
    }
    try (Guest g = virtual(Flags.OF)) {
      g.gate(4, 0xee, Guest.CODE0, Guest.HANDLERS + 4);
      g.code(0xce).run().expectVector(GuestFault.OF);
    }
  }

  @Test
  void aHandlerThatIsNotOfRing0IsProtectionFault() {
    try (Guest g = virtual(IOPL)) {
      g.gate(GuestFault.UD, 0x8e, Guest.CODE1, Guest.HANDLERS);
      g.code(0x0f, 0x0b).run().expectFault(GuestFault.GP, Guest.CODE1 | 1);
    }
  }

  @Test
  void portsAreAskedOfTheMapWhateverIopl() {
    try (Guest g = virtual(IOPL)) {
      g.code(0xe6, 0x80).run().expectFault(GuestFault.GP, 0);
    }
  }

  @Test
  void vmeSendsIntToTheProgramsOwnHandler() {
    try (Guest g = redirected(Flags.VIF)) {
      g.code(0xcd, 0x21).run().expectFault(GuestFault.GP, 0); // the HLT of the handler
      assertEquals(DATA / 16, g.frame(2));
      assertEquals(0x20, g.frame(1));
      assertEquals(0, g.frame(3) & Flags.VIF, "VIF is cleared as IF would be");
      assertEquals(2, g.memory().read16(Guest.CODE + STACK - 6));
      int pushed = g.memory().read16(Guest.CODE + STACK - 2);
      assertEquals(2 | IF | IOPL, pushed & 0xffff, "IF is VIF, IOPL 3");
    }
  }

  @Test
  void vmeLeavesInt3ToTheGate() {
    try (Guest g = redirected(0)) {
      g.gate(3, 0xee, Guest.CODE0, Guest.HANDLERS + 3);
      g.code(0xcc).run().expectVector(GuestFault.BP);
    }
  }

  @Test
  void vmeMapsCliAndStiToVif() {
    try (Guest g = redirected(0)) {
      g.code(0xfb, 0x0f, 0x0b).run().expectVector(GuestFault.UD);
      assertEquals(Flags.VIF, g.frame(2) & (Flags.VIF | IF));
    }
  }

  @Test
  void stiWithAnInterruptPendingFaults() {
    try (Guest g = redirected(Flags.VIP)) {
      g.code(0xfb).run().expectFault(GuestFault.GP, 0);
    }
  }

  @Test
  void vmePushesVifAsIf() {
    try (Guest g = redirected(Flags.VIF)) {
      g.code(0x9c, 0x0f, 0x0b).run().expectVector(GuestFault.UD);
      assertEquals(2 | IF | IOPL, g.memory().read16(Guest.CODE + STACK - 2) & 0xffff);
    }
  }

  @Test
  void vmePopsIfAsVifAndFaultsAtTf() {
    try (Guest g = redirected(0)) {
      g.memory().write16(Guest.CODE + STACK, IF | Flags.CF);
      g.code(0x9d, 0x0f, 0x0b).run().expectVector(GuestFault.UD);
      assertEquals(Flags.VIF | Flags.CF, g.frame(2) & (Flags.VIF | IF | Flags.CF));
    }
    try (Guest g = redirected(0)) {
      g.memory().write16(Guest.CODE + STACK, Flags.TF);
      g.code(0x9d).run().expectFault(GuestFault.GP, 0);
    }
  }

  @Test
  void pviGivesRing3OfProtectedModeVif() {
    try (Guest g = Guest.flat()) {
      g.ring(3).with(s -> s.cr4 |= Cpu.CR4_PVI);
      g.code(0xfb, 0x0f, 0x0b).run().expectVector(GuestFault.UD);
      assertEquals(Flags.VIF, g.frame(2) & (Flags.VIF | IF));
    }
  }
}
