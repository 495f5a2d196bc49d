package org.jvmm.softcpu.sys;

import org.jvmm.core.accel.CpuState.Segment;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.Flags;
import org.jvmm.softcpu.fault.GuestFault;
import org.jvmm.softcpu.sys.Delivery.Origin;

/** Delivery through 16-byte gates in IA-32e mode (SDM vol. 3 section 6.14). */
final class LongDelivery {
  private static final int RSP = 4;
  private static final int FRAME = 5 * 8;

  /** Offsets in the 64-bit TSS (figure 7-11). */
  private static final int TSS_RSP0 = 4, TSS_IST1 = 36;

  private LongDelivery() {}

  static void enter(Cpu c, int vector, int code, Origin origin, int flags) {
    int ext = origin.ext();
    int index = vector * 8 + Delivery.IDT + ext;
    if (vector * 16 + 15 > c.idtLimit) {
      throw c.gp(index);
    }
    long low = c.mmu.readSystem(c.idtBase + vector * 16L, 8);
    long high = c.mmu.readSystem(c.idtBase + vector * 16L + 8, 8);
    int type = Descriptor.isSegment(low) ? 0 : Descriptor.type(low);
    boolean trap = type == Descriptor.TRAP_GATE;
    if (!trap && type != Descriptor.INTERRUPT_GATE
        || origin != Origin.HARDWARE && Descriptor.dpl(low) < c.cpl) {
      throw c.gp(index);
    }
    if (!Descriptor.present(low)) {
      throw c.fault.of(GuestFault.NP, index);
    }
    int selector = Descriptor.gateSelector(low);
    long raw = code(c, selector, ext);
    int cpl = Descriptor.isConforming(raw) ? c.cpl : Descriptor.dpl(raw);
    long target = Descriptor.gateOffset(low) | high << 32;
    if (!c.mmu.canonical(target)) {
      throw c.gp(ext);
    }
    long sp = stack(c, (int) (low >>> 32) & 7, cpl, ext) & ~15L;
    push(c, sp, code, flags, cpl);
    raw = SegmentLoads.setAccessed(c, selector, raw);
    if (cpl != c.cpl) {
      SegmentLoads.setNull(c.segments[Cpu.SS], cpl, cpl);
    }
    c.gpr[RSP] = sp - FRAME - (code == GuestFault.NO_CODE ? 0 : 8);
    c.rip = target;
    c.flags &= ~(Flags.TF | Flags.NT | Flags.RF | Flags.VM | (trap ? 0 : Flags.IF));
    FarTransfers.loadCs(c, selector, raw, cpl);
  }

  private static long code(Cpu c, int selector, int ext) {
    if ((selector & ~3) == 0) {
      throw c.gp(ext);
    }
    int error = selector & ~3 | ext;
    if (SegmentLoads.address(c, selector, 8) == -1) {
      throw c.gp(error);
    }
    long raw = SegmentLoads.read(c, selector, GuestFault.GP);
    boolean wide = Descriptor.isLong(raw) && !Descriptor.is32(raw);
    if (!Descriptor.isCode(raw) || Descriptor.dpl(raw) > c.cpl || !wide) {
      throw c.gp(error);
    }
    if (!Descriptor.present(raw)) {
      throw c.fault.of(GuestFault.NP, error);
    }
    return raw;
  }

  /** The stack pointer that the frame goes below. */
  private static long stack(Cpu c, int ist, int cpl, int ext) {
    if (ist == 0 && cpl == c.cpl) {
      return c.gpr[RSP];
    }
    long sp = tssStack(c, ist == 0 ? TSS_RSP0 + 8 * cpl : TSS_IST1 + 8 * (ist - 1), ext);
    if (!c.mmu.canonical(sp)) {
      throw c.fault.of(GuestFault.SS, ext);
    }
    return sp;
  }

  private static long tssStack(Cpu c, int offset, int ext) {
    Segment tss = c.segments[Cpu.TR];
    if (offset + 7 > (tss.limit & 0xffffffffL)) {
      throw c.fault.of(GuestFault.TS, tss.selector & ~3 | ext);
    }
    return c.mmu.readSystem(tss.base + offset, 8);
  }

  /** RSP0 to RSP2 of the TSS. */
  static long innerStack(Cpu c, int cpl) {
    return tssStack(c, TSS_RSP0 + 8 * cpl, 0);
  }

  private static void push(Cpu c, long sp, int code, int flags, int cpl) {
    boolean user = cpl == 3;
    c.mmu.writeSystem(sp - 8, 8, c.segments[Cpu.SS].selector, user);
    c.mmu.writeSystem(sp - 16, 8, c.gpr[RSP], user);
    c.mmu.writeSystem(sp - 24, 8, flags, user);
    c.mmu.writeSystem(sp - 32, 8, c.segments[Cpu.CS].selector, user);
    c.mmu.writeSystem(sp - 40, 8, c.rip, user);
    if (code != GuestFault.NO_CODE) {
      c.mmu.writeSystem(sp - 48, 8, code, user);
    }
  }
}
