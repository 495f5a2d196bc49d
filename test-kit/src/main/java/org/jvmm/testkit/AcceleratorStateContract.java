package org.jvmm.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.jvmm.testkit.asm.Reg.AL;
import static org.jvmm.testkit.asm.Reg.AX;
import static org.jvmm.testkit.asm.Reg.CX;
import static org.jvmm.testkit.asm.Reg.DI;
import static org.jvmm.testkit.asm.Reg.DX;
import static org.jvmm.testkit.asm.Reg.EAX;
import static org.jvmm.testkit.asm.Reg.SI;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.jvmm.core.accel.Accelerator;
import org.jvmm.core.accel.CpuState;
import org.jvmm.core.accel.ExitReason;
import org.jvmm.core.accel.IrqchipMode;
import org.jvmm.core.accel.VcpuExit;
import org.jvmm.testkit.asm.Asm;
import org.jvmm.testkit.asm.Cr;
import org.jvmm.testkit.asm.Mem;
import org.jvmm.testkit.asm.Seg;

/**
 * The part of {@link AcceleratorContract} about state that is saved and restored; and its tools.
 */
@Timeout(30)
abstract class AcceleratorStateContract {
  /** A port that no accelerator answers itself. */
  static final int PORT = 0x2e0;

  /** No memory here, in reach of real mode. */
  static final int HOLE = 0xa_0000;

  /** No memory here, in reach of 32-bit addresses. */
  static final long HIGH_HOLE = 0xd000_0000L;

  /** Where guests keep what they work on. */
  static final int DATA = 0x3000;

  private static final int DONE = 2;
  private static final int IA32_TSC = 0x10, IA32_SYSENTER_ESP = 0x175;

  /** XSAVE area (SDM vol. 1 section 10.5.1): FCW, XMM0, and the header with XSTATE_BV. */
  private static final int FCW = 0, XMM = 160, XSTATE_BV = 512;

  /** The accelerator under test. */
  protected abstract Accelerator accelerator();

  /** Where the interrupt controllers are in this run. */
  protected abstract IrqchipMode irqchip();

  TinyVm tinyVm() {
    return new TinyVm(accelerator(), irqchip(), 1);
  }

  static VcpuExit expect(VcpuExit exit, ExitReason reason) {
    assertEquals(reason, exit.reason(), exit::detail);
    return exit;
  }

  /** Expects an OUT to a port. */
  static VcpuExit expectOut(VcpuExit exit, int port, long value) {
    expect(exit, ExitReason.IO_OUT);
    assertEquals(port, exit.port());
    assertEquals(value, exit.data(0), () -> "%#x".formatted(exit.data(0)));
    return exit;
  }

  /** Answers and logs what a guest does; the answers depend on nothing but their order. */
  private static final class Conversation {
    private final List<String> log = new ArrayList<>();
    private int answer = 0x11;

    /** Handles one exit; false when the guest is done. */
    boolean handle(VcpuExit exit) {
      for (int i = 0; i < exit.count(); i++) {
        switch (exit.reason()) {
          case IO_OUT -> log.add("out %x.%d=%x".formatted(exit.port(), exit.size(), exit.data(i)));
          case MMIO_WRITE ->
              log.add("write %x.%d=%x".formatted(exit.address(), exit.size(), exit.data(i)));
          case IO_IN -> {
            exit.reply(i, answer);
            log.add("in %x.%d".formatted(exit.port(), exit.size()));
            answer += 0x11;
          }
          case MMIO_READ -> {
            exit.reply(i, answer);
            log.add("read %x.%d".formatted(exit.address(), exit.size()));
            answer += 0x11;
          }
          default -> expect(exit, ExitReason.IO_OUT);
        }
      }
      return exit.reason() != ExitReason.IO_OUT || exit.port() != DONE;
    }

    /** Until the vCPU stands with nothing half done. */
    void interrupt(TinyVm vm) {
      vm.vcpu().kick();
      for (VcpuExit exit = vm.run(); exit.reason() != ExitReason.INTERRUPTED; exit = vm.run()) {
        handle(exit);
      }
    }
  }

  /** Every kind of I/O, its results shown by OUTs. */
  private static Asm talker() {
    return Asm.bits(16)
        .cld()
        .mov(DX, PORT)
        .inDx(AL)
        .outDx(AL)
        .inDx(EAX)
        .mov(Mem.at(DATA), EAX)
        .mov(SI, DATA)
        .mov(CX, 4)
        .rep()
        .outs(8)
        .mov(DI, DATA)
        .mov(CX, 3)
        .rep()
        .ins(16)
        .mov(AX, HOLE >> 4)
        .mov(Seg.ES, AX)
        .mov(AX, Mem.at(0x10).in(Seg.ES))
        .outDx(AX)
        .mov(Mem.at(0x24).in(Seg.ES), EAX)
        .mov(AX, Mem.at(DATA + 4))
        .outDx(AX)
        .out(DONE, AL);
  }

