package org.jvmm.softcpu.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.core.mem.GuestMemory;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.fault.GuestFault;
import org.jvmm.testkit.TinyVm;
import org.jvmm.testkit.asm.Asm;
import org.jvmm.testkit.asm.Cond;
import org.jvmm.testkit.asm.Cr;
import org.jvmm.testkit.asm.Label;
import org.jvmm.testkit.asm.Mem;
import org.jvmm.testkit.asm.Reg;

/**
 * Decoded blocks, what they know of their successors, and translations are kept as long as what
 * they came from, and no longer (SDM vol. 3 section 4.10).
 */
class KeptCodeTest {
  private static final int P = 1, RW = 2, PS = 0x80, G = 0x100;

  /** A linear page with a page table of its own, and where it may lie. */
  private static final int PAGE = 0x40_0000, TABLE = 0x6_0000, FIRST = 0x2_0000, SECOND = 0x2_1000;

  /** What the routines at the two frames add to EAX, in two blocks. */
  private static final int ONE = 1, TWO = 0x100;

  /** 64-bit mode; RBX is PAGE, RCX its entry, which points to FIRST. */
  private static Guest paged() {
    Guest g = Guest.wide();
    GuestMemory m = g.memory();
    m.write64(directory(TinyVm.PAGE_TABLES), TABLE | P | RW);
    m.write64(TABLE, FIRST | P | RW);
    routine(m, FIRST, ONE);
    routine(m, SECOND, TWO);
    return g.with(s -> s.gpr[3] = PAGE).with(s -> s.gpr[1] = TABLE);
  }

  /** Address of PAGE's entry in the page directory. */
  private static int directory(int tables) {
    return tables + 0x2000 + 8 * (PAGE >> 21);
  }

  /** add eax, half; jmp to the next instruction; add eax, half; ret. */
  private static void routine(GuestMemory m, int at, int sum) {
    Asm asm = Asm.bits(64).org(at);
    Label next = asm.label("next");
    asm.add(Reg.EAX, sum).jmpShort(next).bind(next).add(Reg.EAX, sum).ret();
    m.copyIn(at, asm.assemble());
  }

  private static int sum(Guest g) {
    return (int) g.state.gpr[0];
  }

  @Test
  void aPageThatIsMappedElsewhereRunsWhatIsThere() {
    try (Guest g = paged()) {
      g.code(
              a ->
                  a.call(Reg.RBX)
                      .call(Reg.RBX)
                      .mov(Mem.at(Reg.RCX).dword(), SECOND | P | RW)
                      .invlpg(Mem.at(Reg.RBX))
                      .call(Reg.RBX)
                      .hlt())
          .run();
      assertEquals(4 * ONE + 2 * TWO, sum(g));
    }
  }

  @Test
  void codeThatMapsItsOwnPageElsewhereGoesOnThere() {
    try (Guest g = paged()) {
      g.memory().copyIn(FIRST, remapsItself(ONE));
      g.memory().copyIn(SECOND, remapsItself(TWO));
      g.code(a -> a.jmp(Reg.RBX)).run();
      assertEquals(TWO, sum(g));
    }
  }

  private static byte[] remapsItself(int value) {
    Asm asm = Asm.bits(64).org(PAGE);
    asm.mov(Mem.at(Reg.RCX).dword(), SECOND | P | RW).invlpg(Mem.at(Reg.RBX));
    return asm.mov(Reg.EAX, value).hlt().assemble();
  }

  @ParameterizedTest
  @CsvSource({"false, 0", "false, 256", "true, 0", "true, 256"})
  void eachAddressSpaceRunsItsOwnCode(boolean pcids, int global) {
    try (Guest g = paged()) {
      long first = TinyVm.PAGE_TABLES;
      long second = secondSpace(g.memory(), global);
      long keep = pcids ? 1L << 63 : 0;
      g.with(s -> s.cr4 |= Cpu.CR4_PGE | (pcids ? Cpu.CR4_PCIDE : 0));
      g.with(s -> s.gpr[8] = first | (pcids ? 1 | keep : 0));
      g.with(s -> s.gpr[9] = second | (pcids ? 2 | keep : 0));
      g.code(
              a -> {
                a.mov(Reg.EDX, 10);
                Label again = a.here();
                a.mov(Cr.CR3, Reg.R8).call(Reg.RBX).mov(Cr.CR3, Reg.R9).call(Reg.RBX);
                a.dec(Reg.EDX).jcc(Cond.NE, again).hlt();
              })
          .run();
      assertEquals(20 * ONE + 20 * TWO, sum(g));
    }
  }

