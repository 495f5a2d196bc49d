package org.jvmm.softcpu.exec;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.fault.GuestFault;

/** What the differential test cannot show, because it avoids faults. */
class SseFaultTest {
  private static FlatCpu enabled() {
    FlatCpu flat = new FlatCpu(64);
    flat.cpu.cr4 |= Cpu.CR4_OSFXSR | Cpu.CR4_OSXMMEXCPT;
    return flat;
  }

  @ParameterizedTest
  @CsvSource({
    "movaps load, 0f28042508200000, 13",
    "movaps store, 0f29042508200000, 13",
    "addps, 0f58042508200000, 13",
    "pshufb, 660f3800042508200000, 13",
    "movups, 0f10042508200000, -1",
    "movdqu store, f30f7f042508200000, -1",
    "addss, f30f58042501200000, -1",
    "pcmpistri, 660f3a6304250820000000, -1"
  })
  void onlyLegacy128BitOperandsMustBeAligned(String name, String code, int fault) {
    try (FlatCpu flat = enabled()) {
      assertEquals(fault, flat.run(1, code).fault, name);
    }
  }

  @Test
  void sseIsUndefinedUntilTheSystemSavesItsState() {
    try (FlatCpu flat = enabled()) {
      flat.cpu.cr4 &= ~Cpu.CR4_OSFXSR;
      assertEquals(GuestFault.UD, flat.run(1, "0f58c1").fault);
    }
  }

  @ParameterizedTest
  @CsvSource({"addps, 0f58c1", "paddb of MMX, 0ffcc1", "emms, 0f77"})
  void aTaskSwitchMakesVectorInstructionsFault(String name, String code) {
    try (FlatCpu flat = enabled()) {
      flat.cpu.cr0 |= Cpu.CR0_TS;
      assertEquals(GuestFault.NM, flat.run(1, code).fault, name);
    }
  }

  @Test
  void anUnmaskedExceptionLeavesTheDestinationAlone() {
    try (FlatCpu flat = enabled()) {
      flat.cpu.mxcsr.set(0x1d80); // ZM clear
      flat.cpu.xmm[0] = 0x3f800000;
      assertEquals(GuestFault.XM, flat.run(1, "f30f5ec1").fault);
      assertEquals(0x3f800000, flat.cpu.xmm[0]);
      assertEquals(4, flat.cpu.mxcsr.get() & 0x3f);
    }
  }

  @Test
  void withoutOsxmmexcptAnUnmaskedExceptionIsUndefinedOpcode() {
    try (FlatCpu flat = enabled()) {
      flat.cpu.cr4 &= ~Cpu.CR4_OSXMMEXCPT;
      flat.cpu.mxcsr.set(0x1d80);
      flat.cpu.xmm[0] = 0x3f800000;
      assertEquals(GuestFault.UD, flat.run(1, "f30f5ec1").fault);
    }
  }

  @Test
  void tzcntOnACpuWithoutItIsBsf() {
    try (FlatCpu flat = enabled()) {
      flat.cpu.gpr[0] = 77;
      assertEquals(-1, flat.run(1, "f30fbcc1").fault);
      assertEquals(77, flat.cpu.gpr[0]);
    }
  }

  @Test
  void aStoreThatFaultsLeavesTheX87StackAlone() {
    try (FlatCpu flat = new FlatCpu(16)) {
      flat.cpu.segments[Cpu.DS].limit = 0xfff;
      // fld1; fstp qword [0xffc]
      flat.run(2, "d9e8 dd1efc0f");
      assertEquals(GuestFault.GP, flat.fault);
      assertEquals(7, flat.cpu.fpu.state.top());
    }
  }
}
