package org.jvmm.softcpu.exec;

import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.Flags;
import org.jvmm.softcpu.fault.GuestFault;
import org.jvmm.softcpu.isa.Insn;

/** BCD adjustment (SDM vol. 2, under each mnemonic). */
final class Decimal {
  private static final int RAX = 0;

  private Decimal() {}

  /** DAA and DAS. */
  static void adjustPacked(Cpu c, boolean subtract) {
    int old = (int) c.gpr[RAX] & 0xff;
    int al = old;
    boolean low = (old & 0xf) > 9 || Flags.adjust(c);
    boolean high = old > 0x99 || Flags.carry(c);
    int delta = (low ? 6 : 0) + (high ? 0x60 : 0);
    al = subtract ? al - delta : al + delta;
    boolean carry = high || subtract && low && (old < 6 || Flags.carry(c));
    c.set(RAX, 1, al);
    Flags.set(c, 1, al, carry, false);
    setAdjust(c, low);
  }

  /** AAA and AAS. */
  static void adjustUnpacked(Cpu c, boolean subtract) {
    boolean adjust = (c.gpr[RAX] & 0xf) > 9 || Flags.adjust(c);
    long ax = c.gpr[RAX] & 0xffff;
    if (adjust) {
      ax += subtract ? -0x106 : 0x106;
    }
    c.set(RAX, 2, ax & 0xff0f);
    Flags.set(c, 1, ax & 0xf, adjust, false);
    setAdjust(c, adjust);
  }

  private static void setAdjust(Cpu c, boolean on) {
    c.flagAux = on ? c.flagAux | 8 : c.flagAux & ~8;
  }

  static void aam(Cpu c, Insn in) {
    int base = (int) in.imm & 0xff;
    if (base == 0) {
      throw c.fault.of(GuestFault.DE);
    }
    int al = (int) c.gpr[RAX] & 0xff;
    c.set(RAX, 2, al / base << 8 | al % base);
    Flags.logic(c, 1, al % base);
  }

  static void aad(Cpu c, Insn in) {
    int al = (int) c.gpr[RAX] & 0xff;
    int ah = (int) c.gpr[RAX] >> 8 & 0xff;
    int result = al + ah * (int) in.imm & 0xff;
    c.set(RAX, 2, result);
    Flags.logic(c, 1, result);
  }
}
