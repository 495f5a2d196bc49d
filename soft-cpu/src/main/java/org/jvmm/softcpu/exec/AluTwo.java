package org.jvmm.softcpu.exec;

import java.lang.invoke.MethodHandles;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.Flags;
import org.jvmm.softcpu.isa.Insn;

/** Template: ADD, OR, ADC, SBB, AND, SUB, XOR, CMP, TEST. */
final class AluTwo extends Handler {
  private static final int KEY = Specializer.key(MethodHandles.lookup());
  private static final int OPERATION = Form.operation(KEY);
  private static final int WIDTH = Form.width(KEY);
  private static final int FORM = Form.form(KEY);
  private static final boolean WRITES = Alu.writes(OPERATION);
  private static final boolean CARRY_IN = OPERATION == Alu.ADC || OPERATION == Alu.SBB;

  AluTwo() {}

  @Override
  public void execute(Cpu c, Insn in) {
    long b = Form.second(c, in, WIDTH, FORM);
    long a;
    long result;
    int carry = CARRY_IN ? Flags.carryBit(c) : 0;
    if (!Form.memoryDestination(FORM)) {
      a = Form.first(c, in, WIDTH);
      result = Alu.two(OPERATION, a, b, carry);
      if (WRITES) {
        Form.setFirst(c, in, WIDTH, result);
      }
    } else if (WRITES) {
      long at = c.addressForWrite(in, WIDTH);
      a = c.mmu.readForWrite(at, WIDTH);
      result = Alu.two(OPERATION, a, b, carry);
      c.mmu.write(at, WIDTH, result);
    } else {
      a = c.mmu.read(c.address(in, WIDTH), WIDTH);
      result = Alu.two(OPERATION, a, b, carry);
    }
    Alu.twoFlags(c, OPERATION, WIDTH, a, b, result);
  }
}
