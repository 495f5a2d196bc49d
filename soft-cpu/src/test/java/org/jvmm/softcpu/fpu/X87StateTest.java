package org.jvmm.softcpu.fpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class X87StateTest {
  private final X87 fpu = new X87();
  private final X87State state = fpu.state;

  private void populate() {
    fpu.loadConstant(3);
    fpu.loadConstant(6);
    fpu.loadFloat64(Double.doubleToRawLongBits(Double.POSITIVE_INFINITY));
    state.fip = 0x1234;
    state.fdp = 0x5678;
    state.fop = 0x5D0;
    state.setStatusWord(state.statusWord() | FpStatus.C3 | FpStatus.PE);
  }

  @Test
  void tagsFollowTheContents() {
    populate();
    // infinity (special) in register 5, zero in 6, pi (valid) in 7
    assertEquals(0x1BFF, state.tagWord());
    assertEquals(0xE0, state.abridgedTags());
  }

  @ParameterizedTest
  @EnumSource(X87Image.Layout.class)
  void savedStateIsRestored(X87Image.Layout layout) {
    populate();
    byte[] saved = new byte[layout.saveSize()];
    X87Image.save(state, saved, 0, layout);
    assertEquals(0xFFFF, state.tagWord());
    X87Image.restore(state, saved, 0, layout);
    byte[] again = new byte[layout.saveSize()];
    X87Image.save(state, again, 0, layout);
    assertArrayEquals(saved, again);
  }

  @Test
  void storedEnvironmentHasTheProtectedModeLayoutAndMasksExceptions() {
    state.setControlWord(0x340);
    state.fip = 0x8765_4321L;
    state.fcs = 0x33;
    state.fop = 0x7AB;
    state.fdp = 0x1000;
    state.fds = 0x2B;
    byte[] image = new byte[28];
    X87Image.storeEnvironment(state, image, 0, X87Image.Layout.PROTECTED_32);
    assertArrayEquals(
        new byte[] {
          0x40,
          3,
          -1,
          -1,
          0,
          0,
          -1,
          -1,
          -1,
          -1,
          -1,
          -1,
          0x21,
          0x43,
          0x65,
          (byte) 0x87,
          0x33,
          0,
          (byte) 0xAB,
          7,
          0,
          0x10,
          0,
          0,
          0x2B,
          0,
          -1,
          -1
        },
        image);
    assertEquals(0x37F, state.controlWord());
  }

  @Test
  void realModeEnvironmentKeepsLinearAddresses() {
    state.fip = 0x12345;
    state.fdp = 0xABCDE;
    state.fop = 0x123;
    byte[] image = new byte[14];
    X87Image.storeEnvironment(state, image, 0, X87Image.Layout.REAL_16);
    assertEquals(0x45, image[6]);
    assertEquals(0x23, image[7]);
    assertEquals(0x23, image[8]);
    assertEquals(0x11, image[9]); // address bits 19:16 above opcode bits 10:8
    assertEquals((byte) 0xA0, image[13]);
  }

  @Test
  void fxsaveImageIsRestored() {
    populate();
    byte[] image = new byte[X87Image.FX_SIZE];
    X87Image.fxsave(state, image, 0, true);
    assertEquals((byte) 0xE0, image[4]);
    X87State other = new X87State();
    X87Image.fxrstor(other, image, 0, true);
    byte[] again = new byte[X87Image.FX_SIZE];
    X87Image.fxsave(other, again, 0, true);
    assertArrayEquals(image, again);
  }

  @Test
  void unmaskingAStickyExceptionMakesItPending() {
    fpu.loadConstant(0);
    fpu.loadConstant(6);
    fpu.arithmeticSti(X87.DIVR, 1, false); // 1 / 0
    assertEquals(FpStatus.ZE, state.statusWord() & 0xBF);
    assertFalse(state.exceptionPending());
    state.setControlWord(0x37B);
    assertTrue(state.exceptionPending());
    assertEquals(FpStatus.ES | FpStatus.B, state.statusWord() & (FpStatus.ES | FpStatus.B));
    state.clearExceptions();
    assertFalse(state.exceptionPending());
  }

  @Test
  void aStoreThatFaultedInMemoryLeavesNoTrace() {
    fpu.loadFloat80(Float80.BIAS, 0x8000_0000_0000_0001L);
    byte[] before = new byte[X87Image.FX_SIZE];
    X87Image.fxsave(state, before, 0, true);
    assertTrue(
        fpu.store
            .prepareFloat32()); // inexact; the CPU's write then faults and commit is never called
    byte[] after = new byte[X87Image.FX_SIZE];
    X87Image.fxsave(state, after, 0, true);
    assertArrayEquals(before, after);
  }

  @Test
  void mmxRegistersAreTheMantissasOfThePhysicalRegisters() {
    fpu.loadConstant(3);
    assertEquals(0xC90F_DAA2_2168_C235L, state.mm(7));
    state.enterMmx();
    state.setMm(2, 42);
    assertEquals(42, state.mantissa(2));
    assertEquals(0xFFFF, state.signExp(2));
    assertEquals(0xFF, state.abridgedTags());
    state.emms();
    assertEquals(0, state.abridgedTags());
  }

  @Test
  void aNinthPushOverflowsTheStack() {
    for (int n = 0; n < 8; n++) {
      fpu.loadConstant(0);
    }
    assertEquals(0, state.statusWord() & FpStatus.SF);
    fpu.loadConstant(0);
    assertEquals(FpStatus.IE | FpStatus.SF | FpStatus.C1, state.statusWord() & 0x27F);
    assertTrue(Float80.isNaN(state.signExp(0), state.mantissa(0)));
  }
}
