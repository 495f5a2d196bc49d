package org.jvmm.softcpu.exec;

import java.security.SecureRandom;
import org.jvmm.core.accel.CpuState.Segment;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.Events;
import org.jvmm.softcpu.cpu.Flags;
import org.jvmm.softcpu.isa.Insn;
import org.jvmm.softcpu.isa.Mode;
import org.jvmm.softcpu.sys.ControlRegisters;
import org.jvmm.softcpu.sys.FastCalls;
import org.jvmm.softcpu.sys.MsrAccess;
import org.jvmm.softcpu.sys.SystemSegments;

/** Instructions of operating systems, and those that ask about the CPU. */
final class SystemControl implements Family {
  private static final int RAX = 0, RCX = 1, RDX = 2, RBX = 3;
  private static final SecureRandom RANDOM = new SecureRandom();

  @Override
  public Binder binder(String mnemonic) {
    return switch (mnemonic) {
      case "lgdt" -> Binder.of((c, in) -> loadTable(c, in, true));
      case "lidt" -> Binder.of((c, in) -> loadTable(c, in, false));
      case "sgdt" -> Binder.of((c, in) -> storeTable(c, in, c.gdtLimit, c.gdtBase));
      case "sidt" -> Binder.of((c, in) -> storeTable(c, in, c.idtLimit, c.idtBase));
      case "lldt" -> Binder.of((c, in) -> SystemSegments.loadLdt(c, (int) Form.load(c, in, 2)));
      case "ltr" -> Binder.of((c, in) -> SystemSegments.loadTask(c, (int) Form.load(c, in, 2)));
      case "sldt" -> Binder.of((c, in) -> storeWord(c, in, c.segments[Cpu.LDTR].selector));
      case "str" -> Binder.of((c, in) -> storeWord(c, in, c.segments[Cpu.TR].selector));
      case "smsw" -> Binder.of((c, in) -> storeWord(c, in, c.cr0));
      case "lmsw" -> Binder.of(SystemControl::lmsw);
      case "clts" -> Binder.of((c, in) -> ControlRegisters.writeCr0(c, withoutTs(c)));
      case "lar" ->
          Binder.of((c, in) -> query(c, in, SystemSegments.accessRights(c, selector(c, in))));
      case "lsl" -> Binder.of((c, in) -> query(c, in, SystemSegments.limit(c, selector(c, in))));
      case "verr" ->
          Binder.of((c, in) -> zero(c, SystemSegments.readable(c, (int) Form.load(c, in, 2))));
      case "verw" ->
          Binder.of((c, in) -> zero(c, SystemSegments.writable(c, (int) Form.load(c, in, 2))));
      case "arpl" -> Binder.of(SystemControl::arpl);
      case "rdmsr" -> Binder.of((c, in) -> setPair(c, MsrAccess.read(c, (int) c.gpr[RCX])));
      case "wrmsr" -> Binder.of((c, in) -> MsrAccess.write(c, (int) c.gpr[RCX], pair(c)));
      case "swapgs" -> Binder.of((c, in) -> FastCalls.swapGs(c));
      default -> others(mnemonic);
    };
  }

  private static Binder others(String mnemonic) {
    return switch (mnemonic) {
      case "invlpg" -> Binder.of(SystemControl::invlpg);
      case "invpcid" -> Binder.of(SystemControl::invpcid);
      case "invd", "wbinvd", "clflush", "clflushopt", "clwb" -> Binder.of((c, in) -> {});
      case "monitor", "mwait" -> Binder.of((c, in) -> requireKernel(c));
      case "clac" -> Binder.of((c, in) -> accessControl(c, c.flags & ~Flags.AC));
      case "stac" -> Binder.of((c, in) -> accessControl(c, c.flags | Flags.AC));
      case "pause" -> Binder.of((c, in) -> c.events.post(Events.PAUSE));
      case "rdtsc" -> Binder.of((c, in) -> setPair(c, tsc(c)));
      case "rdtscp" ->
          Binder.of(
              (c, in) -> {
                setPair(c, tsc(c));
                c.gpr[RCX] = c.msrs.tscAux;
              });
      case "rdpid" -> Binder.of((c, in) -> c.gpr[in.dst] = c.msrs.tscAux);
      case "rdpmc" ->
          Binder.of(
              (c, in) -> {
                throw c.gp(0);
              });
      case "rdrand", "rdseed" -> Binder.of(SystemControl::random);
      case "cpuid" -> Binder.of(SystemControl::cpuid);
      case "rdfsbase" -> Binder.of((c, in) -> readBase(c, in, Cpu.FS));
      case "rdgsbase" -> Binder.of((c, in) -> readBase(c, in, Cpu.GS));
      case "wrfsbase" -> Binder.of((c, in) -> writeBase(c, in, Cpu.FS));
      case "wrgsbase" -> Binder.of((c, in) -> writeBase(c, in, Cpu.GS));
      default -> null;
    };
  }

  /** EDX:EAX. */
  private static long pair(Cpu c) {
    return c.gpr[RDX] << 32 | c.gpr[RAX] & 0xffffffffL;
  }

  private static void setPair(Cpu c, long value) {
    c.gpr[RAX] = value & 0xffffffffL;
    c.gpr[RDX] = value >>> 32;
  }

