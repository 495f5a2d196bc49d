package org.jvmm.bench.lockstep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.core.accel.CpuState;
import org.jvmm.core.accel.VcpuExit;
import org.jvmm.kvm.KvmAccelerator;
import org.jvmm.softcpu.SoftAccelerator;
import org.jvmm.softcpu.SoftVcpu;
import org.jvmm.testkit.asm.Asm;
import org.jvmm.testkit.asm.Cond;
import org.jvmm.testkit.asm.Label;
import org.jvmm.testkit.asm.Mem;
import org.jvmm.testkit.asm.Reg;

final class LockstepTest {
  private static final int ADDRESS = 0x7c00, DATA = 0x2000, RAM = 1 << 16;

  /** Where the planted engine goes wrong: at an instruction, or in memory only. */
  private static final int PLANTED = 777;

  /** Arithmetic, memory, ports, REP; ends with HLT. */
  private static FlatGuest guest(int bits) {
    Asm a = Asm.bits(bits).org(ADDRESS).mov(Reg.EBX, 0x1234567).mov(Reg.EBP, 60);
    Label round = a.here();
    a.mov(Reg.EDX, 0x60).inDx(Reg.EAX).add(Reg.EBX, Reg.EAX).mov(Mem.at(DATA), Reg.EBX);
    a.mul(Reg.EBX).shl(Reg.EAX, 3).sbb(Reg.EBX, Reg.EDX).mov(Mem.at(DATA + 4), Reg.EAX);
    a.mov(Reg.ESI, DATA).mov(Reg.EDI, DATA + 8).mov(Reg.ECX, 20).rep().movs(8);
    a.mov(Reg.EDX, 0x80).outDx(Reg.BL).dec(Reg.EBP).jcc(Cond.NE, round).hlt();
    return new FlatGuest(a.assemble(), ADDRESS, bits, RAM);
  }

  /** The CPU in Java with a fault at one instruction. */
  private static final class Wrong extends Engine {
    private final SoftVcpu vcpu;
    private final boolean inMemory;

    Wrong(FlatGuest guest, boolean inMemory) {
      super("wrong", new SoftAccelerator(), guest);
      vcpu = (SoftVcpu) vcpu();
      this.inMemory = inMemory;
    }

    @Override
    public long instructions() {
      return vcpu.instructions();
    }

    @Override
    public VcpuExit runTo(long instructions) {
      if (vcpu.instructions() < PLANTED && instructions >= PLANTED) {
        VcpuExit exit = run(PLANTED);
        if (exit != null) {
          return exit;
        }
        if (inMemory) {
          memory().write8(DATA + 0x1000, 1);
        } else {
          CpuState state = state();
          state.gpr[CpuState.RBX] ^= 1 << 20;
          adopt(state);
        }
      }
      return run(instructions);
    }

    private VcpuExit run(long to) {
      vcpu.stopAt(to);
      VcpuExit exit = vcpu.run();
      return vcpu.instructions() >= to && exit.count() == 0 ? null : exit;
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {16, 32})
  void blocksAndSingleStepsAreTheSame(int bits) {
    Lockstep lockstep =
        new Lockstep(guest(bits), BlockEngine::new, LockstepMain.engine("soft-step"));
    assertEquals(Optional.empty(), lockstep.run(100_000, 100));
    assertTrue(lockstep.executed() > 900, "the guest ran to its end");
  }

  /** What a guest with RFLAGS.TF or the TSC does depends on how it is run. */
  private static boolean excused(Divergence found) {
    return found.last().stream().anyMatch(line -> line.matches(".* (popf|iret|rdtsc).*"));
  }

  @Test
  void garbageIsTheSameInBlocksAndSingleSteps() {
    long seed = System.nanoTime();
    for (int i = 0; i < 30; i++) {
      byte[] code = new byte[4096];
      new SplittableRandom(seed + i).nextBytes(code);
      FlatGuest garbage = new FlatGuest(code, ADDRESS, i % 2 == 0 ? 16 : 32, RAM);
      Lockstep lockstep = new Lockstep(garbage, BlockEngine::new, LockstepMain.engine("soft-step"));
      Optional<Divergence> found = lockstep.run(2000, 100).filter(each -> !excused(each));
      assertEquals("", found.map(each -> each.report("soft", "step")).orElse(""), "" + (seed + i));
    }
  }

  /** mov esi, RAM; mov ecx, -1; rep lodsb; hlt. */
  @Test
  void aRepeatedInstructionThatReadsDevicesForHoursEndsTheRun() {
    byte[] code =
        HexFormat.of().parseHex("be%08xb9fffffffff3acf4".formatted(Integer.reverseBytes(RAM)));
    FlatGuest reader = new FlatGuest(code, ADDRESS, 32, RAM);
    Lockstep lockstep = new Lockstep(reader, BlockEngine::new, LockstepMain.engine("soft-step"));
    assertEquals(Optional.empty(), lockstep.run(2000, 100));
    assertEquals(2, lockstep.executed());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 10, 1000})
  void aPlantedFaultIsFoundAtItsInstruction(int every) {
    Lockstep lockstep = new Lockstep(guest(32), BlockEngine::new, g -> new Wrong(g, false));
    Divergence found = lockstep.run(100_000, every).orElseThrow();
    assertEquals(PLANTED, found.instructions());
    String report = found.report("soft", "wrong");
    assertTrue(report.contains("  rbx "), report);
    assertEquals(1, found.differences().size(), report);
    assertEquals(16, found.last().size(), report);
    assertTrue(found.last().get(15).contains("0008:00007c"), report);
  }

  @Test
  void aFaultInMemoryIsFoundToo() {
    Lockstep lockstep = new Lockstep(guest(32), BlockEngine::new, g -> new Wrong(g, true));
    Divergence found = lockstep.run(100_000, 250).orElseThrow();
    assertEquals(PLANTED, found.instructions());
    assertTrue(found.differences().get(0).contains(" 3000 "), found.differences()::toString);
  }

  @Test
  void kvmDoesTheSame() {
    assumeTrue(new KvmAccelerator().availability().usable(), "no /dev/kvm");
    Lockstep lockstep = new Lockstep(guest(32), BlockEngine::new, LockstepMain.engine("kvm"));
    Optional<Divergence> found = lockstep.run(100_000, 1);
    assertEquals("", found.map(each -> each.report("soft", "kvm")).orElse(""));
  }

  @Test
  void theMainClassAnswersWithAStatus(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("guest");
    Files.write(file, guest(16).code());
    assertEquals(0, LockstepMain.run(new String[] {file.toString()}));
    assertEquals(2, LockstepMain.run(new String[] {file.toString(), "64"}));
    assertEquals(2, LockstepMain.run(new String[] {}));
  }
}
