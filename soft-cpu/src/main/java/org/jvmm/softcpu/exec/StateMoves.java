package org.jvmm.softcpu.exec;

import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.ExtendedState;
import org.jvmm.softcpu.fault.GuestFault;
import org.jvmm.softcpu.fpu.Mxcsr;
import org.jvmm.softcpu.isa.Insn;
import org.jvmm.softcpu.isa.Mode;

/** FXSAVE and XSAVE with their relatives (SDM vol. 1 sections 10.5 and 13), MXCSR, XCR0. */
final class StateMoves implements Family {
  private static final int RAX = 0, RCX = 1, RDX = 2;
  private static final long COMPACT = 1L << 63;

  @Override
  public Binder binder(String mnemonic) {
    return switch (mnemonic) {
      case "fxsave" -> Binder.of(StateMoves::fxsave);
      case "fxrstor" -> Binder.of(StateMoves::fxrstor);
      case "ldmxcsr" -> Binder.of(StateMoves::ldmxcsr);
      case "stmxcsr" -> Binder.of(StateMoves::stmxcsr);
      case "xsave", "xsaveopt" -> Binder.of((c, in) -> xsave(c, in, false));
      case "xsavec" -> Binder.of((c, in) -> xsave(c, in, true));
      case "xrstor" -> Binder.of(StateMoves::xrstor);
      case "xgetbv" -> Binder.of(StateMoves::xgetbv);
      case "xsetbv" -> Binder.of(StateMoves::xsetbv);
      default -> null;
    };
  }

  // Images in memory

  /** The linear address of the operand, all of which can be written. */
  static long writable(Cpu c, Insn in, int size) {
    long at = c.addressForWrite(in, size);
    c.mmu.probeWrite(at, size);
    return at;
  }

  /** Writes a part of {@link Cpu#image} to its place in the operand at a linear address. */
  static void write(Cpu c, long at, int from, int to) {
    int i = from;
    for (; i + 8 <= to; i += 8) {
      c.mmu.write(at + i, 8, ExtendedState.get(c.image, i));
    }
    for (; i < to; i += 2) {
      c.mmu.write(at + i, 2, c.image[i] & 0xff | c.image[i + 1] << 8);
    }
  }

  /** Reads the operand into {@link Cpu#image}. */
  static void read(Cpu c, Insn in, int size) {
    read(c, c.address(in, size), size);
  }

  private static void read(Cpu c, long at, int size) {
    int i = 0;
    for (; i + 8 <= size; i += 8) {
      ExtendedState.put(c.image, i, c.mmu.read(at + i, 8));
    }
    for (; i < size; i++) {
      c.image[i] = (byte) c.mmu.read(at + i, 1);
    }
  }

  private static int registers(Insn in) {
    return in.in(Mode.CODE64) ? 16 : 8;
  }

  private static boolean wide(Insn in) {
    return in.hasPrefix(Insn.REX_W);
  }

  private static void checkTaskSwitched(Cpu c) {
    if ((c.cr0 & Cpu.CR0_TS) != 0) {
      throw c.fault.of(GuestFault.NM);
    }
  }

  private static void checkMxcsr(Cpu c, int value) {
    if ((value & ~Mxcsr.WRITABLE) != 0) {
      throw c.gp(0);
    }
  }

  // FXSAVE, FXRSTOR

  private static void checkFx(Cpu c, long at) {
    if ((c.cr0 & Cpu.CR0_EM) != 0) {
      throw c.ud();
    }
    checkTaskSwitched(c);
    if ((at & 15) != 0) {
      throw c.gp(0);
    }
  }

  private static void fxsave(Cpu c, Insn in) {
    checkFx(c, c.addressForWrite(in, 512));
    long at = writable(c, in, 512);
    ExtendedState.saveX87(c, c.image, wide(in));
    ExtendedState.saveMxcsr(c, c.image);
    ExtendedState.saveXmm(c, c.image, registers(in));
    write(c, at, 0, ExtendedState.XMM + 16 * registers(in));
  }

  private static void fxrstor(Cpu c, Insn in) {
    long at = c.address(in, 512);
    checkFx(c, at);
    read(c, at, ExtendedState.XMM_END);
    int mxcsr = ExtendedState.mxcsr(c.image);
    checkMxcsr(c, mxcsr);
    ExtendedState.loadX87(c, c.image, wide(in), true);
    ExtendedState.loadXmm(c, c.image, registers(in), true);
    c.mxcsr.set(mxcsr);
  }

  private static void ldmxcsr(Cpu c, Insn in) {
    Sse.begin(c);
    int value = (int) Form.load(c, in, 4);
    checkMxcsr(c, value);
    c.mxcsr.set(value);
  }

