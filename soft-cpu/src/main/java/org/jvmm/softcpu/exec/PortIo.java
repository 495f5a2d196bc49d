package org.jvmm.softcpu.exec;

import org.jvmm.core.accel.CpuState.Segment;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.Flags;
import org.jvmm.softcpu.cpu.PendingIo;
import org.jvmm.softcpu.isa.Insn;
import org.jvmm.softcpu.isa.Mode;
import org.jvmm.softcpu.sys.DebugControl;

/**
 * IN, OUT, INS, OUTS. A repeated one exits with as many items as lie in one page of ordinary
 * memory.
 */
final class PortIo implements Family {
  private static final int RAX = 0, RDX = 2, RSI = 6, RDI = 7;

  /** Offset of the I/O map's base in the 32-bit and 64-bit TSS. */
  private static final int IO_MAP = 102;

  @Override
  public Binder binder(String mnemonic) {
    return switch (mnemonic) {
      case "in" -> Binder.of(PortIo::in);
      case "out" -> Binder.of(PortIo::out);
      case "ins" -> Binder.of((c, in) -> string(c, in, true));
      case "outs" -> Binder.of((c, in) -> string(c, in, false));
      default -> null;
    };
  }

  private static void in(Cpu c, Insn in) {
    int port = in.kind(1) == Insn.IMM ? (int) in.imm : (int) c.gpr[RDX] & 0xffff;
    check(c, port, in.width);
    c.set(RAX, in.width, c.io.portRead(port, in.width));
  }

  private static void out(Cpu c, Insn in) {
    int width = in.srcWidth;
    int port = in.kind(0) == Insn.IMM ? (int) in.imm : (int) c.gpr[RDX] & 0xffff;
    check(c, port, width);
    c.io.portWrite(port, width, c.gpr[RAX]);
  }

  private static void check(Cpu c, int port, int width) {
    checkRights(c, port, width);
    DebugControl.portAccessed(c, port, width);
  }

  /** #GP(0) unless IOPL or the TSS' permission map allows it (SDM vol. 1 section 19.5). */
  private static void checkRights(Cpu c, int port, int width) {
    boolean virtual = c.in(Mode.VM86);
    if (!virtual && (!c.protectedMode() || c.cpl <= (c.flags & Flags.IOPL) >> 12)) {
      return;
    }
    Segment tss = c.segments[Cpu.TR];
    long limit = tss.limit & 0xffffffffL;
    if (tss.unusable || (tss.access & 8) == 0 || limit < IO_MAP + 1) {
      throw c.gp(0);
    }
    long at = c.mmu.readSystem(tss.base + IO_MAP, 2) + (port >> 3);
    if (at + 1 > limit) {
      throw c.gp(0);
    }
    long bits = c.mmu.readSystem(tss.base + at, 2) >>> (port & 7);
    if ((bits & (1 << width) - 1) != 0) {
      throw c.gp(0);
    }
  }

  private static void string(Cpu c, Insn in, boolean input) {
    int width = input ? in.width : in.srcWidth;
    int port = (int) c.gpr[RDX] & 0xffff;
    check(c, port, width);
    if (!in.hasPrefix(Insn.REP | Insn.REPNE)) {
      one(c, in, port, width, input);
      return;
    }
    long count = Strings.count(c, in);
    if (count == 0) {
      return;
    }
    long done;
    if (c.io.takeAnswer()) {
      done = finishRun(c, in, width, input);
    } else {
      long most = count < 0 ? PendingIo.MAX_ITEMS : Math.min(count, PendingIo.MAX_ITEMS);
      int items = (int) Math.min(run(c, in, width, input), most);
      if (items > 1) {
        startRun(c, in, port, width, input, items);
      }
      one(c, in, port, width, input);
      done = 1;
    }
    Strings.setCount(c, in, count - done);
    c.io.commit();
    if (count != done) {
      c.runAgain();
    }
  }

  private static void one(Cpu c, Insn in, int port, int width, boolean input) {
    if (input) {
      long at = Strings.target(c, in, width, true);
      c.mmu.probeWrite(at, width);
      c.mmu.write(at, width, c.io.portRead(port, width));
      Strings.advance(c, in, RDI, width);
    } else {
      c.io.portWrite(port, width, c.mmu.read(Strings.source(c, in, width), width));
      Strings.advance(c, in, RSI, width);
    }
  }

  /** How many items from here lie in one page of ordinary memory; 1 where that is not simple. */
  private static long run(Cpu c, Insn in, int width, boolean input) {
    if ((c.flags & Flags.DF) != 0) {
      return 1;
    }
    long offset = c.gpr[input ? RDI : RSI] & in.eaMask;
    int last = (int) Math.min(4095 - (offset & 0xfff), in.eaMask >>> 1);
    int items = (last + 1) / width;
    if (items < 2) {
      return 1;
    }
    int first = 1;
    long at = input ? Strings.target(c, in, width, true) : Strings.source(c, in, width);
    while (first < items && (at + (long) (first + 1) * width - 1 & -4096) == (at & -4096)) {
      first++;
    }
    if (!within(c, in, offset, first * width, input)) {
      return 1;
    }
    boolean ordinary;
    if (input) {
      c.mmu.probeWrite(at, 1);
      ordinary = c.mmu.hostForWrite(at, 1) != 0;
    } else {
      c.mmu.probeRead(at);
      ordinary = c.mmu.hostForRead(at, 1) != 0;
    }
    return ordinary ? first : 1;
  }

  private static boolean within(Cpu c, Insn in, long offset, int bytes, boolean input) {
    int segment = input ? Cpu.ES : in.segment;
    return c.in(Mode.CODE64)
        || org.jvmm.softcpu.cpu.Segmentation.contains(c, c.segments[segment], offset, bytes);
  }

  private static void startRun(Cpu c, Insn in, int port, int width, boolean input, int items) {
    if (!input) {
      long at = Strings.source(c, in, width);
      for (int i = 0; i < items; i++) {
        c.io.put(i, c.mmu.read(at + (long) i * width, width));
      }
    }
    throw c.io.portString(input, port, width, items);
  }

  private static long finishRun(Cpu c, Insn in, int width, boolean input) {
    int items = c.io.count();
    if (input) {
      long at = Strings.target(c, in, width, true);
      for (int i = 0; i < items; i++) {
        c.mmu.write(at + (long) i * width, width, c.io.data(i));
      }
    }
    Strings.advance(c, in, input ? RDI : RSI, (long) items * width);
    return items;
  }
}
