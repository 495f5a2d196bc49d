package org.jvmm.softcpu.exec;

import java.lang.invoke.MethodHandles;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.Flags;
import org.jvmm.softcpu.isa.Insn;
import org.jvmm.softcpu.isa.Mode;

/** Near jumps, calls, returns and loops. */
final class Branches implements Family {
  private static final int RCX = 1;

  @Override
  public Binder binder(String mnemonic) {
    return switch (mnemonic) {
      case "jmp" ->
          in -> in.kind(0) == Insn.REL ? get(Jump.class, 0, in) : get(JumpTo.class, 0, in);
      case "call" -> Branches::call;
      case "ret" -> in -> get(Return.class, Stack.shape(in), in);
      case "loop" -> Binder.of((c, in) -> loop(c, in, true));
      case "loope" -> Binder.of((c, in) -> loop(c, in, Flags.zero(c)));
      case "loopne" -> Binder.of((c, in) -> loop(c, in, !Flags.zero(c)));
      case "jcxz" -> Binder.of(Branches::jcxz);
      default -> conditional(mnemonic);
    };
  }

  private static Binder conditional(String mnemonic) {
    if (!mnemonic.startsWith("j") || mnemonic.length() > 3) {
      return null;
    }
    return in -> get(Conditional.Jump.class, in.op.opcode & 0xf, in);
  }

  private static Handler call(Insn in) {
    Class<? extends Handler> template = in.kind(0) == Insn.REL ? Call.class : CallTo.class;
    return get(template, Stack.shape(in), in);
  }

  private static Handler get(Class<? extends Handler> template, int operation, Insn in) {
    int form = in.memory == 0 ? Form.MR : Form.RR;
    return Specializer.get(template, Form.key(operation, in.operandSize, form));
  }

  /** Jumps by the instruction's offset. */
  static void relative(Cpu c, Insn in, int width) {
    jump(c, width, c.gpr[Insn.RIP] + in.imm);
  }

  /** Sets the instruction pointer to an operand-size wide target. */
  static void jump(Cpu c, int width, long target) {
    if (width == 8) {
      c.rip = target;
    } else {
      c.rip = checked(c, target & (width == 4 ? 0xffffffffL : 0xffff));
    }
  }

  /** A target beyond the limit of CS faults at the jump. */
  private static long checked(Cpu c, long target) {
    if (!c.in(Mode.FLAT) && target > (c.segments[Cpu.CS].limit & 0xffffffffL)) {
      throw c.gp(0);
    }
    return target;
  }

  /** Template: JMP rel. */
  static final class Jump extends Handler {
    private static final int WIDTH = Form.width(Specializer.key(MethodHandles.lookup()));

    Jump() {}

    @Override
    public void execute(Cpu c, Insn in) {
      relative(c, in, WIDTH);
    }
  }

  /** Template: JMP r/m. */
  static final class JumpTo extends Handler {
    private static final int KEY = Specializer.key(MethodHandles.lookup());
    private static final int WIDTH = Form.width(KEY);
    private static final int FORM = Form.form(KEY);

    JumpTo() {}

    @Override
    public void execute(Cpu c, Insn in) {
      jump(c, WIDTH, target(c, in, WIDTH, FORM));
    }
  }

  private static long target(Cpu c, Insn in, int width, int form) {
    return form == Form.MR ? c.mmu.read(c.address(in, width), width) : c.gpr[in.dst];
  }

  /** Template: CALL rel. */
  static final class Call extends Handler {
    private static final int KEY = Specializer.key(MethodHandles.lookup());
    private static final int SHAPE = Form.operation(KEY);
    private static final int WIDTH = Form.width(KEY);

    Call() {}

    @Override
    public void execute(Cpu c, Insn in) {
      callTo(c, in, SHAPE, WIDTH, c.gpr[Insn.RIP] + in.imm);
    }
  }

  /** Template: CALL r/m. */
  static final class CallTo extends Handler {
    private static final int KEY = Specializer.key(MethodHandles.lookup());
    private static final int SHAPE = Form.operation(KEY);
    private static final int WIDTH = Form.width(KEY);
    private static final int FORM = Form.form(KEY);

    CallTo() {}

    @Override
    public void execute(Cpu c, Insn in) {
      callTo(c, in, SHAPE, WIDTH, target(c, in, WIDTH, FORM));
    }
  }

  private static void callTo(Cpu c, Insn in, int shape, int width, long target) {
    if (width != 8) {
      checked(c, target & (width == 4 ? 0xffffffffL : 0xffff));
    }
    Stack.push(c, shape, width, c.next(in));
    jump(c, width, target);
  }

  /** Template: RET, with or without bytes to drop. */
  static final class Return extends Handler {
    private static final int KEY = Specializer.key(MethodHandles.lookup());
    private static final int SHAPE = Form.operation(KEY);
    private static final int WIDTH = Form.width(KEY);

    Return() {}

    @Override
    public void execute(Cpu c, Insn in) {
      jump(c, WIDTH, Stack.peek(c, SHAPE, WIDTH));
      Stack.drop(c, SHAPE, WIDTH + in.imm);
    }
  }

  private static void loop(Cpu c, Insn in, boolean condition) {
    long count = c.gpr[RCX] - 1 & in.eaMask;
    if (count != 0 && condition) {
      relative(c, in, in.operandSize);
    }
    c.set(RCX, in.addressSize, count);
  }

  private static void jcxz(Cpu c, Insn in) {
    if ((c.gpr[RCX] & in.eaMask) == 0) {
      relative(c, in, in.operandSize);
    }
  }
}
