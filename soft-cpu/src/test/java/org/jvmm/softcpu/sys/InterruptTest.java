package org.jvmm.softcpu.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.jvmm.softcpu.sys.Guest.CODE;
import static org.jvmm.softcpu.sys.Guest.CODE0;
import static org.jvmm.softcpu.sys.Guest.DATA;
import static org.jvmm.softcpu.sys.Guest.DATA0;

import org.junit.jupiter.api.Test;
import org.jvmm.core.accel.ExitReason;
import org.jvmm.core.irq.InterruptSource;
import org.jvmm.softcpu.cpu.Flags;
import org.jvmm.softcpu.fault.GuestFault;
import org.jvmm.testkit.RecordingIrqLine;

/** When interrupts and NMIs come (SDM vol. 3 sections 6.7 and 6.8). */
class InterruptTest {
  private static final int VECTOR = 0x40, IF = Flags.IF;

  /** A source that has one interrupt when it is told to. */
  private static final class OneInterrupt implements InterruptSource {
    private boolean pending;

    @Override
    public boolean pending() {
      return pending;
    }

    @Override
    public int acknowledge() {
      pending = false;
      return VECTOR;
    }
  }

  private static Guest interrupted() {
    Guest g = Guest.flat();
    raise(g, new OneInterrupt());
    return g;
  }

  private static void raise(Guest g, OneInterrupt source) {
    source.pending = true;
    g.vcpu().connect(source);
    g.vcpu().interruptPending();
  }

  @Test
  void anInterruptComesBeforeTheNextInstructionWithIf() {
    try (Guest g = interrupted()) {
      g.with(s -> s.rflags |= IF).code(0x40).run().expectVector(VECTOR);
      assertEquals(CODE, g.frame(0));
      assertEquals(0, g.state.gpr[0]);
    }
  }

  @Test
  void stiHoldsInterruptsBackForOneInstruction() {
    try (Guest g = interrupted()) {
      g.code(0xfb, 0x40, 0x40).run().expectVector(VECTOR);
      assertEquals(CODE + 2, g.frame(0));
    }
  }

  @Test
  void stiWithCliBehindItLetsNothingPass() {
    try (Guest g = interrupted()) {
      g.code(0xfb, 0xfa, 0x40, 0xf4).run();
      assertEquals(CODE + 4, g.state.rip);
    }
  }

  @Test
  void stiWithHaltBehindItWakes() {
    try (Guest g = interrupted()) {
      g.code(0xfb, 0xf4).run().expectVector(VECTOR);
      assertEquals(CODE + 2, g.frame(0));
    }
  }

  @Test
  void stiOfSetIfHoldsNothingBack() {
    try (Guest g = interrupted()) {
      g.code(a -> a.push(IF | 2).popf().db(0x40)).run().expectVector(VECTOR);
      assertEquals(CODE + 6, g.frame(0), "POPF has no shadow");
    }
  }

  /**
   * A guest with IF set that has executed one instruction; the stack, and a far pointer to it at
   * [ECX], have the selector of a stack segment, and so has EDX.
   */
  private static Guest behindTheFirst(int... code) {
    Guest g = Guest.flat();
    g.memory().write32(Guest.STACK, DATA0);
    g.memory().write32(DATA, Guest.STACK);
    g.memory().write16(DATA + 4, DATA0);
    g.with(s -> s.gpr[1] = DATA).with(s -> s.gpr[2] = DATA0).with(s -> s.rflags |= IF).code(code);
    g.restore();
    g.vcpu().stopAt(g.vcpu().instructions() + 1);
    assertEquals(ExitReason.INTERRUPTED, g.vm.run().reason());
    return g;
  }

  @Test
  void aLoadOfSsHoldsInterruptsBackForOneInstruction() {
    try (Guest g = behindTheFirst(0x8e, 0xd2, 0x40, 0x40)) { // mov ss, edx
      raise(g, new OneInterrupt());
      g.resume();
      g.expectVector(VECTOR);
      assertEquals(CODE + 3, g.frame(0));
    }
  }

  @Test
  void iretThatSetsIfTakesTheInterruptAtOnce() {
    try (Guest g = interrupted()) {
      g.code(a -> a.push(IF | 2).push(CODE0).push(0x2000).db(0xcf)).run().expectVector(VECTOR);
      assertEquals(0x2000, g.frame(0));
    }
  }

  @Test
  void anInterruptBreaksARepeatedInstructionBetweenIterations() {
    try (Guest g = Guest.flat()) {
      // rep outsb: the device raises the interrupt in the middle.
      g.with(s -> s.rflags |= IF).with(s -> s.gpr[1] = 5000).with(s -> s.gpr[6] = DATA);
      g.code(0xf3, 0x6e);
      int items = g.expect(ExitReason.IO_OUT).count();
      raise(g, new OneInterrupt());
      g.resume();
      g.expectVector(VECTOR);
      assertEquals(5000 - items, g.state.gpr[1]);
      assertEquals(CODE, g.frame(0));
      assertTrue(items > 1);
    }
  }

  @Test
  void anNmiNeedsNoIfAndComesBeforeInterrupts() {
    try (Guest g = interrupted()) {
      g.vcpu().nmi();
      g.with(s -> s.nmiPending = true).with(s -> s.rflags |= IF).code(0x40);
      g.run().expectVector(GuestFault.NMI);
      assertTrue(g.state.nmiMasked);
    }
  }

