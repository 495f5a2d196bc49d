package org.jvmm.acceptance;

import static org.jvmm.testkit.asm.Reg.AL;
import static org.jvmm.testkit.asm.Reg.AX;
import static org.jvmm.testkit.asm.Reg.BX;
import static org.jvmm.testkit.asm.Reg.DX;
import static org.jvmm.testkit.asm.Reg.EAX;
import static org.jvmm.testkit.asm.Reg.ECX;
import static org.jvmm.testkit.asm.Reg.EDX;
import static org.jvmm.testkit.asm.Seg.DS;
import static org.jvmm.testkit.asm.Seg.ES;

import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.jvmm.core.accel.IrqchipMode;
import org.jvmm.testkit.asm.Cond;
import org.jvmm.testkit.asm.Label;
import org.jvmm.testkit.asm.Mem;

/**
 * A guest that resets itself by each way in turn finds the machine as after power-on, but for what
 * RAM holds: its count of boots, and what it wrote into shadow memory.
 */
@Timeout(120)
final class WarmResetTest {
  private static final int BOOTS = 0x500, BEATS = 0x510;
  private static final int PAM1 = 0x5A, RAM = 0x33;
  private static final int KEPT = 0x5A5A;

  /** Where a start-up IPI sends the other processor: a page of the ROM below 1 MiB. */
  private static final int AP_PAGE = 0xF1;

  private static final int IA32_APIC_BASE = 0x1B, X2APIC = 0xC00, ICR = 0x830;
  private static final int INIT = 0x4500, STARTUP = 0x4600;

  @TempDir Path folder;

  private final RomGuest guest = new RomGuest();
  private int delays;

  private static Mem word(long offset) {
    return Mem.at(offset).word();
  }

  /** Longer than a turn of the other processor takes to come. */
  private void delay() {
    Label again = guest.code.label("delay" + delays++);
    guest.code.mov(ECX, 120_000).bind(again).dec(ECX).jcc(Cond.NE, again);
  }

  /** The chips are as after power-on: address line 20, PIC, shadow memory, PCI, DMA. */
  private void expectNew() {
    guest.load(DS, 0);
    guest.load(ES, 0xC000);
    guest.expectPort(0x92, 0);
    guest.expectPort(0x21, 0);
    guest.expectPort(0xCF9, 0);
    guest.expect(Mem.at(0).in(ES).word(), 0xFFFF); // neither RAM nor ROM
    guest.code.mov(EAX, 1 << 31 | 2 << 11 | 4).mov(DX, 0xCF8).outDx(EAX);
    guest.expectPort(0xCFC, 0); // pci-testdev's command register
    guest.config(0, PAM1, 1, RAM);
    Label first = guest.code.label("first");
    guest.code.cmp(word(BOOTS), 0).jcc(Cond.E, first);
    guest.expect(Mem.at(0).in(ES).word(), KEPT);
    guest.code.bind(first).mov(Mem.at(0).in(ES).word(), KEPT).inc(word(BOOTS));
  }

  private void disturb() {
    guest.code.mov(AL, 2).out(0x92, AL).mov(AL, 0x55).out(0x21, AL);
    guest.config(2 << 3, 4, 1, 3);
  }

  private void resetEachWayInTurnAndPass() {
    Label controller = guest.code.label("controller");
    Label port92 = guest.code.label("port92");
    Label done = guest.code.label("done");
    Label wait = guest.code.label("wait");
    guest.code.mov(AX, word(BOOTS));
    guest.code.cmp(AX, 2).jcc(Cond.E, controller).cmp(AX, 3).jcc(Cond.E, port92);
    guest.code.cmp(AX, 4).jcc(Cond.E, done);
    guest.code.mov(DX, 0xCF9).mov(AL, 6).outDx(AL).jmp(wait);
    guest.code.bind(controller).mov(AL, 0xFE).out(0x64, AL).jmp(wait);
    guest.code.bind(port92).mov(AL, 3).out(0x92, AL);
    guest.code.bind(wait).in(AL, 0x64).jmp(wait);
    guest.code.bind(done);
    guest.pass();
  }

  @ParameterizedTest
  @CsvSource({"soft,USER", "kvm,KERNEL", "kvm,SPLIT", "kvm,USER"})
  void theChipsAreNewAndRamIsKept(String accelerator, IrqchipMode irqchip) throws Exception {
    expectNew();
    disturb();
    resetEachWayInTurnAndPass();
    guest.run(accelerator, irqchip, 1, folder);
  }

  @ParameterizedTest
  @CsvSource({"soft,USER", "kvm,KERNEL", "kvm,SPLIT"})
  void aProcessorThatWasInTheMiddleOfAnAccessWaitsForItsStartUpAgain(
      String accelerator, IrqchipMode irqchip) throws Exception {
    guest.load(DS, 0);
    guest.code.mov(BX, word(BEATS));
    delay();
    guest.code.mov(AX, word(BEATS)).sub(AX, BX).mov(word(BEATS + 2), AX);
    guest.expect(word(BEATS + 2), 0); // it stands
    expectNew();
    guest.code.mov(ECX, IA32_APIC_BASE).rdmsr().or(EAX, X2APIC).wrmsr();
    guest.code.mov(ECX, ICR).mov(EDX, 1).mov(EAX, INIT).wrmsr();
    delay();
    guest.code.mov(ECX, ICR).mov(EDX, 1).mov(EAX, STARTUP | AP_PAGE).wrmsr();
    Label beat = guest.code.label("beat");
    guest.code.bind(beat).cmp(word(BEATS), BX).jcc(Cond.E, beat);
    disturb();
    resetEachWayInTurnAndPass();
    Label loop = guest.code.label("loop");
    guest.code.padTo(AP_PAGE - 0xF0 << 12);
    guest.load(DS, 0);
    guest.code.bind(loop).in(AL, 0x92).inc(word(BEATS)).jmp(loop);
    guest.run(accelerator, irqchip, 2, folder);
  }
}
