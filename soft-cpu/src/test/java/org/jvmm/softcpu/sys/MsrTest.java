package org.jvmm.softcpu.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.jvmm.softcpu.sys.Guest.CODE;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.core.accel.CpuModel;
import org.jvmm.core.accel.CpuState;
import org.jvmm.core.irq.LocalApic;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.fault.GuestFault;

/** RDMSR, WRMSR and what they refuse (SDM vol. 4, vol. 2 WRMSR). */
class MsrTest {
  private static final int RDMSR = 0x32, WRMSR = 0x30;
  private static final int TSC = 0x10, TSC_ADJUST = 0x3b, PAT = 0x277, TSC_DEADLINE = 0x6e0;
  private static final int TSC_AUX = 0xc0000103, FS_BASE = 0xc0000100;

  private static Guest at(Guest g, int msr, long value) {
    return g.with(s -> s.gpr[CpuState.RCX] = msr & 0xffffffffL)
        .with(s -> s.gpr[CpuState.RAX] = value & 0xffffffffL)
        .with(s -> s.gpr[CpuState.RDX] = value >>> 32);
  }

  private static Guest write(Guest g, int msr, long value) {
    return at(g, msr, value).code(0x0f, WRMSR, 0xf4).run();
  }

  private static Guest read(Guest g, int msr) {
    return at(g, msr, 0).code(0x0f, RDMSR, 0xf4).run();
  }

  private static long answer(Guest g) {
    return g.state.gpr[CpuState.RDX] << 32 | g.state.gpr[CpuState.RAX] & 0xffffffffL;
  }

  /** The local APIC as the CPU sees it: a few MSRs that can be had, the rest refused. */
  private static final class Apic implements LocalApic {
    private long deadline;

    @Override
    public int readCr8() {
      return 0;
    }

    @Override
    public void writeCr8(int value) {}

    @Override
    public long apicBase() {
      return 0xfee00900L;
    }

    @Override
    public boolean setApicBase(long value) {
      return value == apicBase();
    }

    @Override
    public boolean readMsr(int index) {
      return index == TSC_DEADLINE;
    }

    @Override
    public long msrValue() {
      return deadline;
    }

    @Override
    public boolean writeMsr(int index, long value) {
      deadline = value;
      return index == TSC_DEADLINE;
    }

    @Override
    public boolean pending() {
      return false;
    }

    @Override
    public int acknowledge() {
      throw new AssertionError("nothing is pending");
    }
  }

  private static Guest withApic() {
    Guest g = Guest.wide();
    g.vcpu().connect(new Apic());
    return g;
  }

