package org.jvmm.softcpu.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.jvmm.softcpu.sys.Guest.CODE;
import static org.jvmm.softcpu.sys.Guest.DATA;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.jvmm.core.accel.CpuState;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.fault.GuestFault;

/** XSAVE, XSAVEOPT, XSAVEC, XRSTOR, XGETBV and XSETBV (SDM vol. 1 chapter 13). */
class XsaveTest {
  private static final int X87 = 1, SSE = 2, BOTH = 3;
  private static final int XSTATE_BV = DATA + 512, XCOMP_BV = DATA + 520, MXCSR = DATA + 24;
  private static final long COMPACT = 1L << 63;

  /** RDI is DATA, XMM0 a pattern, MXCSR 3f80H; EDX:EAX asks for components. */
  private static Guest guest(int components) {
    Guest g = Guest.wide();
    g.state.cr4 |= Cpu.CR4_OSXSAVE;
    g.state.xcr0 = BOTH;
    g.state.gpr[CpuState.RDI] = DATA;
    g.state.gpr[CpuState.RAX] = components;
    for (int i = 0; i < 8; i++) {
      g.state.xsave[160 + i] = (byte) 0x5a;
    }
    g.state.xsave[24] = (byte) 0x80;
    g.state.xsave[25] = 0x3f;
    g.state.xsave[512] = BOTH;
    return g;
  }

  private static Guest run(Guest g, String hex) {
    g.memory().copyIn(CODE, HexFormat.of().parseHex(hex.replace(" ", "") + "f4"));
    return g.run();
  }

  private static final String XSAVE = "0fae27", XSAVEOPT = "0fae37", XSAVEC = "0fc727";
  private static final String XRSTOR = "0fae2f";

  @ParameterizedTest
  @CsvSource({XSAVE + ", false", XSAVEOPT + ", false", XSAVEC + ", true"})
  void theFormsDifferInTheirHeader(String code, boolean compact) {
    try (Guest g = run(guest(BOTH), code)) {
      assertEquals(-1, g.vector());
      assertEquals(BOTH, g.memory().read64(XSTATE_BV));
      assertEquals(compact ? COMPACT | BOTH : 0, g.memory().read64(XCOMP_BV));
      assertEquals(0x5a5a5a5a5a5a5a5aL, g.memory().read64(DATA + 160));
      assertEquals(0x3f80, g.memory().read32(MXCSR));
    }
  }

  @Test
  void xsaveKeepsWhatItWasNotAskedFor() {
    try (Guest g = guest(X87)) {
      g.memory().write64(DATA + 160, 0x77);
      g.memory().write64(XSTATE_BV, SSE);
      run(g, XSAVE);
      assertEquals(0x77, g.memory().read64(DATA + 160));
      assertEquals(BOTH, g.memory().read64(XSTATE_BV));
    }
  }

  @Test
  void xsavecWritesItsHeaderAnew() {
    try (Guest g = guest(X87)) {
      g.memory().write64(XSTATE_BV, SSE);
      run(g, XSAVEC);
      assertEquals(X87, g.memory().read64(XSTATE_BV));
      assertEquals(COMPACT | X87, g.memory().read64(XCOMP_BV));
    }
  }

  @Test
  void componentsOutsideXcr0AreNotSaved() {
    try (Guest g = guest(BOTH)) {
      g.state.xcr0 = X87;
      run(g, XSAVE);
      assertEquals(X87, g.memory().read64(XSTATE_BV));
    }
  }

  @Test
  void xrstorReadsTheCompactFormToo() {
    try (Guest g = guest(BOTH)) {
      // xsavec; pxor xmm0, xmm0; xrstor
      run(g, XSAVEC + "660fefc0" + XRSTOR);
      assertEquals(-1, g.vector());
      assertEquals(0x5a, g.state.xsave[160]);
    }
  }

  @Test
  void mxcsrComesFromMemoryEvenWhereTheHeaderLacksSse() {
    try (Guest g = guest(BOTH)) {
      g.memory().write32(MXCSR, 0x5f80);
      run(g, XRSTOR);
      assertEquals(0, g.state.xsave[160], "XMM0 is initialized");
      assertEquals(0x5f, g.state.xsave[25]);
    }
  }

  @Test
  void theCompactFormWithoutSseInitializesMxcsr() {
    try (Guest g = guest(BOTH)) {
      g.memory().write32(MXCSR, 0x5f80);
      g.memory().write64(XCOMP_BV, COMPACT | BOTH);
      run(g, XRSTOR);
      assertEquals(0x1f, g.state.xsave[25]);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "a component outside XCR0,        200, 4",
    "a compact one outside XCR0,      208, 8000000000000004",
    "reserved bytes of the header,    210, 1",
    "not in XCOMP_BV,                 200, 8000000000000000",
    "reserved bits of MXCSR,          18, 10000"
  })
  void xrstorRefusesBadImages(String name, String at, String value) {
    try (Guest g = guest(BOTH)) {
      g.memory().write64(DATA + Integer.parseInt(at, 16), Long.parseUnsignedLong(value, 16));
      run(g, XRSTOR).expectFault(GuestFault.GP, 0);
    }
  }

  @Test
  void theAreaMustBeAligned() {
    try (Guest g = guest(BOTH)) {
      g.state.gpr[CpuState.RDI] += 32;
      run(g, XSAVE).expectFault(GuestFault.GP, 0);
    }
  }

  @Test
  void withoutOsxsaveItIsUndefined() {
    try (Guest g = guest(BOTH)) {
      g.state.cr4 &= ~Cpu.CR4_OSXSAVE;
      run(g, XSAVE).expectVector(GuestFault.UD);
    }
  }

  @Test
  void tsMakesItFault() {
    try (Guest g = guest(BOTH)) {
      g.state.cr0 |= 8;
      run(g, XSAVE).expectVector(GuestFault.NM);
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "2, 0", "7, 0", "3, 1"})
  void xsetbvRefusesWhatIsNotThere(int value, int register) {
    try (Guest g = guest(value)) {
      g.state.gpr[CpuState.RDX] = 0;
      g.state.gpr[CpuState.RCX] = register;
      run(g, "0f01d1").expectFault(GuestFault.GP, 0);
    }
  }

  @Test
  void xgetbvReadsWhatXsetbvWrote() {
    try (Guest g = guest(X87)) {
      g.state.gpr[CpuState.RDX] = 0;
      run(g, "0f01d1 31c0 0f01d0");
      assertEquals(X87, g.state.gpr[CpuState.RAX]);
    }
  }
}
