package org.jvmm.softcpu.cpu;

import java.util.Arrays;
import org.jvmm.core.accel.CpuState.Activity;
import org.jvmm.core.accel.CpuState.Segment;
import org.jvmm.core.irq.InterruptSource;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.core.time.VmClock;
import org.jvmm.softcpu.fault.GuestFault;
import org.jvmm.softcpu.fpu.Mxcsr;
import org.jvmm.softcpu.fpu.SseConvert;
import org.jvmm.softcpu.fpu.SseFloat;
import org.jvmm.softcpu.fpu.X87;
import org.jvmm.softcpu.isa.Insn;
import org.jvmm.softcpu.isa.Mode;
import org.jvmm.softcpu.mmu.Mmu;
import org.jvmm.softcpu.mmu.PhysicalMemory;

/**
 * The registers of one vCPU and the few operations that every instruction needs. A plain struct
 * with public fields: the semantics work on it directly. Belongs to the vCPU's thread, but for
 * {@link #events}.
 */
public final class Cpu {
  /** Numbers of segment registers, in encoding order. */
  public static final int ES = 0, CS = 1, SS = 2, DS = 3, FS = 4, GS = 5, LDTR = 6, TR = 7;

  /** Bits of CR0 (SDM vol. 3 section 2.5). */
  public static final int CR0_PE = 1,
      CR0_MP = 1 << 1,
      CR0_EM = 1 << 2,
      CR0_TS = 1 << 3,
      CR0_ET = 1 << 4,
      CR0_NE = 1 << 5,
      CR0_WP = 1 << 16,
      CR0_AM = 1 << 18,
      CR0_NW = 1 << 29,
      CR0_CD = 1 << 30,
      CR0_PG = 1 << 31;

  /** Bits of CR4. */
  public static final int CR4_VME = 1,
      CR4_PVI = 1 << 1,
      CR4_TSD = 1 << 2,
      CR4_DE = 1 << 3,
      CR4_PSE = 1 << 4,
      CR4_PAE = 1 << 5,
      CR4_MCE = 1 << 6,
      CR4_PGE = 1 << 7,
      CR4_PCE = 1 << 8,
      CR4_OSFXSR = 1 << 9,
      CR4_OSXMMEXCPT = 1 << 10,
      CR4_UMIP = 1 << 11,
      CR4_LA57 = 1 << 12,
      CR4_FSGSBASE = 1 << 16,
      CR4_PCIDE = 1 << 17,
      CR4_OSXSAVE = 1 << 18,
      CR4_SMEP = 1 << 20,
      CR4_SMAP = 1 << 21;

  /** Bits of IA32_EFER. */
  public static final int EFER_SCE = 1, EFER_LME = 1 << 8, EFER_LMA = 1 << 10, EFER_NXE = 1 << 11;

  /** Index in {@link #xmm} of where a vector operand from memory is kept. */
  public static final int OPERAND = 16 * 2;

  /** General registers, then the pseudo-registers {@link Insn#ZERO} and {@link Insn#RIP}. */
  public final long[] gpr = new long[Insn.REGISTERS];

  /**
   * Address of the next instruction. Up to date between blocks only; a jump sets it, and it is set
   * to the end of the block before the block runs.
   */
  public long rip;

  /** The lazy flags: see {@link Flags}. */
  public long flagResult;

  public int flagAux;

  /** RFLAGS without the arithmetic flags. */
  public int flags;

  public final Segment[] segments = new Segment[8];

  /** Two of {@link #segments}: those whose bases count in 64-bit mode. */
  public final Segment fs, gs;

  public long gdtBase;
  public int gdtLimit;
  public long idtBase;
  public int idtLimit;
  public int cr0;
  public long cr2;
  public long cr3;
  public int cr4;
  public int efer;
  public long xcr0;
  public final long[] dr = new long[8];

  /** The x87 and MMX registers. */
  public final X87 fpu = new X87();

  /**
   * The XMM registers, two longs each, low one first; then the pseudo-register {@link #OPERAND}.
   */
  public final long[] xmm = new long[17 * 2];

  public final Mxcsr mxcsr = new Mxcsr();
  public final SseFloat sse = new SseFloat(mxcsr);
  public final SseConvert convert = new SseConvert(mxcsr);

  /** Where images of the x87 and SSE state are on their way to and from memory. */
  public final byte[] image = new byte[ExtendedState.SIZE];

  /** FERR#: what an unmasked x87 exception does with CR0.NE clear. */
  public IrqLine ferr = IrqLine.UNCONNECTED;

  /** Current privilege level. */
  public int cpl;

  /** {@link Mode} bits that follow from the registers above: {@link #modeChanged}. */
  public int mode;

  /** What to add to {@link #rip} for a linear address. */
  public long codeBase;

  /** The limit of CS that blocks found so far were checked against. */
  private int codeLimit;

  /** Number of instructions of the running block that still may execute: see {@link #stopBlock}. */
  public int end;

  /** Where in a region of compiled blocks a fault was raised. */
  public int at;

  /** Instructions executed since power-on; up to date between blocks. */
  public long instructions;

  /** Data and I/O breakpoints that the running instruction has hit: bits of DR6. */
  public int debugHits;

  /** The running instruction ends in a single-step #DB: RFLAGS.TF was set when it began. */
  public boolean stepTrap;