  private static void loadTable(Cpu c, Insn in, boolean global) {
    int width = c.in(Mode.CODE64) ? 8 : 4;
    long at = c.address(in, 2 + width);
    int limit = (int) c.mmu.read(at, 2);
    long base = c.mmu.read(at + 2, width);
    if (width == 4 && in.operandSize == 2) {
      base &= 0xffffff;
    }
    if (width == 8 && !c.mmu.canonical(base)) {
      throw c.gp(0);
    }
    if (global) {
      c.gdtBase = base;
      c.gdtLimit = limit;
    } else {
      c.idtBase = base;
      c.idtLimit = limit;
    }
  }

  /** With CR4.UMIP only the kernel may see the tables' places. */
  private static void checkUmip(Cpu c) {
    if ((c.cr4 & Cpu.CR4_UMIP) != 0 && c.cpl > 0) {
      throw c.gp(0);
    }
  }

  private static void storeTable(Cpu c, Insn in, int limit, long base) {
    checkUmip(c);
    int width = c.in(Mode.CODE64) ? 8 : 4;
    long at = c.addressForWrite(in, 2 + width);
    c.mmu.probeWrite(at, 2 + width);
    c.mmu.write(at, 2, limit);
    c.mmu.write(at + 2, width, base);
  }

  /** Memory gets 16 bits; a register its whole operand size. */
  private static void storeWord(Cpu c, Insn in, int value) {
    checkUmip(c);
    int width = in.memory == 0 ? 2 : in.operandSize;
    Form.store(c, in, width, value & 0xffffffffL);
  }

  private static void lmsw(Cpu c, Insn in) {
    int value = (int) Form.load(c, in, 2) & 0xf | c.cr0 & Cpu.CR0_PE;
    ControlRegisters.writeCr0(c, (c.cr0 & ~0xf | value) & 0xffffffffL);
  }

  private static long withoutTs(Cpu c) {
    return c.cr0 & ~Cpu.CR0_TS & 0xffffffffL;
  }

  private static int selector(Cpu c, Insn in) {
    return (int) Form.loadSecond(c, in, 2);
  }

  private static void query(Cpu c, Insn in, long answer) {
    zero(c, answer != -1);
    if (answer != -1) {
      c.set(in.dst, in.operandSize, answer);
    }
  }

  private static void zero(Cpu c, boolean set) {
    int flags = Flags.arithmetic(c);
    Flags.setArithmetic(c, set ? flags | Flags.ZF : flags & ~Flags.ZF);
  }

  private static void arpl(Cpu c, Insn in) {
    int selector = (int) Form.loadForWrite(c, in, 2);
    int rpl = (int) c.gpr[in.src] & 3;
    boolean raise = (selector & 3) < rpl;
    if (raise) {
      Form.store(c, in, 2, selector & ~3 | rpl);
    }
    zero(c, raise);
  }

  private static void invlpg(Cpu c, Insn in) {
    long base = c.in(Mode.CODE64) && in.segment < Cpu.FS ? 0 : c.segments[in.segment].base;
    long address = c.effective(in) + base;
    c.mmu.invalidate(c.longMode() ? address : address & 0xffffffffL);
  }

  /** Only the present PCID has translations: {@link org.jvmm.softcpu.mmu.Mmu#switchTables}. */
  private static void invpcid(Cpu c, Insn in) {
    long at = c.address(in, 16);
    long pcid = c.mmu.read(at, 8);
    long address = c.mmu.read(at + 8, 8);
    long type = Form.zero(c.gpr[in.dst], c.in(Mode.CODE64) ? 8 : 4);
    boolean noPcids = (c.cr4 & Cpu.CR4_PCIDE) == 0;
    if (Long.compareUnsigned(type, 3) > 0
        || type < 2 && (pcid >>> 12 != 0 || noPcids && pcid != 0)
        || type == 0 && !c.mmu.canonical(address)) {
      throw c.gp(0);
    }
    switch ((int) type) {
      case 0 -> c.mmu.invalidate(address);
      case 2 -> c.mmu.flush();
      default -> c.mmu.flushLocal();
    }
  }

  private static void requireKernel(Cpu c) {
    if (!c.cpuid.has("monitor") || c.cpl > 0) {
      throw c.ud();
    }
  }

  private static void accessControl(Cpu c, int flags) {
    if (c.cpl > 0) {
      throw c.ud();
    }
    c.flags = flags;
    c.rightsChanged();
  }

  private static long tsc(Cpu c) {
    if ((c.cr4 & Cpu.CR4_TSD) != 0 && c.cpl > 0) {
      throw c.gp(0);
    }
    return c.tsc();
  }

  private static void random(Cpu c, Insn in) {
    c.set(in.dst, in.operandSize, RANDOM.nextLong());
    Flags.setArithmetic(c, Flags.CF);
  }

  private static void cpuid(Cpu c, Insn in) {
    int[] out = new int[4];
    c.cpuid.query(c, (int) c.gpr[RAX], (int) c.gpr[RCX], out);
    c.gpr[RAX] = out[0] & 0xffffffffL;
    c.gpr[RBX] = out[1] & 0xffffffffL;
    c.gpr[RCX] = out[2] & 0xffffffffL;
    c.gpr[RDX] = out[3] & 0xffffffffL;
  }

  private static void readBase(Cpu c, Insn in, int segment) {
    FastCalls.checkBaseAccess(c);
    c.set(in.dst, in.operandSize == 8 ? 8 : 4, c.segments[segment].base);
  }

  private static void writeBase(Cpu c, Insn in, int segment) {
    FastCalls.checkBaseAccess(c);
    Segment s = c.segments[segment];
    long base = in.operandSize == 8 ? c.gpr[in.dst] : c.gpr[in.dst] & 0xffffffffL;
    if (!c.mmu.canonical(base)) {
      throw c.gp(0);
    }
    s.base = base;
  }
}
