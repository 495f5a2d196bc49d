package org.jvmm.softcpu.cpu;

import org.jvmm.core.accel.CpuState.Segment;
import org.jvmm.softcpu.fault.GuestFault;
import org.jvmm.softcpu.isa.Mode;

/**
 * Checks of limit and rights on the way from an offset to a linear address (SDM vol. 3 chapter 5).
 */
public final class Segmentation {
  /** Bits of {@link Segment#access}. */
  public static final int ACCESSED = 1,
      WRITABLE = 1 << 1,
      READABLE = 1 << 1,
      EXPAND_DOWN = 1 << 2,
      CONFORMING = 1 << 2,
      CODE = 1 << 3,
      S = 1 << 4,
      P = 1 << 7,
      L = 1 << 9,
      DB = 1 << 10,
      G = 1 << 11;

  private Segmentation() {}

  /**
   * The linear address of an access that is not flat.
   *
   * @throws GuestFault #GP(0), or #SS(0) for the stack segment
   */
  public static long linear(Cpu c, int segment, long offset, int width, boolean write) {
    Segment s = c.segments[segment];
    if ((c.mode & Mode.CODE64) != 0) {
      return segment >= Cpu.FS ? s.base + offset : offset;
    }
    if ((c.mode & Mode.PROTECTED) != 0 && !allowed(s, write)) {
      throw violation(c, segment);
    }
    if (!contains(c, s, offset, width)) {
      throw violation(c, segment);
    }
    return s.base + offset & 0xffffffffL;
  }

  /** Whether all bytes of an access are within a segment's limit. */
  public static boolean contains(Cpu c, Segment s, long offset, int width) {
    long limit = s.limit & 0xffffffffL;
    long last = offset + Math.max(width, 1) - 1;
    if ((c.cr0 & Cpu.CR0_PE) != 0 && (s.access & (CODE | EXPAND_DOWN)) == EXPAND_DOWN) {
      return offset > limit && last <= ((s.access & DB) != 0 ? 0xffffffffL : 0xffff);
    }
    return last <= limit;
  }

  private static boolean allowed(Segment s, boolean write) {
    if (s.unusable) {
      return false;
    }
    boolean code = (s.access & CODE) != 0;
    boolean bit = (s.access & WRITABLE) != 0;
    return write ? !code && bit : !code || bit;
  }

  private static GuestFault violation(Cpu c, int segment) {
    return c.fault.of(segment == Cpu.SS ? GuestFault.SS : GuestFault.GP, 0);
  }

  /** The {@link Mode} bits of the present state. */
  static int mode(Cpu c) {
    int mode = c.cpl == 3 ? Mode.USER : c.cpl == 0 ? Mode.KERNEL : 0;
    Segment cs = c.segments[Cpu.CS];
    boolean vm86 = (c.flags & Flags.VM) != 0;
    if ((c.cr0 & Cpu.CR0_PE) != 0) {
      mode |= vm86 ? Mode.VM86 : Mode.PROTECTED;
    }
    if ((c.efer & Cpu.EFER_LMA) != 0) {
      mode |= Mode.LONG;
      if ((cs.access & L) != 0) {
        return mode | Mode.CODE64;
      }
    }
    mode |= (cs.access & DB) != 0 ? Mode.CODE32 : 0;
    mode |= (c.segments[Cpu.SS].access & DB) != 0 ? Mode.STACK32 : 0;
    if ((mode & Mode.PROTECTED) != 0 && flat(c)) {
      mode |= Mode.FLAT;
    }
    return mode;
  }

  private static boolean flat(Cpu c) {
    Segment cs = c.segments[Cpu.CS];
    return cs.base == 0
        && cs.limit == -1
        && (cs.access & (CODE | READABLE)) == (CODE | READABLE)
        && flatData(c.segments[Cpu.DS])
        && flatData(c.segments[Cpu.ES])
        && flatData(c.segments[Cpu.SS])
        && (c.segments[Cpu.SS].access & DB) != 0;
  }

  private static boolean flatData(Segment s) {
    return s.base == 0
        && s.limit == -1
        && !s.unusable
        && (s.access & (CODE | EXPAND_DOWN | WRITABLE)) == WRITABLE;
  }
}