  /** Interrupts are blocked for one instruction: bits of CpuState.interruptShadow. */
  public int shadow;

  /** Whether it executes, and if not, what it waits for. */
  public Activity activity = Activity.RUNNING;

  /** Between an NMI and its IRET. */
  public boolean nmiMasked;

  /** What the VMM's debugger wants. */
  public final DebugWish debug = new DebugWish();

  public final Msrs msrs = new Msrs();
  public final Events events = new Events();
  public final GuestFault fault = new GuestFault();
  public final PendingIo io = new PendingIo();
  public final Mmu mmu;
  public final CpuidTable cpuid;
  public final VmClock clock;

  /** APIC id. */
  public final int id;

  public InterruptSource interrupts = InterruptSource.NONE;

  public Cpu(int id, PhysicalMemory memory, CpuidTable cpuid, VmClock clock) {
    this.id = id;
    this.cpuid = cpuid;
    this.clock = clock;
    Arrays.setAll(segments, i -> new Segment());
    fs = segments[FS];
    gs = segments[GS];
    mmu = new Mmu(memory, fault, io);
  }

  /** A general register's value: the low bytes count, those above are whatever is there. */
  public long get(int register) {
    return gpr[register];
  }

  /** Writes a general register: 4 bytes clear the upper half, fewer leave the rest. */
  public void set(int register, int width, long value) {
    switch (width) {
      case 8 -> gpr[register] = value;
      case 4 -> gpr[register] = value & 0xffffffffL;
      case 2 -> gpr[register] = gpr[register] & ~0xffffL | value & 0xffff;
      default -> gpr[register] = gpr[register] & ~0xffL | value & 0xff;
    }
  }

  /** Writes a byte register at a bit offset, 0 or 8. */
  public void setByte(int register, int shift, long value) {
    gpr[register] = gpr[register] & ~(0xffL << shift) | (value & 0xff) << shift;
  }

  /** Effective address of the memory operand. */
  public long effective(Insn in) {
    return gpr[in.base] + (gpr[in.index] << in.scale) + in.disp & in.eaMask;
  }

  /** Linear address of the memory operand, for a load of {@code width} bytes. */
  public long address(Insn in, int width) {
    long offset = effective(in);
    return in.flat ? offset : Segmentation.linear(this, in.segment, offset, width, false);
  }

  /** Linear address of the memory operand, for a store (or a load and a store). */
  public long addressForWrite(Insn in, int width) {
    long offset = effective(in);
    return in.flat ? offset : Segmentation.linear(this, in.segment, offset, width, true);
  }

  /** Address of the instruction after this one. */
  public long next(Insn in) {
    return gpr[Insn.RIP] + in.end;
  }

  /** Ends the running block after the current instruction. */
  public void stopBlock() {
    end = Math.min(end, 0);
  }

  /**
   * Ends the running block; the current instruction, a repeated one, goes on when it is run again.
   */
  public void runAgain() {
    end = -1;
  }

  /** Recomputes what follows from CR0, CR4, EFER, CPL, RFLAGS and the segment registers. */
  public void modeChanged() {
    mode = Segmentation.mode(this);
    Segment cs = segments[CS];
    codeBase = in(Mode.CODE64) ? 0 : cs.base;
    if (!in(Mode.CODE64) && cs.limit != codeLimit) {
      codeLimit = cs.limit;
      mmu.forgetCode();
    }
  }

  /** The rights of memory accesses depend on CPL and RFLAGS.AC. */
  public void rightsChanged() {
    boolean ac = (flags & Flags.AC) != 0;
    mmu.select(cpl, ac, ac && cpl == 3 && (cr0 & CR0_AM) != 0);
  }

  /** Translation depends on CR0, CR3, CR4 and EFER. */
  public void pagingChanged() {
    mmu.configure(cr0 & 0xffffffffL, cr3, cr4 & 0xffffffffL, efer & 0xffffffffL);
    rightsChanged();
  }

  /** RFLAGS was replaced: TF, RF, IF, VM and AC have effects. */
  public void flagsChanged() {
    if ((flags & (Flags.TF | Flags.RF)) != 0) {
      events.post(Events.STEP);
    }
    interruptsAllowed();
    rightsChanged();
  }

  /** RFLAGS.IF may have been set: an interrupt that waited is looked at. */
  public void interruptsAllowed() {
    // A request that comes after this look posts the event itself.
    if ((flags & Flags.IF) != 0 && interrupts.pending()) {
      events.post(Events.INTR);
    }
  }

  /** The present privilege level, code segment and flags have become others. */
  public void contextChanged() {
    modeChanged();
    flagsChanged();
  }

  /** Ticks of the time-stamp counter. */
  public long tsc() {
    return clock.nanos() + msrs.tscOffset;
  }

  /** Whether a mode bit is set. */
  public boolean in(int modeBits) {
    return (mode & modeBits) != 0;
  }

  public boolean protectedMode() {
    return (mode & Mode.PROTECTED) != 0;
  }

  public boolean longMode() {
    return (efer & EFER_LMA) != 0;
  }

  /** #GP. */
  public GuestFault gp(int code) {
    return fault.of(GuestFault.GP, code);
  }

  /** #UD. */
  public GuestFault ud() {
    return fault.of(GuestFault.UD);
  }
}
