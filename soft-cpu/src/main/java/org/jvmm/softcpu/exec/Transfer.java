package org.jvmm.softcpu.exec;

import java.lang.invoke.MethodHandles;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.Flags;
import org.jvmm.softcpu.cpu.Segmentation;
import org.jvmm.softcpu.isa.Insn;

/** Data movement: MOV and its relatives, exchanges, the stack, flags, strings. */
final class Transfer implements Family {
  private static final int RAX = 0, RCX = 1, RDX = 2, RBX = 3;
  private static final Handler NOP = Handler.of((c, in) -> {});
  private static final Handler XCHG = Handler.of(Transfer::xchg);

  @Override
  public Binder binder(String mnemonic) {
    return switch (mnemonic) {
      case "mov" -> Transfer::mov;
      case "movnti" -> in -> move(in, Move.PLAIN);
      case "movzx" -> in -> move(in, Move.ZERO_EXTEND);
      case "movsx", "movsxd" -> in -> move(in, Move.SIGN_EXTEND);
      case "lea" -> in -> template(Lea.class, 0, in);
      case "xchg" -> in -> in.op.opcode == 0x90 && in.dst == 0 ? NOP : XCHG;
      case "push" -> Transfer::push;
      case "pop" -> Transfer::pop;
      case "pusha" -> Binder.of(PushPop::pusha);
      case "popa" -> Binder.of(PushPop::popa);
      case "pushf" -> Binder.of(PushPop::pushf);
      case "popf" -> Binder.of(PushPop::popf);
      case "enter" -> Binder.of(PushPop::enter);
      case "leave" -> Binder.of(PushPop::leave);
      case "nop", "prefetch", "prefetchw", "lfence", "mfence", "sfence" -> in -> NOP;
      default -> others(mnemonic);
    };
  }

  private static Binder others(String mnemonic) {
    if (mnemonic.startsWith("cmov")) {
      return in -> template(Conditional.Move.class, in.op.opcode & 0xf, in);
    }
    if (mnemonic.startsWith("set")) {
      return in -> template(Conditional.Set.class, in.op.opcode & 0xf, in);
    }
    return switch (mnemonic) {
      case "cmpxchg" -> Binder.of(Transfer::cmpxchg);
      case "cmpxchg8b" -> Binder.of(Transfer::cmpxchgWide);
      case "xadd" -> Binder.of(Transfer::xadd);
      case "movbe" -> Binder.of(Transfer::movbe);
      case "xlat" -> Binder.of(Transfer::xlat);
      case "lahf" -> Binder.of((c, in) -> c.setByte(RAX, 8, Flags.arithmetic(c) | Flags.FIXED));
      case "sahf" -> Binder.of(Transfer::sahf);
      case "salc" -> Binder.of((c, in) -> c.set(RAX, 1, Flags.carry(c) ? 0xff : 0));
      case "clc" -> Binder.of((c, in) -> Flags.setCarry(c, false));
      case "stc" -> Binder.of((c, in) -> Flags.setCarry(c, true));
      case "cmc" -> Binder.of((c, in) -> Flags.setCarry(c, !Flags.carry(c)));
      case "cld" -> Binder.of((c, in) -> c.flags &= ~Flags.DF);
      case "std" -> Binder.of((c, in) -> c.flags |= Flags.DF);
      default -> Strings.binder(mnemonic);
    };
  }

  private static Handler template(Class<? extends Handler> template, int operation, Insn in) {
    return Specializer.get(template, Form.key(operation, in.width, Form.of(in)));
  }

  private static Handler move(Insn in, int operation) {
    return Specializer.get(Move.class, Form.key(operation, in.width, Form.of(in), in.srcWidth));
  }

  /** MOV with segment, control and debug registers belongs to the system's families. */
  private static Handler mov(Insn in) {
    for (int i = 0; i < 2; i++) {
      int kind = in.kind(i);
      if (kind == Insn.SEG || kind == Insn.CR || kind == Insn.DR) {
        return SystemMoves.bind(in, kind, i);
      }
    }
    return move(in, Move.PLAIN);
  }

