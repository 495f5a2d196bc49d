package org.jvmm.softcpu.exec;

import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.fault.GuestFault;
import org.jvmm.softcpu.isa.Insn;
import org.jvmm.softcpu.isa.Op;

/** What the vector instructions have in common: their checks and operands. */
final class Sse {
  private Sse() {}

  /** Whether SSE instructions may execute (SDM vol. 3 table 14-1). */
  static void begin(Cpu c) {
    if ((c.cr0 & (Cpu.CR0_EM | Cpu.CR0_TS)) != 0 || (c.cr4 & Cpu.CR4_OSFXSR) == 0) {
      throw unavailable(c, (c.cr4 & Cpu.CR4_OSFXSR) == 0);
    }
  }

  /** Whether MMX instructions may execute (SDM vol. 3 section 12.1). */
  static void beginMmx(Cpu c) {
    if ((c.cr0 & (Cpu.CR0_EM | Cpu.CR0_TS)) != 0) {
      throw unavailable(c, false);
    }
    FloatingPoint.checkPending(c);
  }

  private static GuestFault unavailable(Cpu c, boolean off) {
    return off || (c.cr0 & Cpu.CR0_EM) != 0 ? c.ud() : c.fault.of(GuestFault.NM);
  }

  /** Ends the floating-point elements of an instruction: #XM if one is not masked. */
  static void commit(Cpu c) {
    if (c.mxcsr.commit()) {
      throw (c.cr4 & Cpu.CR4_OSXMMEXCPT) != 0 ? c.fault.of(GuestFault.XM) : c.ud();
    }
  }

  /** Index in {@link Cpu#xmm} of operand 0, a register. */
  static int target(Insn in) {
    return 2 * in.dst;
  }

  /** Index in {@link Cpu#xmm} of operand 1 with 16 bytes, which is loaded if it is in memory. */
  static int source(Cpu c, Insn in) {
    if (in.memory != 1) {
      return 2 * in.src;
    }
    long at = c.address(in, 16);
    checkAligned(c, in, at);
    c.xmm[Cpu.OPERAND] = c.mmu.read(at, 8);
    c.xmm[Cpu.OPERAND + 1] = c.mmu.read(at + 8, 8);
    return Cpu.OPERAND;
  }

  /** The low bytes of operand 1, an XMM register or memory; in a register more may be there. */
  static long low(Cpu c, Insn in, int width) {
    return in.memory == 1 ? c.mmu.read(c.address(in, width), width) : c.xmm[2 * in.src];
  }

  private static void checkAligned(Cpu c, Insn in, long at) {
    if ((at & 15) != 0 && in.op.has(Op.ALIGNED)) {
      throw c.gp(0);
    }
  }

  /** Writes operand 0, an XMM register. */
  static void set(Cpu c, Insn in, long low, long high) {
    c.xmm[2 * in.dst] = low;
    c.xmm[2 * in.dst + 1] = high;
  }

  /** Writes the low 4 or 8 bytes of operand 0, an XMM register. */
  static void setLow(Cpu c, Insn in, int width, long value) {
    int d = 2 * in.dst;
    c.xmm[d] = width == 8 ? value : c.xmm[d] & 0xffffffff00000000L | value & 0xffffffffL;
  }

  /** Stores 16 bytes to operand 0, memory. */
  static void store(Cpu c, Insn in, long low, long high) {
    long at = c.addressForWrite(in, 16);
    checkAligned(c, in, at);
    if ((at & 4095) > 4080) {
      c.mmu.probeWrite(at, 16);
    }
    c.mmu.write(at, 8, low);
    c.mmu.write(at + 8, 8, high);
  }

  /** Operand 1, an MMX register or memory. */
  static long mmx(Cpu c, Insn in) {
    return in.memory == 1
        ? c.mmu.read(c.address(in, in.srcWidth), in.srcWidth)
        : c.fpu.state.mm(in.src);
  }

  /** Writes operand 0, an MMX register; the x87 registers become MMX registers. */
  static void setMmx(Cpu c, Insn in, long value) {
    c.fpu.state.enterMmx();
    c.fpu.state.setMm(in.dst, value);
  }
}
