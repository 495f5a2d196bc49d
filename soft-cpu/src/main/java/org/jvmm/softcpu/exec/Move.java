package org.jvmm.softcpu.exec;

import java.lang.invoke.MethodHandles;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.Flags;
import org.jvmm.softcpu.isa.Insn;

/** Template: MOV between general registers, memory and immediates; MOVZX, MOVSX, MOVSXD. */
final class Move extends Handler {
  /** Operations: how the source becomes as wide as the destination. */
  static final int PLAIN = 0, ZERO_EXTEND = 1, SIGN_EXTEND = 2;

  private static final int KEY = Specializer.key(MethodHandles.lookup());
  private static final int OPERATION = Form.operation(KEY);
  private static final int WIDTH = Form.width(KEY);
  private static final int FORM = Form.form(KEY);
  private static final int SOURCE_WIDTH = OPERATION == PLAIN ? WIDTH : Form.sourceWidth(KEY);

  Move() {}

  @Override
  public void execute(Cpu c, Insn in) {
    long value = Form.second(c, in, SOURCE_WIDTH, FORM);
    if (OPERATION == ZERO_EXTEND) {
      value = Form.zero(value, SOURCE_WIDTH);
    } else if (OPERATION == SIGN_EXTEND) {
      value = Flags.signed(value, SOURCE_WIDTH);
    }
    if (Form.memoryDestination(FORM)) {
      c.mmu.write(c.addressForWrite(in, WIDTH), WIDTH, value);
    } else {
      Form.setFirst(c, in, WIDTH, value);
    }
  }
}
