package org.jvmm.softcpu.sys;

import org.jvmm.core.accel.CpuState.Segment;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.Segmentation;
import org.jvmm.softcpu.fault.GuestFault;
import org.jvmm.softcpu.isa.Mode;

/** Loads of segment registers with their checks (SDM vol. 2, MOV; vol. 3 sections 5.6, 5.7). */
public final class SegmentLoads {
  private static final int VM86_ACCESS = 0xf3;

  private SegmentLoads() {}

  /** Loads ES, SS, DS, FS or GS as MOV and POP do. */
  public static void load(Cpu c, int segment, int selector) {
    if (!c.protectedMode()) {
      loadReal(c, segment, selector);
    } else if ((selector & ~3) == 0) {
      loadNull(c, segment, selector);
    } else {
      long raw = read(c, selector, GuestFault.GP);
      check(c, segment, selector, raw);
      raw = setAccessed(c, selector, raw);
      Descriptor.load(c.segments[segment], selector, raw);
    }
    c.modeChanged();
  }

  /** Loads without checks in real and virtual-8086 mode; real mode keeps limit and rights. */
  public static void loadReal(Cpu c, int segment, int selector) {
    Segment s = c.segments[segment];
    s.selector = selector;
    s.base = (long) selector << 4;
    s.unusable = false;
    if (c.in(Mode.VM86)) {
      s.limit = 0xffff;
      s.access = VM86_ACCESS;
    }
  }

  private static void loadNull(Cpu c, int segment, int selector) {
    boolean stack64 = c.in(Mode.CODE64) && c.cpl < 3 && selector == c.cpl;
    if (segment == Cpu.SS && !stack64) {
      throw c.gp(0);
    }
    setNull(c.segments[segment], selector, segment == Cpu.SS ? c.cpl : 0);
  }

  /** Makes a register hold a null selector. */
  static void setNull(Segment segment, int selector, int dpl) {
    segment.set(selector, 0, 0, dpl << 5, true);
  }

  private static void check(Cpu c, int segment, int selector, long raw) {
    int rpl = selector & 3;
    int code = selector & ~3;
    if (segment == Cpu.SS) {
      if (rpl != c.cpl || !Descriptor.isWritableData(raw) || Descriptor.dpl(raw) != c.cpl) {
        throw c.gp(code);
      }
      if (!Descriptor.present(raw)) {
        throw c.fault.of(GuestFault.SS, code);
      }
      return;
    }
    boolean guarded = !Descriptor.isConforming(raw);
    if (!Descriptor.isReadable(raw)
        || guarded && (rpl > Descriptor.dpl(raw) || c.cpl > Descriptor.dpl(raw))) {
      throw c.gp(code);
    }
    if (!Descriptor.present(raw)) {
      throw c.fault.of(GuestFault.NP, code);
    }
  }

  /**
   * The descriptor of a stack segment for a privilege level, its checks passed.
   *
   * @param vector #GP or #TS, for all but a segment that is not present
   * @param ext the EXT bit of error codes
   */
  static long checkedStack(Cpu c, int selector, int cpl, int vector, int ext) {
    int code = selector & ~3 | ext;
    if ((selector & ~3) == 0 || address(c, selector, 8) == -1) {
      throw c.fault.of(vector, code);
    }
    long raw = read(c, selector, vector);
    boolean rights = (selector & 3) == cpl && Descriptor.dpl(raw) == cpl;
    if (!rights || !Descriptor.isWritableData(raw)) {
      throw c.fault.of(vector, code);
    }
    if (!Descriptor.present(raw)) {
      throw c.fault.of(GuestFault.SS, code);
    }
    return raw;
  }

  /** Linear address of a selector's descriptor, or -1 if it is beyond the table's limit. */
  static long address(Cpu c, int selector, int bytes) {
    boolean local = (selector & 4) != 0;
    Segment ldt = c.segments[Cpu.LDTR];
    long limit = local ? ldt.unusable ? -1 : ldt.limit & 0xffffffffL : c.gdtLimit;
    long base = local ? ldt.base : c.gdtBase;
    int offset = selector & 0xfff8;
    return offset + bytes - 1 > limit ? -1 : base + offset;
  }

  /**
   * Reads a selector's descriptor.
   *
   * @throws GuestFault {@code vector} with the selector as error code beyond the table's limit
   */
  static long read(Cpu c, int selector, int vector) {
    long address = address(c, selector, 8);
    if (address == -1) {
      throw c.fault.of(vector, selector & ~3);
    }
    return c.mmu.readSystem(address, 8);
  }

  /** Sets the accessed bit in the table and in the value. */
  static long setAccessed(Cpu c, int selector, long raw) {
    long bit = (long) Segmentation.ACCESSED << 40;
    if ((raw & bit) == 0) {
      long at = address(c, selector, 8) + 5;
      c.mmu.writeSystem(at, 1, c.mmu.readSystem(at, 1) | Segmentation.ACCESSED, false);
    }
    return raw | bit;
  }
}