  /** A second VM that goes on where the first stands. */
  private TinyVm moved(TinyVm from) {
    CpuState state = from.state();
    byte[] ram = new byte[TinyVm.RAM];
    from.memory().copyOut(0, ram, 0, ram.length);
    TinyVm to = tinyVm();
    to.memory().copyIn(0, ram);
    to.vcpu().restore(state, TinyVm.ALL);
    return to;
  }

  @Test
  void aVcpuMovedInTheMiddleOfAnyExitGoesOnInAnotherVm() {
    Conversation undisturbed = new Conversation();
    try (TinyVm vm = tinyVm().load(talker())) {
      while (undisturbed.handle(vm.run())) {}
    }
    assertTrue(undisturbed.log.size() >= 14, undisturbed.log::toString);
    int moves = 0;
    for (boolean reached = true; reached; moves++) {
      Conversation conversation = new Conversation();
      reached = false;
      TinyVm vm = tinyVm().load(talker());
      try {
        int exits = 0;
        while (conversation.handle(vm.run())) {
          if (exits++ == moves) {
            reached = true;
            conversation.interrupt(vm);
            TinyVm next = moved(vm);
            vm.close();
            vm = next;
          }
        }
      } finally {
        vm.close();
      }
      assertEquals(undisturbed.log, conversation.log, "moved after exit " + moves);
    }
  }

  @Test
  void aHaltedVcpuMovesAsHalted() throws InterruptedException {
    try (TinyVm vm = tinyVm().load(Asm.bits(16).cli().out(1, AL).hlt().out(DONE, AL))) {
      expect(vm.run(), ExitReason.IO_OUT);
      if (irqchip() == IrqchipMode.USER) {
        expect(vm.run(), ExitReason.HALTED);
      }
      do {
        Thread kicker = new Thread(() -> kickSoon(vm));
        kicker.start();
        VcpuExit exit = vm.run();
        while (exit.reason() == ExitReason.HALTED) {
          exit = vm.run();
        }
        expect(exit, ExitReason.INTERRUPTED);
        kicker.join();
      } while (vm.state().activity != CpuState.Activity.HALTED);
      try (TinyVm other = moved(vm)) {
        assertEquals(CpuState.Activity.HALTED, other.state().activity);
        other.memory().write32(4 * 2, TinyVm.CODE + 4); // the NMI's vector: behind HLT
        other.vcpu().nmi();
        VcpuExit exit = other.run();
        while (exit.reason() == ExitReason.INTERRUPTED) {
          exit = other.run();
        }
        assertEquals(DONE, expect(exit, ExitReason.IO_OUT).port());
      }
    }
  }

