package org.jvmm.core.accel;

import java.util.Arrays;

/**
 * The whole architectural state of a vCPU, neutral to the accelerator: what snapshots, debuggers
 * and the moving of a vCPU between accelerators stand on. A plain struct, made once and refilled;
 * units are those of the SDM.
 */
public final class CpuState {
  /** Format of what {@link #save}-like users write; a reader refuses another one. */
  public static final int VERSION = 1;

  /** Groups that can be moved separately, because some cost an ioctl each. */
  public enum Part {
    /** {@link #gpr}, {@link #rip}, {@link #rflags}. */
    GENERAL,
    /** Segments, descriptor tables, control registers, EFER, APIC base. */
    SYSTEM,
    /** {@link #dr}. */
    DEBUG,
    /** {@link #msrs}. */
    MSRS,
    /** {@link #xsave}, {@link #xcr0}. */
    FPU,
    /** {@link #lapic}. */
    APIC,
    /** Pending and injected events, {@link #activity}. */
    EVENTS
  }

  /** Indexes of {@link #gpr}, in encoding order. */
  public static final int RAX = 0, RCX = 1, RDX = 2, RBX = 3, RSP = 4, RBP = 5, RSI = 6, RDI = 7;

  /** Indexes of {@link #segments}, in encoding order, then LDTR and TR. */
  public static final int ES = 0, CS = 1, SS = 2, DS = 3, FS = 4, GS = 5, LDTR = 6, TR = 7;

  /** A segment register with its hidden part (SDM vol. 3 section 3.4.3). */
  public static final class Segment {
    public int selector;
    public long base;

    /** In bytes, granularity applied: the last valid offset. */
    public int limit;

    /**
     * Bits 3:0 type, 4 S, 6:5 DPL, 7 P, 8 AVL, 9 L, 10 D/B, 11 G: the descriptor's bytes 5 and 6
     * without the limit.
     */
    public int access;

    /** The register holds a null selector: no use (SDM vol. 3 section 25.4.1, "unusable"). */
    public boolean unusable;

    /** Copies all fields. */
    public void set(Segment from) {
      set(from.selector, from.base, from.limit, from.access, from.unusable);
    }

    public void set(
        int newSelector, long newBase, int newLimit, int newAccess, boolean isUnusable) {
      selector = newSelector;
      base = newBase;
      limit = newLimit;
      access = newAccess;
      unusable = isUnusable;
    }

    @Override
    public String toString() {
      return "%04x base=%016x limit=%08x access=%03x%s"
          .formatted(selector, base, limit, access, unusable ? " unusable" : "");
    }
  }

  /** RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8-R15. */
  public final long[] gpr = new long[16];

  public long rip;
  public long rflags;

  public final Segment[] segments = new Segment[8];
  public long gdtBase;
  public int gdtLimit;
  public long idtBase;
  public int idtLimit;
  public long cr0;
  public long cr2;
  public long cr3;
  public long cr4;
  public long cr8;
  public long efer;
  public long apicBase;

  /** DR0-DR3, then DR6 and DR7 at their own indexes; 4 and 5 are unused. */
  public final long[] dr = new long[8];

  /** Model-specific registers other than those with a field of their own. */
  public final Msrs msrs = new Msrs();

  /**
   * The XSAVE area in standard format (SDM vol. 1 section 13.4); the first 512 bytes are the FXSAVE
   * image.
   */
  public byte[] xsave = new byte[4096];

  public long xcr0 = 1;

  /**
   * The xAPIC register page (SDM vol. 3 table 11-1), or null if the APIC is not the accelerator's.
   */
  public byte[] lapic;

  /** What the vCPU does between instructions. */
  public enum Activity {
    RUNNING,
    HALTED,
    /** After INIT, before SIPI. */
    WAIT_FOR_SIPI,
    /** Application processor that has never been started. */
    UNINITIALIZED
  }

  public Activity activity = Activity.RUNNING;

  /** The vector of an exception that is pending or being injected, or -1. */
  public int exception = -1;

  /**
   * Whether {@link #exception} was injected already (its delivery was interrupted) rather than
   * pending.
   */
  public boolean exceptionInjected;

  public boolean exceptionHasErrorCode;
  public int exceptionErrorCode;

  /** The vector of an external interrupt whose delivery was interrupted, or -1. */
  public int injectedInterrupt = -1;

  /** {@link #injectedInterrupt} is INT n rather than an external one. */
  public boolean injectedIsSoftware;

  /** Bits of {@link #interruptShadow}. */
  public static final int SHADOW_STI = 1, SHADOW_MOV_SS = 2;

  /** Interrupts are blocked for one instruction by STI or MOV SS (SDM vol. 3 section 6.8.3). */
  public int interruptShadow;

  public boolean nmiPending;
  public boolean nmiInjected;

  /** Between an NMI and its IRET. */
  public boolean nmiMasked;

  /** The vector of a start-up IPI that has arrived, or -1. */
  public int sipiVector = -1;

  public CpuState() {
    for (int i = 0; i < segments.length; i++) {
      segments[i] = new Segment();
    }
  }

  /** MSR indexes and values, by insertion; look-ups are linear, there are some hundred. */
  public static final class Msrs {
    private int[] indexes = new int[64];
    private long[] values = new long[64];
    private int count;

    public int count() {
      return count;
    }

    public int index(int i) {
      return indexes[i];
    }

    public long value(int i) {
      return values[i];
    }

    public void clear() {
      count = 0;
    }

    /** Sets an MSR, replacing an earlier value. */
    public void put(int index, long value) {
      for (int i = 0; i < count; i++) {
        if (indexes[i] == index) {
          values[i] = value;
          return;
        }
      }
      if (count == indexes.length) {
        indexes = Arrays.copyOf(indexes, 2 * count);
        values = Arrays.copyOf(values, 2 * count);
      }
      indexes[count] = index;
      values[count++] = value;
    }

    /** The value of an MSR, or a default if it is not here. */
    public long get(int index, long otherwise) {
      for (int i = 0; i < count; i++) {
        if (indexes[i] == index) {
          return values[i];
        }
      }
      return otherwise;
    }
  }

  /** Registers in the manner of QEMU's {@code info registers}, for reports. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    String[] names = {"RAX", "RCX", "RDX", "RBX", "RSP", "RBP", "RSI", "RDI"};
    for (int i = 0; i < 16; i++) {
      text.append(
          "%-3s=%016x%s".formatted(i < 8 ? names[i] : "R" + i, gpr[i], i % 4 == 3 ? "\n" : " "));
    }
    text.append("RIP=%016x RFL=%08x\n".formatted(rip, rflags));
    String[] segmentNames = {"ES", "CS", "SS", "DS", "FS", "GS", "LDT", "TR"};
    for (int i = 0; i < 8; i++) {
      text.append("%-3s=%s\n".formatted(segmentNames[i], segments[i]));
    }
    text.append("GDT=%016x %04x IDT=%016x %04x\n".formatted(gdtBase, gdtLimit, idtBase, idtLimit));
    text.append(
        "CR0=%08x CR2=%016x CR3=%016x CR4=%08x EFER=%x\n".formatted(cr0, cr2, cr3, cr4, efer));
    return text.toString();
  }
}