  @Test
  void nmisWaitForIret() {
    try (Guest g = Guest.flat()) {
      // The handler counts itself and returns; ECX counts what ran outside.
      g.memory().copyIn(0x2000, new byte[] {0x40, (byte) 0xe6, (byte) 0x80, 0x40, (byte) 0xcf});
      g.gate(GuestFault.NMI, 0x8e, CODE0, 0x2000);
      g.with(s -> s.nmiPending = true).code(0x41, 0xf4).expect(ExitReason.IO_OUT);
      g.vcpu().nmi();
      assertEquals(ExitReason.IO_OUT, g.resume().reason(), "the second NMI, behind IRET");
      assertEquals(3, g.state.gpr[0], "the first handler went to its end");
      assertEquals(0, g.state.gpr[1]);
      g.resume();
      assertEquals(4, g.state.gpr[0]);
      assertEquals(CODE + 2, g.state.rip);
    }
  }

  @Test
  void anIretThatFaultsLetsNmisPassToo() {
    try (Guest g = Guest.flat()) {
      // The handler returns to a selector beyond the GDT; #GP's handler meets the second NMI.
      g.memory().copyIn(0x2000, new byte[] {0x58, 0x59, 0x6a, 0x7f, 0x50, (byte) 0xcf});
      g.gate(GuestFault.NMI, 0x8e, CODE0, 0x2000);
      g.with(s -> s.nmiPending = true).with(s -> s.gdtLimit = 0x6f).code(0x90);
      g.restore();
      g.vcpu().stopAt(g.vcpu().instructions() + 2);
      assertEquals(ExitReason.INTERRUPTED, g.vm.run().reason(), "within the handler");
      g.vcpu().nmi();
      g.gate(GuestFault.NMI, 0x8e, CODE0, Guest.HANDLERS + GuestFault.NMI);
      g.resume();
      g.expectVector(GuestFault.NMI);
      assertEquals(Guest.HANDLERS + GuestFault.GP, g.frame(0));
    }
  }

  @Test
  void aLoadOfSsHoldsNmisBackToo() {
    try (Guest g = behindTheFirst(0x8e, 0xd2, 0x40, 0x40)) { // mov ss, edx
      g.vcpu().nmi();
      g.resume();
      g.expectVector(GuestFault.NMI);
      assertEquals(CODE + 3, g.frame(0));
    }
  }

  @Test
  void aPopOfSsHoldsInterruptsBackToo() {
    try (Guest g = behindTheFirst(0x17, 0x40, 0x40)) { // pop ss
      raise(g, new OneInterrupt());
      g.resume();
      g.expectVector(VECTOR);
      assertEquals(CODE + 2, g.frame(0));
    }
  }

  @Test
  void lssHoldsNothingBack() {
    try (Guest g = behindTheFirst(0x0f, 0xb2, 0x21, 0x40)) { // lss esp, [ecx]
      raise(g, new OneInterrupt());
      g.resume();
      g.expectVector(VECTOR);
      assertEquals(CODE + 3, g.frame(0));
    }
  }

  @Test
  void anNmiWakesFromHalt() {
    try (Guest g = Guest.flat()) {
      g.code(0xf4).run();
      g.vcpu().nmi();
      g.resume();
      g.expectVector(GuestFault.NMI);
      assertEquals(CODE + 1, g.frame(0));
    }
  }

  /** fldcw (all unmasked); fld1; fldz; fdivp; fwait; inc eax */
  private static Guest dividingByZero(Guest g) {
    g.memory().write16(DATA, 0x340);
    return g.code(
        a -> a.db(0xd9, 0x2d).dd(DATA).db(0xd9, 0xe8, 0xd9, 0xee, 0xde, 0xf9, 0x9b, 0x40, 0xf4));
  }

  @Test
  void anX87ExceptionWithoutNeIsFerrBeforeTheNextWaitingInstruction() {
    try (Guest g = Guest.flat()) {
      OneInterrupt source = new OneInterrupt();
      g.vcpu().connect(source);
      g.vcpu()
          .connectFerr(
              level -> {
                if (level) {
                  source.pending = true;
                  g.vcpu().interruptPending();
                }
              });
      dividingByZero(g.with(s -> s.cr0 &= ~0x20).with(s -> s.rflags |= IF)).run();
      g.expectVector(VECTOR);
      assertEquals(CODE + 12, g.frame(0), "at FWAIT");
    }
  }

  @Test
  void ferrWithoutAnInterruptLetsTheGuestRunOn() {
    try (Guest g = Guest.flat()) {
      RecordingIrqLine ferr = new RecordingIrqLine();
      g.vcpu().connectFerr(ferr);
      dividingByZero(g.with(s -> s.cr0 &= ~0x20)).run();
      assertEquals(1, g.state.gpr[0]);
      assertTrue(ferr.level());
    }
  }

  @Test
  void withNeItIsAnException() {
    try (Guest g = Guest.flat()) {
      dividingByZero(g).run().expectVector(GuestFault.MF);
      assertEquals(CODE + 12, g.frame(0));
    }
  }

  @Test
  void aTrapOfTheLastInstructionComesBeforeAnInterrupt() {
    try (Guest g = interrupted()) {
      // popf sets TF and IF at once: first the #DB behind the next instruction, INTR before it.
      g.code(a -> a.push(Flags.TF | 2).popf().db(0xfb, 0x40)).run().expectVector(GuestFault.DB);
      assertEquals(CODE + 7, g.frame(0), "behind STI, whose shadow holds the interrupt");
    }
  }
}
