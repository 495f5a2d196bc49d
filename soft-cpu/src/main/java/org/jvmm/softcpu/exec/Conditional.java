package org.jvmm.softcpu.exec;

import java.lang.invoke.MethodHandles;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.Flags;
import org.jvmm.softcpu.isa.Insn;

/** Templates of the instructions that look at a condition. */
final class Conditional {
  private Conditional() {}

  /** SETcc. */
  static final class Set extends Handler {
    private static final int KEY = Specializer.key(MethodHandles.lookup());
    private static final int CONDITION = Form.operation(KEY);

    Set() {}

    @Override
    public void execute(Cpu c, Insn in) {
      Form.store(c, in, 1, Flags.test(c, CONDITION) ? 1 : 0);
    }
  }

  /** CMOVcc: the source is read, and a 32-bit destination's upper half cleared, in any case. */
  static final class Move extends Handler {
    private static final int KEY = Specializer.key(MethodHandles.lookup());
    private static final int CONDITION = Form.operation(KEY);
    private static final int WIDTH = Form.width(KEY);
    private static final int FORM = Form.form(KEY);

    Move() {}

    @Override
    public void execute(Cpu c, Insn in) {
      long value = Form.second(c, in, WIDTH, FORM);
      c.set(in.dst, WIDTH, Flags.test(c, CONDITION) ? value : c.gpr[in.dst]);
    }
  }

  /** Jcc; the operation holds the condition, the width is that of the instruction pointer. */
  static final class Jump extends Handler {
    private static final int KEY = Specializer.key(MethodHandles.lookup());
    private static final int CONDITION = Form.operation(KEY);
    private static final int WIDTH = Form.width(KEY);

    Jump() {}

    @Override
    public void execute(Cpu c, Insn in) {
      if (Flags.test(c, CONDITION)) {
        Branches.relative(c, in, WIDTH);
      }
    }
  }
}