  @ParameterizedTest
  @CsvSource({
    "none such,                    12345678, 0",
    "read-only MTRR_CAP,           fe,       0",
    "locked FEATURE_CONTROL,       3a,       5",
    "read-only ARCH_CAPABILITIES,  10a,      0",
    "reserved bit of SPEC_CTRL,    48,       8",
    "reserved bit of PRED_CMD,     49,       2",
    "reserved memory type in PAT,  277,      0007040600070402",
    "reserved memory type by default, 2ff,   802",
    "reserved bit of MTRR_DEF_TYPE,2ff,      1006",
    "reserved type of a fixed range,   250,      0606060606060602",
    "reserved type of a variable range,200,      3",
    "reserved bit of a variable range, 201,      10000000800",
    "reserved bit of DEBUGCTL,     1d9,      40000000",
    "reserved bit of EFER,         c0000080, 1d01",
    "LME with paging on,           c0000080, c01",
    "SYSENTER_ESP,                 175,      800000000000",
    "SYSENTER_EIP,                 176,      800000000000",
    "LSTAR,                        c0000082, 800000000000",
    "CSTAR,                        c0000083, ffff7fffffffffff",
    "FS base,                      c0000100, 800000000000",
    "GS base,                      c0000101, 8000000000000000",
    "kernel GS base,               c0000102, 800000000000"
  })
  void wrmsrRefuses(String what, String msr, String value) {
    try (Guest g = Guest.wide()) {
      write(g, Integer.parseUnsignedInt(msr, 16), Long.parseUnsignedLong(value, 16));
      g.expectFault(GuestFault.GP, 0);
      assertEquals(CODE, g.frame(1), what);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0x12345678, TSC_DEADLINE, 0x802, 0x600})
  void rdmsrOfNoneSuchIsProtectionFault(int msr) {
    try (Guest g = Guest.wide()) {
      read(g, msr).expectFault(GuestFault.GP, 0);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {RDMSR, WRMSR})
  void msrsAreForTheKernel(int opcode) {
    try (Guest g = Guest.wide()) {
      at(g, PAT, 0).ring(3).code(0x0f, opcode).run().expectFault(GuestFault.GP, 0);
    }
  }

  @Test
  void rdmsrClearsTheUpperHalvesAndLooksAtEcxOnly() {
    try (Guest g = Guest.wide()) {
      at(g, PAT, -1).with(s -> s.gpr[CpuState.RCX] |= 0xdL << 60);
      g.with(s -> s.gpr[CpuState.RAX] = -1).with(s -> s.gpr[CpuState.RDX] = -1);
      g.code(0x0f, RDMSR, 0xf4).run();
      assertEquals(0x00070406, g.state.gpr[CpuState.RAX]);
      assertEquals(0x00070406, g.state.gpr[CpuState.RDX]);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "277,      0106050400070406",
    "2ff,      c06",
    "250,      0606060605050404",
    "200,      8000000006",
    "20f,      ffc0000800",
    "174,      fffffffe",
    "175,      ffff800000000001",
    "c0000081, 0023001000000000",
    "c0000082, ffff800000001000",
    "c0000084, 47700",
    "48, 407",
    "c0000102, 7fffffffffff"
  })
  void whatIsWrittenIsRead(String msr, String value) {
    try (Guest g = Guest.wide()) {
      int index = Integer.parseUnsignedInt(msr, 16);
      long wanted = Long.parseUnsignedLong(value, 16);
      write(g, index, wanted).expectVector(-1);
      g.state.rip = CODE;
      assertEquals(wanted, answer(read(g, index)));
    }
  }

  @Test
  void aCpuThatDoesNotSpeculateSaysSo() {
    try (Guest g = Guest.wide()) {
      assertEquals(3, answer(read(g, 0x10a)) & 3, "RDCL_NO and IBRS_ALL");
    }
  }

  @ParameterizedTest
  @CsvSource({"10a", "48"})
  void theRegistersOfSpeculationAreThereWhereCpuidAnnouncesThem(String msr) {
    try (Guest g = Guest.wide(CpuModel.parse("qemu64"))) {
      read(g, Integer.parseInt(msr, 16)).expectFault(GuestFault.GP, 0);
    }
  }

  @Test
  void aBarrierOfPredictionsIsACommandWithoutAValue() {
    try (Guest g = Guest.wide()) {
      write(g, 0x49, 1).expectVector(-1);
      read(g, 0x49).expectFault(GuestFault.GP, 0);
    }
  }

  @Test
  void theBasesOfFsAndGsAreTheSegments() {
    try (Guest g = Guest.wide()) {
      write(g, FS_BASE, 0xffff800000001000L);
      assertEquals(0xffff800000001000L, g.state.segments[CpuState.FS].base);
    }
  }

  @Test
  void aWriteOfTheTscMovesTscAdjust() {
    try (Guest g = Guest.wide()) {
      write(g, TSC, 1L << 50);
      g.state.rip = CODE;
      long moved = answer(read(g, TSC_ADJUST));
      g.state.rip = CODE;
      long now = answer(read(g, TSC));
      assertTrue(moved > 1L << 49 && moved <= 1L << 50, "" + moved);
      assertTrue(now >= 1L << 50, "" + now);
    }
  }

  @Test
  void aSavedVcpuThatGoesOnHasItsTscAndItsTscAdjust() {
    try (Guest g = Guest.wide()) {
      write(g, TSC, 1L << 50);
      g.state.rip = CODE;
      long before = answer(read(g, TSC_ADJUST));
      g.state.rip = CODE;
      assertEquals(before, answer(read(g, TSC_ADJUST)));
    }
  }

  @Test
  void aWriteOfTscAdjustMovesTheTsc() {
    try (Guest g = Guest.wide()) {
      write(g, TSC_ADJUST, 1L << 50);
      g.state.rip = CODE;
      assertTrue(answer(read(g, TSC)) >= 1L << 50);
    }
  }

  @ParameterizedTest
  @CsvSource({"rdtscp, 0f01f9", "rdpid, f30fc7f9"})
  void theProcessorsNumberIsTscAux(String name, String code) {
    try (Guest g = Guest.wide()) {
      write(g, TSC_AUX, 77);
      g.memory().copyIn(CODE, HexFormat.of().parseHex(code + "f4"));
      g.with(s -> s.rip = CODE).ring(3).run().expectVector(GuestFault.GP); // at HLT
      assertEquals(77, g.state.gpr[CpuState.RCX]);
    }
  }

  @Test
  void rdtscpIsPrivilegedWithTsdToo() {
    try (Guest g = Guest.wide()) {
      g.with(s -> s.cr4 |= Cpu.CR4_TSD).ring(3).code(0x0f, 0x01, 0xf9);
      g.run().expectFault(GuestFault.GP, 0);
    }
  }

  @Test
  void rdpmcHasNoCounters() {
    try (Guest g = Guest.wide()) {
      g.code(0x0f, 0x33).run().expectFault(GuestFault.GP, 0);
    }
  }

  // MSRs of the local APIC

  @Test
  void theDeadlineIsTheApics() {
    try (Guest g = withApic()) {
      write(g, TSC_DEADLINE, 0x1234_5678_9abcL);
      g.state.rip = CODE;
      assertEquals(0x1234_5678_9abcL, answer(read(g, TSC_DEADLINE)));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0x800, 0x830, 0x8ff})
  void whatTheApicRefusesIsProtectionFault(int msr) {
    try (Guest g = withApic()) {
      write(g, msr, 0).expectFault(GuestFault.GP, 0);
    }
    try (Guest g = withApic()) {
      read(g, msr).expectFault(GuestFault.GP, 0);
    }
  }

  @Test
  void aTransitionThatTheApicRefusesIsProtectionFault() {
    try (Guest g = withApic()) {
      write(g, 0x1b, 0xfee00400L).expectFault(GuestFault.GP, 0);
    }
  }
}