  private static void stmxcsr(Cpu c, Insn in) {
    Sse.begin(c);
    Form.store(c, in, 4, c.mxcsr.get());
  }

  // XSAVE, XRSTOR, XCR0

  private static void checkXsave(Cpu c) {
    if ((c.cr4 & Cpu.CR4_OSXSAVE) == 0) {
      throw c.ud();
    }
  }

  private static void checkX(Cpu c, long at) {
    checkXsave(c);
    checkTaskSwitched(c);
    if ((at & 63) != 0) {
      throw c.gp(0);
    }
  }

  /** The state components that XCR0 and EDX:EAX ask for. */
  private static int components(Cpu c) {
    return (int) (c.xcr0 & c.gpr[RAX]);
  }

  private static void xsave(Cpu c, Insn in, boolean compact) {
    checkX(c, c.addressForWrite(in, ExtendedState.SIZE));
    long at = writable(c, in, ExtendedState.SIZE);
    int which = components(c);
    if ((which & ExtendedState.X87) != 0) {
      ExtendedState.saveX87(c, c.image, wide(in));
      write(c, at, 0, ExtendedState.MXCSR);
      write(c, at, 32, ExtendedState.XMM);
    }
    if ((which & ExtendedState.SSE) != 0) {
      ExtendedState.saveMxcsr(c, c.image);
      ExtendedState.saveXmm(c, c.image, registers(in));
      write(c, at, ExtendedState.MXCSR, 32);
      write(c, at, ExtendedState.XMM, ExtendedState.XMM + 16 * registers(in));
    }
    if (compact) {
      c.mmu.write(at + ExtendedState.XSTATE_BV, 8, which);
      c.mmu.write(at + ExtendedState.XCOMP_BV, 8, which | COMPACT);
    } else {
      long old = c.mmu.read(at + ExtendedState.XSTATE_BV, 8);
      c.mmu.write(at + ExtendedState.XSTATE_BV, 8, old | which);
    }
  }

  private static void xrstor(Cpu c, Insn in) {
    long at = c.address(in, ExtendedState.SIZE);
    checkX(c, at);
    read(c, at, ExtendedState.SIZE);
    boolean compact = checkHeader(c);
    int which = components(c);
    int present = (int) ExtendedState.get(c.image, ExtendedState.XSTATE_BV);
    boolean sse = (present & ExtendedState.SSE) != 0;
    int mxcsr = compact && !sse ? Mxcsr.DEFAULT : ExtendedState.mxcsr(c.image);
    if ((which & ExtendedState.SSE) != 0) {
      checkMxcsr(c, mxcsr);
      c.mxcsr.set(mxcsr);
      ExtendedState.loadXmm(c, c.image, registers(in), sse);
    }
    if ((which & ExtendedState.X87) != 0) {
      ExtendedState.loadX87(c, c.image, wide(in), (present & ExtendedState.X87) != 0);
    }
  }

  /** Checks the header of {@link Cpu#image} (SDM vol. 1 section 13.8); true if it is compacted. */
  private static boolean checkHeader(Cpu c) {
    long present = ExtendedState.get(c.image, ExtendedState.XSTATE_BV);
    long compacted = ExtendedState.get(c.image, ExtendedState.XCOMP_BV);
    boolean compact = compacted < 0;
    long reserved = ExtendedState.get(c.image, ExtendedState.XCOMP_BV + 8);
    if (compact) {
      for (int at = ExtendedState.XCOMP_BV + 16; at < ExtendedState.SIZE; at += 8) {
        reserved |= ExtendedState.get(c.image, at);
      }
      reserved |= compacted & ~COMPACT & ~c.xcr0 | present & ~compacted;
      reserved |= c.cpuid.has("xsavec") ? 0 : 1;
    } else {
      reserved |= compacted | present & ~c.xcr0;
    }
    if (reserved != 0) {
      throw c.gp(0);
    }
    return compact;
  }

  private static void xgetbv(Cpu c, Insn in) {
    checkXsave(c);
    if ((int) c.gpr[RCX] != 0) {
      throw c.gp(0);
    }
    c.set(RAX, 4, c.xcr0);
    c.set(RDX, 4, c.xcr0 >>> 32);
  }

  /** The x87 bit cannot be cleared (SDM vol. 1 section 13.3). */
  private static void xsetbv(Cpu c, Insn in) {
    checkXsave(c);
    long value = c.gpr[RDX] << 32 | c.gpr[RAX] & 0xffffffffL;
    boolean allowed = (value & ~ExtendedState.ALL) == 0 && (value & ExtendedState.X87) != 0;
    if ((int) c.gpr[RCX] != 0 || !allowed) {
      throw c.gp(0);
    }
    c.xcr0 = value;
  }
}
