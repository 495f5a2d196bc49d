package org.jvmm.softcpu.sys;

import org.jvmm.core.accel.CpuState.Segment;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.Flags;
import org.jvmm.softcpu.cpu.Segmentation;
import org.jvmm.softcpu.fault.GuestFault;
import org.jvmm.softcpu.isa.Mode;

/** Far RET and IRET in all forms (SDM vol. 2, RET and IRET). */
public final class Returns {
  private static final int RSP = 4;
  private static final int[] DATA_REGISTERS = {Cpu.ES, Cpu.DS, Cpu.FS, Cpu.GS};

  private Returns() {}

  /** Linear address of stack data at an offset, to be read. */
  static long stackAddress(Cpu c, long offset, int width) {
    return c.in(Mode.CODE64 | Mode.FLAT)
        ? offset
        : Segmentation.linear(c, Cpu.SS, offset, width, false);
  }

  /** The n-th value above the stack pointer. */
  private static long peek(Cpu c, int n, int width) {
    long mask = c.in(Mode.CODE64) ? -1 : c.in(Mode.STACK32) ? 0xffffffffL : 0xffff;
    return c.mmu.read(stackAddress(c, c.gpr[RSP] + (long) n * width & mask, width), width);
  }

  private static void setPointer(Cpu c, long value) {
    c.set(RSP, c.in(Mode.CODE64) ? 8 : c.in(Mode.STACK32) ? 4 : 2, value);
  }

  /**
   * Far RET.
   *
   * @param drop bytes to be dropped from the stack, or from both stacks
   */
  public static void far(Cpu c, int width, int drop) {
    long offset = peek(c, 0, width);
    int selector = (int) peek(c, 1, width) & 0xffff;
    if (!c.protectedMode()) {
      real(c, selector, offset);
      setPointer(c, c.gpr[RSP] + 2L * width + drop);
      c.contextChanged();
      return;
    }
    long raw = checkedCode(c, selector);
    FarTransfers.checkTarget(c, raw, offset);
    int cpl = selector & 3;
    if (cpl == c.cpl) {
      raw = SegmentLoads.setAccessed(c, selector, raw);
      setPointer(c, c.gpr[RSP] + 2L * width + drop);
    } else {
      long at = c.gpr[RSP];
      c.gpr[RSP] = at + drop;
      long sp;
      int stack;
      try {
        sp = peek(c, 2, width);
        stack = (int) peek(c, 3, width) & 0xffff;
      } finally {
        c.gpr[RSP] = at;
      }
      raw = outer(c, selector, raw, stack, sp, drop);
    }
    c.rip = offset;
    FarTransfers.loadCs(c, selector, raw, cpl);
  }

  private static void real(Cpu c, int selector, long offset) {
    if (offset > (c.segments[Cpu.CS].limit & 0xffffffffL)) {
      throw c.gp(0);
    }
    SegmentLoads.loadReal(c, Cpu.CS, selector);
    c.rip = offset;
  }

  private static long checkedCode(Cpu c, int selector) {
    if ((selector & ~3) == 0) {
      throw c.gp(0);
    }
    long raw = SegmentLoads.read(c, selector, GuestFault.GP);
    int rpl = selector & 3;
    int dpl = Descriptor.dpl(raw);
    boolean allowed = rpl >= c.cpl && (Descriptor.isConforming(raw) ? dpl <= rpl : dpl == rpl);
    if (!Descriptor.isCode(raw)
        || !allowed
        || c.longMode() && Descriptor.isLong(raw) && Descriptor.is32(raw)) {
      throw c.gp(selector & ~3);
    }
    if (!Descriptor.present(raw)) {
      throw c.fault.of(GuestFault.NP, selector & ~3);
    }
    return raw;
  }

