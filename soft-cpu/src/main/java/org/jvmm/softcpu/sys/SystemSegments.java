package org.jvmm.softcpu.sys;

import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.Segmentation;
import org.jvmm.softcpu.fault.GuestFault;

/** LLDT, LTR, and what asks about descriptors: LAR, LSL, VERR, VERW (SDM vol. 2). */
public final class SystemSegments {
  private SystemSegments() {}

  /** LLDT. */
  public static void loadLdt(Cpu c, int selector) {
    if ((selector & ~3) == 0) {
      SegmentLoads.setNull(c.segments[Cpu.LDTR], selector, 0);
    } else {
      loadLdt(c, selector, GuestFault.GP);
    }
  }

  static void loadLdt(Cpu c, int selector, int vector) {
    long raw = system(c, selector, vector);
    boolean absent = vector == GuestFault.TS && !Descriptor.present(raw); // of a new task
    if (Descriptor.type(raw) != Descriptor.LDT || absent) {
      throw c.fault.of(vector, selector & ~3);
    }
    load(c, Cpu.LDTR, selector, raw);
  }

  /** LTR. */
  public static void loadTask(Cpu c, int selector) {
    if ((selector & ~3) == 0) {
      throw c.gp(0);
    }
    long raw = system(c, selector, GuestFault.GP);
    int type = Descriptor.type(raw);
    if (type != Descriptor.TSS && (type != Descriptor.TSS16 || c.longMode())) {
      throw c.gp(selector & ~3);
    }
    if (Descriptor.present(raw)) {
      long busy = 2L << 40;
      long address = SegmentLoads.address(c, selector, 8);
      c.mmu.writeSystem(address + 5, 1, (raw | busy) >>> 40, false);
      raw |= busy;
    }
    load(c, Cpu.TR, selector, raw);
  }

  /** A system descriptor of the GDT. */
  private static long system(Cpu c, int selector, int vector) {
    int bytes = c.longMode() ? 16 : 8;
    if ((selector & 4) != 0 || SegmentLoads.address(c, selector, bytes) == -1) {
      throw c.fault.of(vector, selector & ~3);
    }
    long raw = SegmentLoads.read(c, selector, vector);
    if (Descriptor.isSegment(raw)) {
      throw c.fault.of(vector, selector & ~3);
    }
    return raw;
  }

  private static void load(Cpu c, int register, int selector, long raw) {
    if (!Descriptor.present(raw)) {
      throw c.fault.of(GuestFault.NP, selector & ~3);
    }
    long high = 0;
    if (c.longMode()) {
      high = c.mmu.readSystem(SegmentLoads.address(c, selector, 16) + 8, 8) << 32;
      if (!c.mmu.canonical(high | Descriptor.base(raw))) {
        throw c.gp(selector & ~3);
      }
    }
    Descriptor.load(c.segments[register], selector, raw);
    c.segments[register].base |= high;
  }

  /**
   * The descriptor that LAR, LSL, VERR and VERW may look at.
   *
   * @param types system types that are allowed, a bit each
   * @return 0 if there is none, or the rights do not suffice
   */
  private static long visible(Cpu c, int selector, int types) {
    if ((selector & ~3) == 0 || SegmentLoads.address(c, selector, 8) == -1) {
      return 0;
    }
    long raw = SegmentLoads.read(c, selector, GuestFault.GP);
    if (!Descriptor.isSegment(raw) && (types >>> Descriptor.type(raw) & 1) == 0) {
      return 0;
    }
    int dpl = Descriptor.dpl(raw);
    boolean rights = Descriptor.isConforming(raw) || dpl >= c.cpl && dpl >= (selector & 3);
    return rights ? raw : 0;
  }

  /** LAR: the access rights, or -1. */
  public static long accessRights(Cpu c, int selector) {
    int types = c.longMode() ? 0x1a04 : 0x1a3e;
    long raw = visible(c, selector, types);
    return raw == 0 ? -1 : raw >>> 32 & 0xf0ff00;
  }

  /** LSL: the limit in bytes, or -1. */
  public static long limit(Cpu c, int selector) {
    int types = c.longMode() ? 0xa04 : 0xa0e;
    long raw = visible(c, selector, types);
    return raw == 0 ? -1 : Descriptor.limit(raw) & 0xffffffffL;
  }

  /** VERR. */
  public static boolean readable(Cpu c, int selector) {
    return Descriptor.isReadable(visible(c, selector, 0));
  }

  /** VERW. */
  public static boolean writable(Cpu c, int selector) {
    return Descriptor.isWritableData(visible(c, selector, 0));
  }

  /** A code or data descriptor's flat form for SYSCALL and its kin: base 0, no limit. */
  static void flat(Cpu c, int register, int selector, int access) {
    c.segments[register].set(
        selector, 0, -1, access | Segmentation.G | Segmentation.P | Segmentation.S, false);
  }
}
