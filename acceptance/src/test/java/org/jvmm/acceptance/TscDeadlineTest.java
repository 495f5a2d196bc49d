package org.jvmm.acceptance;

import static org.jvmm.testkit.asm.Reg.AL;
import static org.jvmm.testkit.asm.Reg.AX;
import static org.jvmm.testkit.asm.Reg.DX;
import static org.jvmm.testkit.asm.Reg.EAX;
import static org.jvmm.testkit.asm.Reg.ECX;
import static org.jvmm.testkit.asm.Reg.EDX;
import static org.jvmm.testkit.asm.Seg.DS;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.jvmm.core.accel.IrqchipMode;
import org.jvmm.testkit.asm.Cond;
import org.jvmm.testkit.asm.Label;
import org.jvmm.testkit.asm.Mem;

/**
 * The local APIC's deadline is one of the time-stamp counter that the guest sees: of one that the
 * guest has set far off VM time, and of one that has begun anew at a reset.
 */
@Timeout(60)
final class TscDeadlineTest {
  private static final int IA32_APIC_BASE = 0x1B, X2APIC = 0xC00;
  private static final int IA32_TSC = 0x10, IA32_TSC_DEADLINE = 0x6E0;

  /** x2APIC registers: spurious vector, requested vectors 0x40 to 0x5F, the timer's entry. */
  private static final int SVR = 0x80F, IRR2 = 0x822, LVT_TIMER = 0x832;

  private static final int ENABLED = 0x1FF, DEADLINE_MODE = 2 << 17, VECTOR = 0x40;

  /** Upper halves: what the counter never reaches by itself, and ten minutes or so. */
  private static final int FAR_OFF = 1 << 20, MUCH_LATER = 1 << 7;

  private static final Mem BOOTS = Mem.at(0x500).word(), FOUND = Mem.at(0x510).word();

  @TempDir Path folder;

  private final RomGuest guest = new RomGuest();

  private void writeMsr(int index, int high, int low) {
    guest.code.mov(ECX, index).mov(EDX, high).mov(EAX, low).wrmsr();
  }

  private void expectRequested(int requests) {
    guest.code.mov(ECX, IRR2).rdmsr().mov(FOUND, AX);
    guest.expect(FOUND, requests);
  }

  private void deadlines() {
    guest.code.rdtsc().add(EDX, MUCH_LATER).mov(ECX, IA32_TSC_DEADLINE).wrmsr();
    Label again = guest.code.label("again");
    guest.code.mov(ECX, 10_000).bind(again).dec(ECX).jcc(Cond.NE, again);
    expectRequested(0);
    guest.code.rdtsc().mov(ECX, IA32_TSC_DEADLINE).wrmsr();
    expectRequested(1);
  }

  @Test
  void aDeadlineIsOneOfTheCounterThatTheGuestSees() throws Exception {
    Label set = guest.code.label("set");
    Label deadlines = guest.code.label("deadlines");
    Label last = guest.code.label("last");
    Label wait = guest.code.label("wait");
    guest.load(DS, 0);
    guest.code.rdtsc().shr(EDX, 16).mov(FOUND, DX);
    guest.expect(FOUND, 0); // it has begun anew
    guest.code.mov(ECX, IA32_APIC_BASE).rdmsr().or(EAX, X2APIC).wrmsr();
    writeMsr(SVR, 0, ENABLED);
    writeMsr(LVT_TIMER, 0, DEADLINE_MODE | VECTOR);
    guest.code.cmp(BOOTS, 0).jcc(Cond.E, set).jmp(deadlines).bind(set);
    writeMsr(IA32_TSC, FAR_OFF, 0);
    guest.code.bind(deadlines);
    deadlines();
    guest.code.inc(BOOTS).cmp(BOOTS, 2).jcc(Cond.E, last);
    guest.code.mov(DX, 0xCF9).mov(AL, 6).outDx(AL).bind(wait).jmp(wait).bind(last);
    guest.pass();
    guest.run("soft", IrqchipMode.USER, 1, folder);
  }
}