  /** Loads the stack of a less privileged level; returns the code segment, marked accessed. */
  private static long outer(Cpu c, int selector, long raw, int stack, long sp, int drop) {
    int cpl = selector & 3;
    boolean wide = c.longMode() && Descriptor.isLong(raw);
    boolean nullStack = (stack & ~3) == 0;
    long stackRaw = 0;
    if (!(nullStack && wide && cpl < 3 && (stack & 3) == cpl)) {
      stackRaw = SegmentLoads.checkedStack(c, stack, cpl, GuestFault.GP, 0);
      stackRaw = SegmentLoads.setAccessed(c, stack, stackRaw);
    }
    long loaded = SegmentLoads.setAccessed(c, selector, raw);
    if (nullStack) {
      SegmentLoads.setNull(c.segments[Cpu.SS], stack, cpl);
    } else {
      Descriptor.load(c.segments[Cpu.SS], stack, stackRaw);
    }
    boolean stack32 = (c.segments[Cpu.SS].access & Segmentation.DB) != 0;
    c.set(RSP, wide ? 8 : stack32 ? 4 : 2, sp + drop);
    dropPrivilegedData(c, cpl);
    return loaded;
  }

  /** Data segments that the new level may not use become null (SDM vol. 3 section 5.8.6). */
  private static void dropPrivilegedData(Cpu c, int cpl) {
    for (int register : DATA_REGISTERS) {
      Segment s = c.segments[register];
      int conforming = Segmentation.CODE | Segmentation.CONFORMING;
      boolean guarded = (s.access & conforming) != conforming;
      if (!s.unusable && guarded && (s.access >> 5 & 3) < cpl) {
        SegmentLoads.setNull(s, 0, 0);
      }
    }
  }

  /** IRET; it unblocks NMIs even if it faults (SDM vol. 3 section 28.2.3, bit 12). */
  public static void interrupt(Cpu c, int width) {
    c.nmiMasked = false;
    if (c.longMode()) {
      longMode(c, width);
    } else if ((c.cr0 & Cpu.CR0_PE) == 0) {
      real(c, (int) peek(c, 1, width) & 0xffff, popReal(c, width, false));
      setPointer(c, c.gpr[RSP] + 3L * width);
      c.contextChanged();
    } else if (c.in(Mode.VM86)) {
      virtual(c, width);
    } else if ((c.flags & Flags.NT) != 0) {
      Tasks.returnToPrevious(c);
    } else {
      protectedMode(c, width);
    }
  }

  /** Takes the flags of a real-mode frame; returns its offset, which is checked already. */
  private static long popReal(Cpu c, int width, boolean keepIopl) {
    long offset = peek(c, 0, width);
    int flags = (int) peek(c, 2, width);
    if (offset > (c.segments[Cpu.CS].limit & 0xffffffffL)) {
      throw c.gp(0);
    }
    int writable =
        Flags.ARITHMETIC | Flags.TF | Flags.IF | Flags.DF | Flags.NT | (keepIopl ? 0 : Flags.IOPL);
    writable |= width > 2 ? Flags.RF | Flags.AC | Flags.ID : 0;
    merge(c, flags, writable);
    return offset;
  }

  private static void merge(Cpu c, int flags, int writable) {
    Flags.set(c, Flags.get(c) & ~writable | flags & writable);
  }

  private static void virtual(Cpu c, int width) {
    int selector = (int) peek(c, 1, width) & 0xffff;
    if ((c.flags & Flags.IOPL) == Flags.IOPL) {
      real(c, selector, popReal(c, width, true));
    } else {
      virtualInterrupts(c, width, selector);
    }
    setPointer(c, c.gpr[RSP] + 3L * width);
    c.contextChanged();
  }

  /** With CR4.VME and IOPL below 3 the frame's IF is VIF (section 20.3.3.5). */
  private static void virtualInterrupts(Cpu c, int width, int selector) {
    if ((c.cr4 & Cpu.CR4_VME) == 0 || width != 2) {
      throw c.gp(0);
    }
    int flags = (int) peek(c, 2, 2);
    boolean enable = (flags & Flags.IF) != 0;
    if ((flags & Flags.TF) != 0 || enable && (c.flags & Flags.VIP) != 0) {
      throw c.gp(0);
    }
    real(c, selector, peek(c, 0, 2));
    merge(c, flags, Flags.ARITHMETIC | Flags.DF | Flags.NT);
    c.flags = enable ? c.flags | Flags.VIF : c.flags & ~Flags.VIF;
  }