  private static Handler push(Insn in) {
    return in.kind(0) == Insn.SEG ? SystemMoves.PUSH_SEGMENT : PushPop.bindPush(in);
  }

  private static Handler pop(Insn in) {
    return in.kind(0) == Insn.SEG ? SystemMoves.POP_SEGMENT : PushPop.bindPop(in);
  }

  /** Template: LEA. */
  static final class Lea extends Handler {
    private static final int WIDTH = Form.width(Specializer.key(MethodHandles.lookup()));

    Lea() {}

    @Override
    public void execute(Cpu c, Insn in) {
      c.set(in.dst, WIDTH, c.effective(in));
    }
  }

  private static void xchg(Cpu c, Insn in) {
    int width = in.width;
    long b = Form.second(c, in, width, Form.RR);
    long a = Form.loadForWrite(c, in, width);
    Form.store(c, in, width, b);
    Form.setSecond(c, in, width, a);
  }

  /** The destination is written in any case (SDM vol. 2, CMPXCHG). */
  private static void cmpxchg(Cpu c, Insn in) {
    int width = in.width;
    long a = Form.loadForWrite(c, in, width);
    long accumulator = Form.zero(c.gpr[RAX], width);
    if (a == accumulator) {
      Form.store(c, in, width, Form.second(c, in, width, Form.RR));
    } else {
      if (in.memory == 0) {
        Form.store(c, in, width, a);
      }
      c.set(RAX, width, a);
    }
    Flags.subtract(c, width, accumulator, a, accumulator - a);
  }

  /** CMPXCHG8B, CMPXCHG16B. */
  private static void cmpxchgWide(Cpu c, Insn in) {
    int half = in.operandSize == 8 ? 8 : 4;
    long at = c.addressForWrite(in, 2 * half);
    if (half == 8 && (at & 15) != 0) {
      throw c.gp(0);
    }
    c.mmu.probeWrite(at, 2 * half);
    long low = c.mmu.readForWrite(at, half);
    long high = c.mmu.readForWrite(at + half, half);
    boolean equal = low == Form.zero(c.gpr[RAX], half) && high == Form.zero(c.gpr[RDX], half);
    c.mmu.write(at, half, equal ? c.gpr[RBX] : low);
    c.mmu.write(at + half, half, equal ? c.gpr[RCX] : high);
    if (!equal) {
      c.set(RAX, half, low);
      c.set(RDX, half, high);
    }
    int flags = Flags.arithmetic(c);
    Flags.setArithmetic(c, equal ? flags | Flags.ZF : flags & ~Flags.ZF);
  }

  private static void xadd(Cpu c, Insn in) {
    int width = in.width;
    long b = Form.second(c, in, width, Form.RR);
    long a = Form.loadForWrite(c, in, width);
    long sum = a + b;
    if (in.memory == 0) {
      Form.store(c, in, width, sum);
      Form.setSecond(c, in, width, a);
    } else {
      Form.setSecond(c, in, width, a);
      Form.store(c, in, width, sum);
    }
    Flags.add(c, width, a, b, sum);
  }

  private static void movbe(Cpu c, Insn in) {
    int width = in.width;
    int unused = 64 - 8 * width;
    if (in.memory == 0) {
      Form.store(c, in, width, Long.reverseBytes(c.gpr[in.src]) >>> unused);
    } else {
      long value = c.mmu.read(c.address(in, width), width);
      c.set(in.dst, width, Long.reverseBytes(value) >>> unused);
    }
  }

  private static void xlat(Cpu c, Insn in) {
    long offset = c.gpr[RBX] + (c.gpr[RAX] & 0xff) & in.eaMask;
    long at = in.flat ? offset : Segmentation.linear(c, in.segment, offset, 1, false);
    c.set(RAX, 1, c.mmu.read(at, 1));
  }

  private static void sahf(Cpu c, Insn in) {
    int kept = Flags.overflow(c) ? Flags.OF : 0;
    int loaded = Flags.ARITHMETIC & ~Flags.OF;
    Flags.setArithmetic(c, kept | (int) (c.gpr[RAX] >> 8) & loaded);
  }
}
