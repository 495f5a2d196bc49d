package org.jvmm.softcpu.exec;

import org.jvmm.core.mem.RawMemory;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.Events;
import org.jvmm.softcpu.cpu.Flags;
import org.jvmm.softcpu.cpu.Segmentation;
import org.jvmm.softcpu.isa.Insn;
import org.jvmm.softcpu.isa.Mode;

/**
 * MOVS, STOS, LODS, CMPS, SCAS. Each iteration of a repeated one commits, so that a fault or an
 * interrupt between two leaves the registers where the rest goes on. Where source and target are
 * ordinary memory, MOVS and STOS work in runs up to the page's end.
 */
final class Strings {
  private static final int RAX = 0, RCX = 1, RSI = 6, RDI = 7;

  /** Iterations between two looks at the events. */
  private static final int BATCH = 256;

  private Strings() {}

  static Binder binder(String mnemonic) {
    return switch (mnemonic) {
      case "movs" -> Binder.of((c, in) -> repeat(c, in, Strings::movs, Strings::moveRun));
      case "stos" -> Binder.of((c, in) -> repeat(c, in, Strings::stos, Strings::fillRun));
      case "lods" -> Binder.of((c, in) -> repeat(c, in, Strings::lods, (x, i, n) -> 0));
      case "cmps" -> Binder.of((c, in) -> repeatWhile(c, in, Strings::cmps));
      case "scas" -> Binder.of((c, in) -> repeatWhile(c, in, Strings::scas));
      default -> null;
    };
  }

  /** Does a number of iterations at once; returns how many it did. */
  @FunctionalInterface
  private interface Run {
    long execute(Cpu c, Insn in, long count);
  }

  /** Linear address of the source, DS:rSI or with another segment. */
  static long source(Cpu c, Insn in, int width) {
    long offset = c.gpr[RSI] & in.eaMask;
    return in.flat ? offset : Segmentation.linear(c, in.segment, offset, width, false);
  }

  /** Linear address of the target, ES:rDI. */
  static long target(Cpu c, Insn in, int width, boolean write) {
    long offset = c.gpr[RDI] & in.eaMask;
    return in.in(Mode.CODE64 | Mode.FLAT)
        ? offset
        : Segmentation.linear(c, Cpu.ES, offset, width, write);
  }

  /** Moves RSI or RDI over elements. */
  static void advance(Cpu c, Insn in, int register, long bytes) {
    long by = (c.flags & Flags.DF) != 0 ? -bytes : bytes;
    c.set(register, in.addressSize, c.gpr[register] + by);
  }

  static long count(Cpu c, Insn in) {
    return c.gpr[RCX] & in.eaMask;
  }

  static void setCount(Cpu c, Insn in, long count) {
    c.set(RCX, in.addressSize, count);
  }

  private static void repeat(Cpu c, Insn in, Handler.Semantics one, Run run) {
    if (!in.hasPrefix(Insn.REP | Insn.REPNE)) {
      one.execute(c, in);
      return;
    }
    long count = count(c, in);
    for (int batch = 0; count != 0; batch++) {
      if (batch > 0 && (batch == BATCH || !c.events.none())) {
        interrupt(c, batch);
        return;
      }
      long done = c.events.none() && (c.flags & Flags.DF) == 0 ? run.execute(c, in, count) : 0;
      if (done == 0) {
        one.execute(c, in);
        done = 1;
      }
      count -= done;
      setCount(c, in, count);
      c.io.commit();
    }
  }

  /** Looks at the events; lets another vCPU run when it takes long. */
  private static void interrupt(Cpu c, int batch) {
    c.runAgain();
    if (batch == BATCH) {
      c.events.post(Events.PAUSE);
    }
  }

  /** REPE and REPNE: ZF ends it too. */
  private static void repeatWhile(Cpu c, Insn in, Handler.Semantics one) {
    if (!in.hasPrefix(Insn.REP | Insn.REPNE)) {
      one.execute(c, in);
      return;
    }
    boolean whileZero = in.hasPrefix(Insn.REP);
    long count = count(c, in);
    for (int batch = 0; count != 0; batch++) {
      if (batch > 0 && (batch == BATCH || !c.events.none())) {
        interrupt(c, batch);
        return;
      }
      one.execute(c, in);
      setCount(c, in, --count);
      c.io.commit();
      if (Flags.zero(c) != whileZero) {
        return;
      }
    }
  }

  private static void movs(Cpu c, Insn in) {
    int width = in.width;
    long value = c.mmu.read(source(c, in, width), width);
    c.mmu.write(target(c, in, width, true), width, value);
    advance(c, in, RSI, width);
    advance(c, in, RDI, width);
  }

  private static void stos(Cpu c, Insn in) {
    c.mmu.write(target(c, in, in.width, true), in.width, c.gpr[RAX]);
    advance(c, in, RDI, in.width);
  }

  private static void lods(Cpu c, Insn in) {
    c.set(RAX, in.width, c.mmu.read(source(c, in, in.width), in.width));
    advance(c, in, RSI, in.width);
  }

  private static void cmps(Cpu c, Insn in) {
    int width = in.width;
    long a = c.mmu.read(source(c, in, width), width);
    long b = c.mmu.read(target(c, in, width, false), width);
    Flags.subtract(c, width, a, b, a - b);
    advance(c, in, RSI, width);
    advance(c, in, RDI, width);
  }

  private static void scas(Cpu c, Insn in) {
    int width = in.width;
    long a = c.gpr[RAX];
    long b = c.mmu.read(target(c, in, width, false), width);
    Flags.subtract(c, width, a, b, a - b);
    advance(c, in, RDI, width);
  }

  /** How many elements lie before the page's end, or 0 where segments are checked. */
  private static long untilPageEnd(Insn in, long address, long count) {
    if (!in.flat || in.addressSize == 2) {
      return 0;
    }
    return Math.min(count, (4096 - (address & 0xfff)) / in.width);
  }

  private static long moveRun(Cpu c, Insn in, long count) {
    long from = c.gpr[RSI] & in.eaMask;
    long to = c.gpr[RDI] & in.eaMask;
    long n = Math.min(untilPageEnd(in, from, count), untilPageEnd(in, to, count));
    long bytes = n * in.width;
    if (n < 2) {
      return 0;
    }
    long source = c.mmu.hostForReading(from);
    long target = source == 0 ? 0 : c.mmu.hostForWriting(to, bytes);
    if (target == 0 || target > source && target < source + bytes) {
      return 0;
    }
    RawMemory.copy(source, target, bytes);
    advance(c, in, RSI, bytes);
    advance(c, in, RDI, bytes);
    return n;
  }

  private static long fillRun(Cpu c, Insn in, long count) {
    long to = c.gpr[RDI] & in.eaMask;
    long n = untilPageEnd(in, to, count);
    long target = n < 2 ? 0 : c.mmu.hostForWriting(to, n * in.width);
    if (target == 0) {
      return 0;
    }
    long value = c.gpr[RAX];
    if (in.width == 1 || value == 0) {
      RawMemory.fill(target, n * in.width, (byte) value);
    } else {
      for (long at = target; at < target + n * in.width; at += in.width) {
        switch (in.width) {
          case 2 -> RawMemory.putShort(at, (short) value);
          case 4 -> RawMemory.putInt(at, (int) value);
          default -> RawMemory.putLong(at, value);
        }
      }
    }
    advance(c, in, RDI, n * in.width);
    return n;
  }
}