  private static void protectedMode(Cpu c, int width) {
    long offset = peek(c, 0, width);
    int selector = (int) peek(c, 1, width) & 0xffff;
    int flags = (int) peek(c, 2, width);
    if (width == 4 && (flags & Flags.VM) != 0 && c.cpl == 0) {
      toVirtual(c, offset, selector, flags);
      return;
    }
    long raw = checkedCode(c, selector);
    FarTransfers.checkTarget(c, raw, offset);
    int cpl = selector & 3;
    int writable = writable(c, width);
    if (cpl == c.cpl) {
      raw = SegmentLoads.setAccessed(c, selector, raw);
      setPointer(c, c.gpr[RSP] + 3L * width);
    } else {
      long sp = peek(c, 3, width);
      raw = outer(c, selector, raw, (int) peek(c, 4, width) & 0xffff, sp, 0);
    }
    leave(c, selector, raw, offset, flags, writable);
  }

  private static void leave(Cpu c, int selector, long raw, long offset, int flags, int writable) {
    merge(c, flags, writable);
    c.rip = offset;
    FarTransfers.loadCs(c, selector, raw, selector & 3);
  }

  private static int writable(Cpu c, int width) {
    int writable = Flags.ARITHMETIC | Flags.TF | Flags.DF | Flags.NT;
    writable |= width > 2 ? Flags.RF | Flags.AC | Flags.ID : 0;
    writable |= c.cpl <= (c.flags & Flags.IOPL) >> 12 ? Flags.IF : 0;
    if (c.cpl == 0) {
      writable |= Flags.IOPL | (width > 2 ? Flags.VIF | Flags.VIP : 0);
    }
    return writable;
  }

  private static void toVirtual(Cpu c, long offset, int selector, int flags) {
    long sp = peek(c, 3, 4);
    int[] selectors = new int[6];
    selectors[Cpu.CS] = selector;
    selectors[Cpu.SS] = (int) peek(c, 4, 4) & 0xffff;
    selectors[Cpu.ES] = (int) peek(c, 5, 4) & 0xffff;
    selectors[Cpu.DS] = (int) peek(c, 6, 4) & 0xffff;
    selectors[Cpu.FS] = (int) peek(c, 7, 4) & 0xffff;
    selectors[Cpu.GS] = (int) peek(c, 8, 4) & 0xffff;
    enterVirtual(c, selectors, offset & 0xffff, flags);
    c.gpr[RSP] = sp;
    c.contextChanged();
  }

  /** Enters virtual-8086 mode; {@link Cpu#contextChanged} follows. */
  static void enterVirtual(Cpu c, int[] selectors, long offset, int flags) {
    Flags.set(c, flags);
    c.cpl = 3;
    c.modeChanged();
    for (int i = 0; i < selectors.length; i++) {
      SegmentLoads.loadReal(c, i, selectors[i]);
    }
    c.rip = offset;
  }

  private static void longMode(Cpu c, int width) {
    if ((c.flags & Flags.NT) != 0) {
      throw c.gp(0);
    }
    long offset = peek(c, 0, width);
    int selector = (int) peek(c, 1, width) & 0xffff;
    int flags = (int) peek(c, 2, width);
    boolean fromWide = c.in(Mode.CODE64);
    long raw = checkedCode(c, selector);
    FarTransfers.checkTarget(c, raw, offset);
    int writable = writable(c, width);
    if (fromWide || (selector & 3) != c.cpl) {
      long sp = peek(c, 3, width);
      raw = outer(c, selector, raw, (int) peek(c, 4, width) & 0xffff, sp, 0);
    } else {
      raw = SegmentLoads.setAccessed(c, selector, raw);
      setPointer(c, c.gpr[RSP] + 3L * width);
    }
    leave(c, selector, raw, offset, flags, writable);
  }
}
