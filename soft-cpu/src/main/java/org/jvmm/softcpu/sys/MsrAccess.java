package org.jvmm.softcpu.sys;

import org.jvmm.core.irq.LocalApic;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.Msrs;
import org.jvmm.softcpu.mmu.PhysicalMemory;

/** RDMSR and WRMSR (SDM vol. 4); an MSR that is not here is #GP(0). */
public final class MsrAccess {
  private static final int TSC = 0x10,
      APIC_BASE = 0x1b,
      FEATURE_CONTROL = 0x3a,
      TSC_ADJUST = 0x3b,
      SPEC_CTRL = 0x48,
      PRED_CMD = 0x49,
      MICROCODE = 0x8b,
      MTRR_CAP = 0xfe,
      ARCH_CAPABILITIES = 0x10a,
      SYSENTER_CS = 0x174,
      SYSENTER_ESP = 0x175,
      SYSENTER_EIP = 0x176,
      MCG_CAP = 0x179,
      MCG_STATUS = 0x17a,
      MISC_ENABLE = 0x1a0,
      DEBUG_CONTROL = 0x1d9,
      MTRR_VARIABLE = 0x200,
      PAT = 0x277,
      MTRR_DEF_TYPE = 0x2ff,
      TSC_DEADLINE = 0x6e0,
      EFER = 0xc000_0080,
      STAR = 0xc000_0081,
      LSTAR = 0xc000_0082,
      CSTAR = 0xc000_0083,
      SFMASK = 0xc000_0084,
      FS_BASE = 0xc000_0100,
      GS_BASE = 0xc000_0101,
      KERNEL_GS_BASE = 0xc000_0102,
      TSC_AUX = 0xc000_0103;

  private static final int[] MTRR_FIXED = {
    0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f
  };

  /** Eight variable ranges, fixed ranges, write-combining. */
  private static final long MTRR_CAPABILITIES = 8 | 1 << 8 | 1 << 10;

  /** Fields of the MTRRs of variable ranges, and the type field of all. */
  private static final int MTRR_TYPE = 0xff, MTRR_VALID = 1 << 11;

  private static final long MTRR_ADDRESS = (1L << PhysicalMemory.ADDRESS_BITS) - 4096;

  /** LBR and BTF, which do nothing here. */
  private static final int DEBUG_CONTROL_DEFINED = 3;

  /**
   * A CPU that does not speculate: RDCL_NO, IBRS_ALL, SKIP_L1DFL_VMENTRY, SSB_NO, MDS_NO,
   * IF_PSCHANGE_MC_NO, TAA_NO, SBDR_SSDP_NO, FBSDP_NO, PSDP_NO, BHI_NO, PBRSB_NO, GDS_NO, RFDS_NO,
   * ITS_NO (SDM vol. 4 table 2-2). Without it a kernel switches page tables at each system call,
   * and makes its indirect calls by returns.
   */
  private static final long NO_SPECULATION = 0x4000_0000_0d10_e17bL;

  /** IBRS, STIBP, SSBD and BHI_DIS_S of SPEC_CTRL, IBPB of PRED_CMD; none has anything to do. */
  private static final int SPEC_CTRL_DEFINED = 0x407, PRED_CMD_DEFINED = 1;

  /** FEATURE_CONTROL: locked, nothing enabled. */
  private static final long LOCKED = 1;

  /** The bits of EFER that can be written. */
  private static final int EFER_WRITABLE = Cpu.EFER_SCE | Cpu.EFER_LME | Cpu.EFER_NXE;

  /** Those that make up the saved state, besides the ones with fields of their own. */
  static final int[] SAVED = {
    TSC,
    SYSENTER_CS,
    SYSENTER_ESP,
    SYSENTER_EIP,
    MISC_ENABLE,
    SPEC_CTRL,
    TSC_ADJUST,
    DEBUG_CONTROL,
    PAT,
    MTRR_DEF_TYPE,
    STAR,
    LSTAR,
    CSTAR,
    SFMASK,
    KERNEL_GS_BASE,
    TSC_AUX
  };

  private MsrAccess() {}

