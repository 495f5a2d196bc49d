package org.jvmm.softcpu.exec;

import java.lang.invoke.MethodHandles;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.isa.Insn;

/** Template: INC, DEC, NOT, NEG. */
final class AluOne extends Handler {
  private static final int KEY = Specializer.key(MethodHandles.lookup());
  private static final int OPERATION = Form.operation(KEY);
  private static final int WIDTH = Form.width(KEY);
  private static final boolean MEMORY = Form.memoryDestination(Form.form(KEY));

  AluOne() {}

  @Override
  public void execute(Cpu c, Insn in) {
    long a;
    long result;
    if (MEMORY) {
      long at = c.addressForWrite(in, WIDTH);
      a = c.mmu.readForWrite(at, WIDTH);
      result = Alu.one(OPERATION, a);
      c.mmu.write(at, WIDTH, result);
    } else {
      a = Form.first(c, in, WIDTH);
      result = Alu.one(OPERATION, a);
      Form.setFirst(c, in, WIDTH, result);
    }
    Alu.oneFlags(c, OPERATION, WIDTH, a, result);
  }
}