  /** Tables like the first ones, but PAGE is SECOND; all else may be global. */
  private static int secondSpace(GuestMemory m, int global) {
    int tables = 0x6_4000;
    m.write64(tables, tables + 0x1000 | P | RW);
    m.write64(tables + 0x1000, tables + 0x2000 | P | RW);
    for (int directory : new int[] {TinyVm.PAGE_TABLES, tables}) {
      m.write64(directory + 0x2000, PS | P | RW | global);
    }
    m.write64(directory(tables), tables + 0x3000 | P | RW);
    m.write64(tables + 0x3000, SECOND | P | RW);
    return tables;
  }

  @Test
  void aLinkedSuccessorThatIsOverwrittenRunsAsWritten() {
    try (Guest g = paged()) {
      g.code(
              a -> {
                a.mov(Reg.EDX, 100);
                Label again = a.here();
                Label skip = a.label("skip");
                a.call(Reg.RBX).cmp(Reg.EDX, 50).jcc(Cond.NE, skip);
                a.mov(Mem.at(Reg.RBX).disp(secondAddend()).byte_(), 3);
                a.bind(skip).dec(Reg.EDX).jcc(Cond.NE, again).hlt();
              })
          .run();
      assertEquals(100 + 51 + 3 * 49, sum(g));
    }
  }

  /** Offset of the immediate of the routine's second addition: add and jmp come before it. */
  private static int secondAddend() {
    return 3 + 2 + 2;
  }

  /** Ways to write {@code add ebx, EDX; ret} to EDI: EAX has it. */
  private static Consumer<Asm> store(String by) {
    return switch (by) {
      case "mov" -> a -> a.mov(Mem.at(Reg.EDI), Reg.EAX);
      case "stos" -> a -> a.mov(Reg.ECX, 1024).rep().stos(32);
      default ->
          a ->
              a.mov(Mem.at(DATA).dword(), Reg.EAX)
                  .mov(Reg.ESI, DATA)
                  .mov(Reg.ECX, 1024)
                  .rep()
                  .movs(32);
    };
  }

  private static final int DATA = 0x3000, REUSED = 0x2000;

  @ParameterizedTest
  @ValueSource(strings = {"mov", "stos", "movs"})
  void aPageIsCodeThenFreeThenCodeAgain(String by) {
    try (Guest g = Guest.flat()) {
      g.code(
              a -> {
                a.mov(Reg.EDX, 10).mov(Reg.EBP, REUSED);
                Label again = a.here();
                a.mov(Reg.EAX, Reg.EDX).shl(Reg.EAX, 16).add(Reg.EAX, 0xc300c383);
                a.mov(Reg.EDI, Reg.EBP);
                store(by).accept(a);
                a.call(Reg.EBP).call(Reg.EBP);
                a.xor(Reg.EAX, Reg.EAX).mov(Reg.EDI, Reg.EBP).mov(Reg.ECX, 1024).rep().stos(32);
                a.dec(Reg.EDX).jcc(Cond.NE, again).hlt();
              })
          .run();
      assertEquals(2 * 55, g.state.gpr[3]);
    }
  }

  @Test
  void moreTranslationsThanTheTlbHoldsAreAllForgotten() {
    int tables = 3;
    try (Guest g = paged()) {
      GuestMemory m = g.memory();
      for (int i = 0; i < tables; i++) {
        m.write64(directory(TinyVm.PAGE_TABLES) + 8 * i, TABLE | P | RW);
      }
      for (int i = 0; i < 512; i++) {
        m.write64(TABLE + 8 * i, DATA | P | RW);
      }
      m.write8(DATA, (byte) 1);
      m.write8(DATA + 0x1000, (byte) 2);
      g.code(
              a -> {
                sumPages(a, tables * 512);
                a.mov(Reg.EDI, TABLE).mov(Reg.EAX, DATA + 0x1000 | P | RW).mov(Reg.ECX, 512);
                a.rep().stos(64).mov(Reg.RAX, Cr.CR3).mov(Cr.CR3, Reg.RAX);
                sumPages(a, tables * 512);
                a.hlt();
              })
          .run();
      assertEquals(tables * 512 * 3, g.state.gpr[5]);
    }
  }