  private static void kickSoon(TinyVm vm) {
    try {
      Thread.sleep(20);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    vm.vcpu().kick();
  }

  @Test
  void everyPartOfTheStateSurvivesARoundTrip() {
    try (TinyVm first = tinyVm();
        TinyVm second = tinyVm()) {
      CpuState state = first.state();
      for (int i = 0; i < 16; i++) {
        state.gpr[i] = 0x0101_0101_0101_0101L * (i + 1);
      }
      state.rip = 0x1234;
      state.rflags = 0x8d7;
      for (int i = CpuState.ES; i <= CpuState.GS; i++) {
        state.segments[i].set(
            0x100 * (i + 1), 0x1000L * (i + 1), 0xffff, i == 1 ? 0x9b : 0x93, false);
      }
      state.gdtBase = 0x1_2340;
      state.gdtLimit = 0x27;
      state.idtBase = 0x1_5670;
      state.idtLimit = 0x3ff;
      state.cr2 = 0x1357_9000;
      state.cr4 = 1 << 9;
      state.dr[0] = 0x4000;
      state.dr[3] = 0x7000;
      state.msrs.put(IA32_SYSENTER_ESP, 0x1234_5678);
      Arrays.fill(state.xsave, XMM, XMM + 64, (byte) 0x5a);
      state.xsave[FCW] = 0x7f;
      state.xsave[FCW + 1] = 2;
      state.xsave[XSTATE_BV] |= 3;
      state.interruptShadow = CpuState.SHADOW_STI;
      state.nmiMasked = true;
      first.vcpu().restore(state, TinyVm.ALL);
      CpuState saved = first.state();
      second.vcpu().restore(saved, TinyVm.ALL);
      CpuState again = second.state();
      assertSame(state, saved);
      assertSame(saved, again);
      for (int i = 0; i < saved.msrs.count(); i++) {
        int index = saved.msrs.index(i);
        if (index != IA32_TSC) {
          assertEquals(
              saved.msrs.value(i), again.msrs.get(index, -1), () -> "msr %#x".formatted(index));
        }
      }
    }
  }

  /**
   * Whatever a vCPU is in the middle of, it has the state of a new one, and the guest runs anew.
   */
  @Test
  void aResetInTheMiddleOfAnyExitMakesTheVcpuANewOne() {
    boolean goesOn = true;
    for (int exits = 0; goesOn; exits++) {
      try (TinyVm vm = tinyVm()) {
        CpuState fresh = vm.state();
        vm.load(talker());
        for (int pass = 0; pass < 2; pass++) {
          Conversation conversation = new Conversation();
          for (int i = 0; i <= exits && goesOn; i++) {
            goesOn = conversation.handle(vm.run());
          }
          conversation.interrupt(vm);
          vm.vcpu().nmi();
          vm.vm().reset();
          vm.vcpu().reset();
          assertLikeNew(fresh, vm.state());
          TinyVm.startReal(vm.vcpu(), TinyVm.CODE);
        }
      }
    }
  }

  @Test
  void anApplicationProcessorThatIsResetWaitsForItsStartUpAgain() {
    try (TinyVm vm = new TinyVm(accelerator(), irqchip(), 2)) {
      CpuState fresh = new CpuState();
      vm.vcpu(1).save(fresh, TinyVm.ALL);
      vm.memory().copyIn(TinyVm.CODE, Asm.bits(16).out(DONE, AL).assemble());
      TinyVm.startReal(vm.vcpu(1), TinyVm.CODE);
      expect(TinyVm.run(vm.vcpu(1)), ExitReason.IO_OUT);
      vm.vcpu(1).kick();
      expect(TinyVm.run(vm.vcpu(1)), ExitReason.INTERRUPTED);
      vm.vcpu(1).init();
      vm.vcpu(1).startup(TinyVm.CODE >> 12);
      vm.vm().reset();
      vm.vcpu(1).reset();
      CpuState now = new CpuState();
      vm.vcpu(1).save(now, TinyVm.ALL);
      assertLikeNew(fresh, now);
      assertEquals(CpuState.Activity.UNINITIALIZED, now.activity);
    }
  }

  /** The time-stamp counter has begun again. */
  private static void assertLikeNew(CpuState fresh, CpuState now) {
    assertSame(fresh, now);
    assertEquals(fresh.sipiVector, now.sipiVector);
    assertArrayEquals(fresh.lapic, now.lapic);
    assertEquals(fresh.msrs.count(), now.msrs.count());
    for (int i = 0; i < fresh.msrs.count(); i++) {
      int index = fresh.msrs.index(i);
      if (index != IA32_TSC) {
        assertEquals(
            fresh.msrs.value(i), now.msrs.get(index, -1), () -> "msr %#x".formatted(index));
      }
    }
  }

  private static void assertSame(CpuState a, CpuState b) {
    assertArrayEquals(a.gpr, b.gpr);
    assertEquals(a.toString(), b.toString());
    assertArrayEquals(a.dr, b.dr);
    assertEquals(a.cr8, b.cr8);
    assertEquals(a.apicBase, b.apicBase);
    assertEquals(a.xcr0, b.xcr0);
    assertEquals(a.xsave[FCW], b.xsave[FCW]);
    assertArrayEquals(
        Arrays.copyOfRange(a.xsave, XMM, XMM + 256), Arrays.copyOfRange(b.xsave, XMM, XMM + 256));
    assertEquals(
        a.msrs.get(IA32_SYSENTER_ESP, -1), b.msrs.get(IA32_SYSENTER_ESP, -2), "IA32_SYSENTER_ESP");
    assertEquals(a.activity, b.activity);
    assertEquals(a.exception, b.exception);
    assertEquals(a.injectedInterrupt, b.injectedInterrupt);
    // SVM has one shadow for both causes.
    assertEquals(a.interruptShadow, a.interruptShadow & b.interruptShadow);
    assertEquals(a.nmiMasked, b.nmiMasked);
    assertEquals(a.nmiPending, b.nmiPending);
  }

  @Test
  void theGuestSeesTheFpuAndXmmStateThatWasRestored() {
    try (TinyVm vm = tinyVm()) {
      vm.load(
          Asm.bits(16)
              .mov(EAX, Cr.CR4)
              .or(EAX, 1 << 9)
              .mov(Cr.CR4, EAX)
              .movdqu(Mem.at(DATA), 3)
              .db(0xd9, 0x3e) // fnstcw [DATA + 16]
              .dw(DATA + 16)
              .movdqu(5, Mem.at(DATA + 32))
              .out(DONE, AL));
      CpuState state = vm.state(CpuState.Part.FPU);
      for (int i = 0; i < 16; i++) {
        state.xsave[XMM + 3 * 16 + i] = (byte) (0xa0 + i);
        vm.memory().write8(DATA + 32 + i, 0x60 + i);
      }
      state.xsave[FCW] = 0x7f;
      state.xsave[FCW + 1] = 2;
      state.xsave[XSTATE_BV] |= 3;
      vm.vcpu().restore(state, EnumSet.of(CpuState.Part.FPU));
      assertEquals(DONE, expect(vm.run(), ExitReason.IO_OUT).port());
      vm.vcpu().kick();
      expect(vm.run(), ExitReason.INTERRUPTED);
      state = vm.state(CpuState.Part.FPU);
      assertEquals(0x27f, vm.memory().read16(DATA + 16));
      for (int i = 0; i < 16; i++) {
        assertEquals(0xa0 + i, vm.memory().read8(DATA + i));
        assertEquals(0x60 + i, state.xsave[XMM + 5 * 16 + i]);
      }
    }
  }
}
