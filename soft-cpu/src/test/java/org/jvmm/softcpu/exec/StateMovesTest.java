package org.jvmm.softcpu.exec;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.ExtendedState;
import org.jvmm.softcpu.fault.GuestFault;

class StateMovesTest {
  private static final int AREA = 0x2000;

  @Test
  void fxrstorBringsBackWhatFxsaveStored() {
    try (FlatCpu flat = new FlatCpu(64)) {
      Cpu c = flat.cpu;
      c.xmm[31] = 0x123456789abcdefL;
      c.mxcsr.set(0x3f80);
      // fldpi; fxsave64 [0x2000]; fninit; fxrstor64 [0x2000]; fstp qword [0x3000]
      flat.run(3, "d9eb 480fae042500200000 dbe3 480fae0c2500200000 dd1c2500300000");
      c.xmm[31] = 0;
      c.mxcsr.set(0x1f80);
      flat.go(2);
      assertEquals(0x123456789abcdefL, c.xmm[31]);
      assertEquals(0x3f80, c.mxcsr.get());
      assertEquals(Double.doubleToRawLongBits(Math.PI), flat.map.memory().read64(0x3000));
    }
  }

  @Test
  void xrstorInitializesTheComponentsThatTheHeaderLacks() {
    try (FlatCpu flat = new FlatCpu(64)) {
      Cpu c = flat.cpu;
      c.cr4 |= Cpu.CR4_OSXSAVE;
      c.xcr0 = ExtendedState.ALL;
      c.gpr[0] = -1;
      c.gpr[2] = -1;
      c.xmm[0] = 5;
      // fld1; xsave [0x2000]; xrstor [0x2000]
      flat.run(2, "d9e8 0fae242500200000 0fae2c2500200000");
      assertEquals(3, flat.map.memory().read64(AREA + ExtendedState.XSTATE_BV));
      flat.map.memory().write64(AREA + ExtendedState.XSTATE_BV, ExtendedState.X87);
      c.fpu.state.init();
      flat.go(1);
      assertEquals(0, c.xmm[0]);
      assertEquals(7, c.fpu.state.top());
    }
  }

  @Test
  void aTaskSwitchMakesX87InstructionsFault() {
    try (FlatCpu flat = new FlatCpu(32)) {
      flat.cpu.cr0 |= Cpu.CR0_TS;
      flat.run(1, "d9e8");
      assertEquals(GuestFault.NM, flat.fault);
    }
  }

  @Test
  void anUnmaskedExceptionFaultsAtTheNextWaitingInstruction() {
    try (FlatCpu flat = new FlatCpu(32)) {
      flat.cpu.cr0 |= Cpu.CR0_NE;
      flat.cpu.fpu.state.setControlWord(0x340);
      // fldz; fld1; fdivrp st1, st0; fnstsw ax; fwait
      flat.run(4, "d9ee d9e8 def1 dfe0 9b");
      assertEquals(-1, flat.fault);
      assertEquals(0x80, flat.cpu.gpr[0] & 0x80);
      flat.go(1);
      assertEquals(GuestFault.MF, flat.fault);
    }
  }
}