  /** The indexes of the MSRs that are state of the vCPU. */
  public static int[] saved() {
    int fixed = SAVED.length;
    int variable = fixed + MTRR_FIXED.length;
    int[] all = java.util.Arrays.copyOf(SAVED, variable + 16);
    System.arraycopy(MTRR_FIXED, 0, all, fixed, MTRR_FIXED.length);
    for (int i = 0; i < 16; i++) {
      all[variable + i] = MTRR_VARIABLE + i;
    }
    return all;
  }

  /** RDMSR. */
  public static long read(Cpu c, int index) {
    Msrs m = c.msrs;
    return switch (index) {
      case TSC -> c.tsc();
      case APIC_BASE -> c.interrupts instanceof LocalApic apic ? apic.apicBase() : m.apicBase;
      case FEATURE_CONTROL -> LOCKED;
      case TSC_ADJUST -> m.tscAdjust;
      case MICROCODE -> m.microcode;
      case MTRR_CAP -> MTRR_CAPABILITIES;
      case ARCH_CAPABILITIES -> announced(c, "arch_capabilities", NO_SPECULATION);
      case SPEC_CTRL -> announced(c, "spec_ctrl", m.specCtrl);
      case SYSENTER_CS -> m.sysenterCs & 0xffffffffL;
      case SYSENTER_ESP -> m.sysenterEsp;
      case SYSENTER_EIP -> m.sysenterEip;
      case MCG_CAP, MCG_STATUS -> 0;
      case MISC_ENABLE -> m.miscEnable;
      case DEBUG_CONTROL -> m.debugControl;
      case PAT -> m.pat;
      case MTRR_DEF_TYPE -> m.mtrrDefType;
      case EFER -> c.efer;
      case STAR -> m.star;
      case LSTAR -> m.lstar;
      case CSTAR -> m.cstar;
      case SFMASK -> m.sfmask;
      case FS_BASE -> c.segments[Cpu.FS].base;
      case GS_BASE -> c.segments[Cpu.GS].base;
      case KERNEL_GS_BASE -> m.kernelGsBase;
      case TSC_AUX -> m.tscAux;
      default -> readRanges(c, index);
    };
  }

  /** A register that only a CPU with this feature has. */
  private static long announced(Cpu c, String feature, long value) {
    if (!c.cpuid.has(feature)) {
      throw c.gp(0);
    }
    return value;
  }

  private static long readRanges(Cpu c, int index) {
    if (isApic(index)) {
      if (c.interrupts instanceof LocalApic apic && apic.readMsr(index)) {
        return apic.msrValue();
      }
      throw c.gp(0);
    }
    if (index >= MTRR_VARIABLE && index < MTRR_VARIABLE + 16) {
      return c.msrs.mtrrVariable[index - MTRR_VARIABLE];
    }
    return c.msrs.mtrrFixed[fixedMtrr(c, index)];
  }

  private static boolean isApic(int index) {
    return index == TSC_DEADLINE || index >>> 8 == 8;
  }

  private static int fixedMtrr(Cpu c, int index) {
    for (int i = 0; i < MTRR_FIXED.length; i++) {
      if (MTRR_FIXED[i] == index) {
        return i;
      }
    }
    throw c.gp(0);
  }

  /** WRMSR. */
  public static void write(Cpu c, int index, long value) {
    Msrs m = c.msrs;
    switch (index) {
      case TSC -> {
        long by = value - c.tsc();
        m.tscOffset += by;
        m.tscAdjust += by;
      }
      case TSC_ADJUST -> {
        m.tscOffset += value - m.tscAdjust;
        m.tscAdjust = value;
      }
      case APIC_BASE -> writeApicBase(c, value);
      case SPEC_CTRL ->
          m.specCtrl = unreserved(c, announced(c, "spec_ctrl", value), SPEC_CTRL_DEFINED);
      case PRED_CMD -> unreserved(c, announced(c, "spec_ctrl", value), PRED_CMD_DEFINED);
      case MICROCODE, MCG_STATUS -> {}
      case SYSENTER_CS -> m.sysenterCs = (int) value;
      case SYSENTER_ESP -> m.sysenterEsp = canonical(c, value);
      case SYSENTER_EIP -> m.sysenterEip = canonical(c, value);
      case MISC_ENABLE -> m.miscEnable = value;
      case DEBUG_CONTROL -> m.debugControl = unreserved(c, value, DEBUG_CONTROL_DEFINED);
      case PAT -> writePat(c, value);
      case MTRR_DEF_TYPE -> m.mtrrDefType = typed(c, unreserved(c, value, 0xcff));
      case EFER -> writeEfer(c, value);
      case STAR -> m.star = value;
      case LSTAR -> m.lstar = canonical(c, value);
      case CSTAR -> m.cstar = canonical(c, value);
      case SFMASK -> m.sfmask = value & 0xffffffffL;
      case FS_BASE -> c.segments[Cpu.FS].base = canonical(c, value);
      case GS_BASE -> c.segments[Cpu.GS].base = canonical(c, value);
      case KERNEL_GS_BASE -> m.kernelGsBase = canonical(c, value);
      case TSC_AUX -> m.tscAux = value & 0xffffffffL;
      default -> writeRanges(c, index, value);
    }
  }

