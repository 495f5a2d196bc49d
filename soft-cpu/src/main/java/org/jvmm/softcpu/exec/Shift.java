package org.jvmm.softcpu.exec;

import java.lang.invoke.MethodHandles;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.isa.Insn;

/** Template: ROL, ROR, RCL, RCR, SHL, SHR, SAR by an immediate or CL. */
final class Shift extends Handler {
  private static final int KEY = Specializer.key(MethodHandles.lookup());
  private static final int OPERATION = Form.operation(KEY);
  private static final int WIDTH = Form.width(KEY);
  private static final int FORM = Form.form(KEY);

  /** SDM vol. 2, SHL: the count is masked to 5 bits, 6 with 64-bit operands. */
  private static final int COUNT = WIDTH == 8 ? 0x3f : 0x1f;

  Shift() {}

  @Override
  public void execute(Cpu c, Insn in) {
    boolean memory = Form.memoryDestination(FORM);
    int count = (int) Form.second(c, in, 1, FORM) & COUNT;
    if (memory) {
      long at = c.addressForWrite(in, WIDTH);
      long a = c.mmu.readForWrite(at, WIDTH);
      if (count != 0) {
        shiftMemory(c, at, a, count);
      }
    } else if (count != 0) {
      long a = Form.zero(Form.first(c, in, WIDTH), WIDTH);
      Form.setFirst(c, in, WIDTH, Alu.shift(c, OPERATION, WIDTH, a, count));
    } else if (WIDTH == 4) {
      c.gpr[in.dst] &= 0xffffffffL;
    }
  }

  /** The flags must not change when the store leaves the instruction for a device. */
  private static void shiftMemory(Cpu c, long at, long a, int count) {
    long flagResult = c.flagResult;
    int flagAux = c.flagAux;
    long result = Alu.shift(c, OPERATION, WIDTH, a, count);
    long newResult = c.flagResult;
    int newAux = c.flagAux;
    c.flagResult = flagResult;
    c.flagAux = flagAux;
    c.mmu.write(at, WIDTH, result);
    c.flagResult = newResult;
    c.flagAux = newAux;
  }
}
