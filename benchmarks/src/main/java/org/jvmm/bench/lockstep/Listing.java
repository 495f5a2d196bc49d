package org.jvmm.bench.lockstep;

import org.jvmm.core.accel.CpuState;
import org.jvmm.core.mem.GuestMemory;
import org.jvmm.softcpu.isa.Decoder;
import org.jvmm.softcpu.isa.Disassembler;
import org.jvmm.softcpu.isa.Insn;
import org.jvmm.softcpu.isa.Mode;
import org.jvmm.softcpu.isa.Op;
import org.jvmm.softcpu.isa.UndefinedOpcode;

/** Instructions at linear addresses, as far as those are physical ones. */
final class Listing {
  private static final int LONG_MODE = 1 << 10, L = 1 << 9, DB = 1 << 10, VM = 1 << 17;

  private Listing() {}

  private static Insn decode(GuestMemory memory, long linear, int mode) {
    try {
      return new Decoder().decode(i -> memory.read8(linear + i) & 0xff, mode, 0);
    } catch (UndefinedOpcode undefined) {
      return null;
    }
  }

  private static Insn next(CpuState state, GuestMemory memory) {
    return decode(memory, linear(state), mode(state));
  }

  static long linear(CpuState state) {
    boolean wide = (mode(state) & Mode.CODE64) != 0;
    return wide ? state.rip : state.segments[CpuState.CS].base + state.rip & 0xffffffffL;
  }

  private static int mode(CpuState state) {
    int access = state.segments[CpuState.CS].access;
    int mode = (access & DB) != 0 ? Mode.CODE32 | Mode.STACK32 : 0;
    if ((state.cr0 & 1) != 0) {
      mode |= (state.rflags & VM) != 0 ? Mode.VM86 : Mode.PROTECTED;
    }
    boolean wide = (state.efer & LONG_MODE) != 0;
    return mode | (wide ? Mode.LONG : 0) | (wide && (access & L) != 0 ? Mode.CODE64 : 0);
  }

  /** The instruction that comes next: address, bytes, text. */
  static String line(CpuState state, GuestMemory memory) {
    Insn insn = next(state, memory);
    long linear = linear(state);
    StringBuilder bytes = new StringBuilder();
    for (int i = 0; i < (insn == null ? 8 : insn.length); i++) {
      bytes.append("%02x".formatted(memory.read8(linear + i) & 0xff));
    }
    return "%04x:%08x  %-20s %s"
        .formatted(
            state.segments[CpuState.CS].selector,
            state.rip,
            bytes,
            insn == null ? "(undefined)" : Disassembler.intel(insn, state.rip));
  }

  /** The flags that the next instruction leaves undefined. */
  static int undefinedFlags(CpuState state, GuestMemory memory) {
    Insn insn = next(state, memory);
    return insn == null ? 0 : insn.op.undefinedFlags;
  }

  /** Whether a string instruction with a REP prefix is there. */
  static boolean repeatedString(GuestMemory memory, long linear) {
    Insn insn = decode(memory, linear, Mode.CODE32);
    return insn != null && insn.op.has(Op.REP) && insn.hasPrefix(Insn.REP | Insn.REPNE);
  }
}