  /** A register from a saved state, where TSC and TSC_ADJUST stand beside each other. */
  public static void restore(Cpu c, int index, long value) {
    switch (index) {
      case TSC -> c.msrs.tscOffset += value - c.tsc();
      case TSC_ADJUST -> c.msrs.tscAdjust = value;
      default -> write(c, index, value);
    }
  }

  private static void writeRanges(Cpu c, int index, long value) {
    if (isApic(index)) {
      if (!(c.interrupts instanceof LocalApic apic) || !apic.writeMsr(index, value)) {
        throw c.gp(0);
      }
    } else if (index >= MTRR_VARIABLE && index < MTRR_VARIABLE + 16) {
      boolean mask = (index & 1) != 0;
      long checked = unreserved(c, value, MTRR_ADDRESS | (mask ? MTRR_VALID : MTRR_TYPE));
      c.msrs.mtrrVariable[index - MTRR_VARIABLE] = mask ? checked : typed(c, checked);
    } else {
      int fixed = fixedMtrr(c, index);
      for (int i = 0; i < 64; i += 8) {
        typed(c, value >>> i);
      }
      c.msrs.mtrrFixed[fixed] = value;
    }
  }

  private static long unreserved(Cpu c, long value, long defined) {
    if ((value & ~defined) != 0) {
      throw c.gp(0);
    }
    return value;
  }

  /** The low byte must be a memory type that MTRRs have (SDM vol. 3 table 11-8). */
  private static long typed(Cpu c, long value) {
    int type = (int) value & MTRR_TYPE;
    if (type > 6 || type == 2 || type == 3) {
      throw c.gp(0);
    }
    return value;
  }

  /** Canonical for the widest addresses that the CPU has, whatever is on (SDM vol. 2, WRMSR). */
  private static long canonical(Cpu c, long address) {
    int unused = 64 - c.cpuid.linearBits();
    if (address << unused >> unused != address) {
      throw c.gp(0);
    }
    return address;
  }

  private static void writeApicBase(Cpu c, long value) {
    if (c.interrupts instanceof LocalApic apic && !apic.setApicBase(value)) {
      throw c.gp(0);
    }
    c.msrs.apicBase = value;
  }

  /** Memory types 2 and 3 and above 7 are reserved (SDM vol. 3 table 12-10). */
  private static void writePat(Cpu c, long value) {
    for (int i = 0; i < 64; i += 8) {
      int type = (int) (value >>> i) & 0xff;
      if (type > 7 || type == 2 || type == 3) {
        throw c.gp(0);
      }
    }
    c.msrs.pat = value;
  }

  private static void writeEfer(Cpu c, long value) {
    int allowed =
        (c.cpuid.has("syscall") ? Cpu.EFER_SCE : 0)
            | (c.cpuid.has("lm") ? Cpu.EFER_LME : 0)
            | (c.cpuid.has("nx") ? Cpu.EFER_NXE : 0);
    long to = value & ~(long) Cpu.EFER_LMA;
    boolean paging = (c.cr0 & Cpu.CR0_PG) != 0;
    if ((to & ~allowed) != 0 || paging && ((to ^ c.efer) & Cpu.EFER_LME) != 0) {
      throw c.gp(0);
    }
    c.efer = (int) to & EFER_WRITABLE | c.efer & Cpu.EFER_LMA;
    c.pagingChanged();
  }
}