  /** Adds the first byte of each page from PAGE on to EBP. */
  private static void sumPages(Asm a, int pages) {
    a.mov(Reg.RSI, Reg.RBX).mov(Reg.ECX, pages);
    Label again = a.here();
    a.movzx(Reg.EAX, Mem.at(Reg.RSI).byte_()).add(Reg.EBP, Reg.EAX).add(Reg.RSI, 0x1000);
    a.dec(Reg.ECX).jcc(Cond.NE, again);
  }

  @ParameterizedTest
  @CsvSource({"2000, 200000", "1000, 40000000"})
  void aLargePageIsForgottenWhicheverOfItsAddressesIsInvalidated(String table, String linear) {
    long page = Long.parseLong(linear, 16);
    int entry = TinyVm.PAGE_TABLES + Integer.parseInt(table, 16) + 8;
    try (Guest g = Guest.wide()) {
      g.memory().write64(entry, PS | P | RW | G);
      g.with(s -> s.cr4 |= Cpu.CR4_PGE).with(s -> s.gpr[3] = page).with(s -> s.gpr[1] = entry);
      g.code(
              a ->
                  a.mov(Reg.AL, Mem.at(Reg.RBX).disp(FIRST).byte_())
                      .mov(Reg.AL, Mem.at(Reg.RBX).disp(SECOND).byte_())
                      .mov(Mem.at(Reg.RCX).dword(), 0)
                      .invlpg(Mem.at(Reg.RBX).disp(FIRST))
                      .mov(Reg.AL, Mem.at(Reg.RBX).disp(SECOND).byte_()))
          .run();
      g.expectFault(GuestFault.PF, 0);
      assertEquals(page + SECOND, g.state.cr2);
    }
  }

  @Test
  void codeOnAPieceOfALargePageIsForgottenWithIt() {
    try (Guest g = paged()) {
      int directory = directory(TinyVm.PAGE_TABLES);
      g.memory().write64(directory, PS | P | RW);
      g.memory().write64(TABLE + 8 * (FIRST >> 12), SECOND | P | RW);
      g.with(s -> s.gpr[1] = directory).with(s -> s.gpr[6] = PAGE + FIRST);
      g.code(
              a ->
                  a.call(Reg.RSI)
                      .mov(Mem.at(Reg.RCX).dword(), TABLE | P | RW)
                      .invlpg(Mem.at(Reg.RBX))
                      .call(Reg.RSI)
                      .hlt())
          .run();
      assertEquals(2 * ONE + 2 * TWO, sum(g));
    }
  }

  @Test
  void theSameBytesAreDecodedForEachWidth() {
    try (Guest g = Guest.wide()) {
      // 64-bit mode: REX, nop; elsewhere: inc eax. A far return goes back to 64-bit code.
      g.memory().copyIn(REUSED, new byte[] {0x40, (byte) 0x90, (byte) 0xcb});
      g.code(
              a -> {
                a.mov(Reg.EDX, 5);
                Label again = a.here();
                for (int selector : new int[] {Guest.LONG0, Guest.CODE0}) {
                  Label back = a.label("back" + selector);
                  // retf takes two items of four bytes each
                  a.sub(Reg.RSP, 8).mov(Mem.at(Reg.RSP).disp(4).dword(), Guest.LONG0);
                  a.mov(Reg.RSI, back).mov(Mem.at(Reg.RSP).dword(), Reg.ESI);
                  a.push(selector).mov(Reg.EDI, REUSED).push(Reg.RDI).retfq().bind(back);
                }
                a.dec(Reg.EDX).jcc(Cond.NE, again).hlt();
              })
          .run();
      assertEquals(5, sum(g));
    }
  }
}
