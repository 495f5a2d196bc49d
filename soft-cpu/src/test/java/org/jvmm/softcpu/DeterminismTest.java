package org.jvmm.softcpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.core.accel.CpuState;
import org.jvmm.core.accel.CpuState.Part;
import org.jvmm.core.accel.ExitReason;
import org.jvmm.core.accel.IrqchipMode;
import org.jvmm.core.accel.VcpuExit;
import org.jvmm.testkit.TinyVm;
import org.jvmm.testkit.asm.Asm;
import org.jvmm.testkit.asm.Cond;
import org.jvmm.testkit.asm.Label;
import org.jvmm.testkit.asm.Mem;
import org.jvmm.testkit.asm.Reg;

/** A guest's run depends on the guest alone, and stops at any instruction. */
@Timeout(60)
class DeterminismTest {
  private static final int DATA = 0x3000, WRITE_LOOP = 0x2000;
  private static final EnumSet<Part> COMPARED = EnumSet.of(Part.GENERAL, Part.SYSTEM, Part.FPU);

  private static TinyVm vm(int vcpus) {
    return new TinyVm(new SoftAccelerator(), IrqchipMode.USER, vcpus);
  }

  private static SoftVcpu vcpu(TinyVm vm, int id) {
    return (SoftVcpu) vm.vcpu(id);
  }

  /** Arithmetic, stores, a REP of many pieces, calls, a fault for each round; then OUT. */
  private static Asm workload() {
    Asm a = Asm.bits(16).org(TinyVm.CODE);
    Label round = a.label("round");
    Label work = a.label("work");
    Label handler = a.label("handler");
    a.mov(Mem.at(6 * 4).word(), 0).mov(Reg.AX, handler).mov(Mem.at(6 * 4), Reg.AX);
    a.mov(Mem.at(6 * 4 + 2).word(), 0).mov(Reg.EBX, 1).mov(Reg.BP, 40).bind(round);
    a.call(work).mov(Reg.DI, DATA).mov(Reg.SI, DATA).mov(Reg.CX, 1500).rep().movs(8);
    a.db(0x0f, 0x0b); // ud2
    a.dec(Reg.BP).jcc(Cond.NE, round).out(0x80, Reg.AL).hlt();
    a.bind(work).mov(Reg.CX, 200);
    Label again = a.here();
    a.db(0x66, 0x6b, 0xdb, 0x1d)
        .add(Reg.EBX, 0x1234567)
        .mov(Reg.DI, Reg.CX)
        .mov(Mem.at(Reg.DI).disp(DATA), Reg.BL);
    a.loop(again).db(0xc3);
    a.bind(handler).db(0x5e, 0x46, 0x46, 0x56, 0xcf); // pop si; inc si; inc si; push si; iret
    return a;
  }

  private static String state(TinyVm vm, int id) {
    CpuState state = new CpuState();
    vm.vcpu(id).save(state, COMPARED);
    return state + "instructions " + vcpu(vm, id).instructions();
  }

  private static long finish(TinyVm vm) {
    VcpuExit exit = vm.run();
    assertEquals(ExitReason.IO_OUT, exit.reason(), exit::detail);
    return vcpu(vm, 0).instructions();
  }

  @Test
  void theSameGuestTakesTheSameNumberOfInstructions() {
    try (TinyVm a = vm(1);
        TinyVm b = vm(1)) {
      assertEquals(finish(a.load(workload())), finish(b.load(workload())));
      assertEquals(state(a, 0), state(b, 0));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 999})
  void aRunInPiecesEndsLikeOneInAPiece(int piece) {
    try (TinyVm whole = vm(1);
        TinyVm pieces = vm(1)) {
      long end = finish(whole.load(workload()));
      SoftVcpu vcpu = vcpu(pieces.load(workload()), 0);
      while (vcpu.instructions() < end) {
        long stop = Math.min(end, vcpu.instructions() + piece);
        vcpu.stopAt(stop);
        assertEquals(ExitReason.INTERRUPTED, vcpu.run().reason());
        assertEquals(stop, vcpu.instructions(), "exactly there");
      }
      vcpu.stopAt(Long.MAX_VALUE);
      assertEquals(ExitReason.IO_OUT, vcpu.run().reason());
      assertEquals(state(whole, 0), state(pieces, 0));
    }
  }

  @Test
  void singleStepsAreTheSameRun() {
    try (TinyVm blocks = vm(1);
        TinyVm steps = vm(1)) {
      blocks.load(workload());
      steps.load(workload());
      steps.vcpu().debug(true, false, null);
      SoftVcpu fast = vcpu(blocks, 0);
      SoftVcpu slow = vcpu(steps, 0);
      for (int i = 0; i < 20_000; i += 500) {
        while (slow.instructions() < i) {
          assertEquals(ExitReason.DEBUG, slow.run().reason());
        }
        fast.stopAt(slow.instructions());
        fast.run();
        assertEquals(state(blocks, 0), state(steps, 0));
      }
    }
  }

  @Test
  void kicksDoNotChangeTheCount() throws InterruptedException {
    try (TinyVm calm = vm(1);
        TinyVm kicked = vm(1)) {
      long end = finish(calm.load(workload()));
      kicked.load(workload());
      Thread kicks =
          new Thread(
              () -> {
                while (!Thread.interrupted()) {
                  kicked.vcpu().kick();
                }
              });
      kicks.start();
      while (kicked.run().reason() != ExitReason.IO_OUT) {}
      kicks.interrupt();
      kicks.join();
      assertEquals(end, vcpu(kicked, 0).instructions());
      assertEquals(state(calm, 0), state(kicked, 0));
    }
  }

  /** Both count in memory without LOCK, so the outcome shows every switch. */
  private static Asm racer(int at, int marker) {
    Asm a = Asm.bits(16).org(at).mov(Reg.ECX, 700_000).mov(Reg.DX, marker);
    Label again = a.here();
    a.mov(Reg.EAX, Mem.at(DATA)).inc(Reg.EAX).mov(Mem.at(DATA), Reg.EAX);
    a.db(0x66, 0x6b, 0xdb, 0x1d).add(Reg.EBX, Reg.EAX).dec(Reg.ECX);
    a.jcc(Cond.NE, again).outDx(Reg.AL).hlt();
    return a;
  }

  private static String race() throws InterruptedException {
    try (TinyVm vm = vm(2)) {
      vm.memory().copyIn(TinyVm.CODE, racer(TinyVm.CODE, 0x80).assemble());
      vm.memory().copyIn(WRITE_LOOP, racer(WRITE_LOOP, 0x81).assemble());
      TinyVm.startReal(vm.vcpu(0), TinyVm.CODE);
      TinyVm.startReal(vm.vcpu(1), WRITE_LOOP);
      List<Thread> threads = new ArrayList<>();
      for (int id = 0; id < 2; id++) {
        SoftVcpu vcpu = vcpu(vm, id);
        Thread thread =
            new Thread(
                () -> {
                  while (vcpu.run().reason() != ExitReason.HALTED) {}
                });
        threads.add(thread);
        thread.start();
      }
      for (Thread thread : threads) {
        thread.join();
      }
      return "%x%n%s%n%s".formatted(vm.memory().read32(DATA), state(vm, 0), state(vm, 1));
    }
  }

  @Test
  void twoVcpusTakeTurnsTheSameWay() throws InterruptedException {
    String first = race();
    for (int i = 0; i < 3; i++) {
      assertEquals(first, race());
    }
    assertNotEquals("%x".formatted(1_400_000), first.lines().findFirst().orElse(""));
  }
}
