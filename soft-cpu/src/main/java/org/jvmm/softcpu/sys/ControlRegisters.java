package org.jvmm.softcpu.sys;

import org.jvmm.core.irq.LocalApic;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.isa.Mode;

/** MOV with control registers and what follows from their bits (SDM vol. 3 section 2.5). */
public final class ControlRegisters {
  private static final int CR0_DEFINED =
      Cpu.CR0_PE
          | Cpu.CR0_MP
          | Cpu.CR0_EM
          | Cpu.CR0_TS
          | Cpu.CR0_ET
          | Cpu.CR0_NE
          | Cpu.CR0_WP
          | Cpu.CR0_AM
          | Cpu.CR0_NW
          | Cpu.CR0_CD
          | Cpu.CR0_PG;

  private static final int CR4_ALWAYS =
      Cpu.CR4_VME
          | Cpu.CR4_PVI
          | Cpu.CR4_TSD
          | Cpu.CR4_DE
          | Cpu.CR4_PSE
          | Cpu.CR4_PAE
          | Cpu.CR4_MCE
          | Cpu.CR4_PGE
          | Cpu.CR4_PCE
          | Cpu.CR4_OSFXSR
          | Cpu.CR4_OSXMMEXCPT;

  /** What the meaning of page tables depends on. */
  private static final int CR4_TRANSLATION =
      Cpu.CR4_PSE
          | Cpu.CR4_PAE
          | Cpu.CR4_PGE
          | Cpu.CR4_LA57
          | Cpu.CR4_PCIDE
          | Cpu.CR4_SMEP
          | Cpu.CR4_SMAP;

  private static final long CR3_NO_FLUSH = 1L << 63;

  private ControlRegisters() {}

  public static long read(Cpu c, int number) {
    return switch (number) {
      case 0 -> c.cr0 & 0xffffffffL;
      case 2 -> c.cr2;
      case 3 -> c.cr3;
      case 4 -> c.cr4 & 0xffffffffL;
      case 8 -> c.interrupts instanceof LocalApic apic ? apic.readCr8() : 0;
      default -> throw c.ud();
    };
  }

  public static void write(Cpu c, int number, long value) {
    switch (number) {
      case 0 -> writeCr0(c, value);
      case 2 -> c.cr2 = value;
      case 3 -> writeCr3(c, value);
      case 4 -> writeCr4(c, value);
      case 8 -> {
        if (value >>> 4 != 0) {
          throw c.gp(0);
        }
        if (c.interrupts instanceof LocalApic apic) {
          apic.writeCr8((int) value);
        }
      }
      default -> throw c.ud();
    }
  }

  /** MOV to CR0, LMSW and CLTS. */
  public static void writeCr0(Cpu c, long value) {
    int to = (int) value & CR0_DEFINED | Cpu.CR0_ET;
    boolean paging = (to & Cpu.CR0_PG) != 0;
    if (value >>> 32 != 0
        || paging && (to & Cpu.CR0_PE) == 0
        || (to & (Cpu.CR0_NW | Cpu.CR0_CD)) == Cpu.CR0_NW) {
      throw c.gp(0);
    }
    int changed = to ^ c.cr0;
    if ((changed & Cpu.CR0_PG) != 0 && !switchPaging(c, paging)) {
      throw c.gp(0);
    }
    c.cr0 = to;
    if ((changed & (Cpu.CR0_PG | Cpu.CR0_WP | Cpu.CR0_PE)) != 0) {
      c.pagingChanged();
    }
    if ((changed & Cpu.CR0_PE) != 0 && (to & Cpu.CR0_PE) == 0) {
      c.cpl = 0;
    }
    c.modeChanged();
    c.rightsChanged();
  }

  /** Enters or leaves IA-32e mode with CR0.PG (SDM vol. 3 section 9.8.5). */
  private static boolean switchPaging(Cpu c, boolean on) {
    if (on && (c.efer & Cpu.EFER_LME) != 0) {
      if ((c.cr4 & Cpu.CR4_PAE) == 0 || (c.segments[Cpu.CS].access & 1 << 9) != 0) {
        return false;
      }
      c.efer |= Cpu.EFER_LMA;
    } else if (on) {
      return (c.cr4 & Cpu.CR4_PAE) == 0 || c.mmu.loadPdptes(c.cr3);
    } else if ((c.efer & Cpu.EFER_LMA) != 0) {
      if (c.in(Mode.CODE64) || (c.cr4 & Cpu.CR4_PCIDE) != 0) {
        return false;
      }
      c.efer &= ~Cpu.EFER_LMA;
    }
    return true;
  }

  private static void writeCr3(Cpu c, long value) {
    long to = value;
    if (c.longMode()) {
      if ((c.cr4 & Cpu.CR4_PCIDE) != 0) {
        to &= ~CR3_NO_FLUSH;
      }
      if (to >>> 40 != 0) {
        throw c.gp(0);
      }
    } else {
      to &= 0xffffffffL;
      boolean pae = (c.cr0 & Cpu.CR0_PG) != 0 && (c.cr4 & Cpu.CR4_PAE) != 0;
      if (pae && !c.mmu.loadPdptes(to)) {
        throw c.gp(0);
      }
    }
    c.cr3 = to;
    c.mmu.switchTables(to);
  }

  private static int allowedCr4(Cpu c) {
    return CR4_ALWAYS
        | (c.cpuid.has("umip") ? Cpu.CR4_UMIP : 0)
        | (c.cpuid.has("la57") ? Cpu.CR4_LA57 : 0)
        | (c.cpuid.has("fsgsbase") ? Cpu.CR4_FSGSBASE : 0)
        | (c.cpuid.has("pcid") ? Cpu.CR4_PCIDE : 0)
        | (c.cpuid.has("xsave") ? Cpu.CR4_OSXSAVE : 0)
        | (c.cpuid.has("smep") ? Cpu.CR4_SMEP : 0)
        | (c.cpuid.has("smap") ? Cpu.CR4_SMAP : 0);
  }

  private static void writeCr4(Cpu c, long value) {
    int to = (int) value;
    int changed = to ^ c.cr4;
    if (value >>> 32 != 0 || (to & ~allowedCr4(c)) != 0) {
      throw c.gp(0);
    }
    boolean pcidOn = (changed & to & Cpu.CR4_PCIDE) != 0;
    if (c.longMode() && ((to & Cpu.CR4_PAE) == 0 || (changed & Cpu.CR4_LA57) != 0)
        || pcidOn && (!c.longMode() || (c.cr3 & 0xfff) != 0)) {
      throw c.gp(0);
    }
    boolean pae = (to & Cpu.CR4_PAE) != 0 && !c.longMode() && (c.cr0 & Cpu.CR0_PG) != 0;
    if (pae && (changed & (Cpu.CR4_PAE | Cpu.CR4_PGE | Cpu.CR4_PSE | Cpu.CR4_SMEP)) != 0) {
      if (!c.mmu.loadPdptes(c.cr3)) {
        throw c.gp(0);
      }
    }
    c.cr4 = to;
    if ((changed & CR4_TRANSLATION) != 0) {
      c.pagingChanged();
    }
    c.modeChanged();
  }
}
