package org.jvmm.softcpu.exec;

import java.lang.invoke.MethodHandles;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.Flags;
import org.jvmm.softcpu.cpu.Segmentation;
import org.jvmm.softcpu.isa.Insn;
import org.jvmm.softcpu.isa.Mode;

/** PUSH, POP and relatives. In the templates' keys the operation is the stack's shape. */
final class PushPop {
  private static final int RSP = 4, RBP = 5;

  private PushPop() {}

  static Handler bindPush(Insn in) {
    int form = in.kind(0) == Insn.IMM ? Form.RI : in.memory == 0 ? Form.MR : Form.RR;
    return Specializer.get(Push.class, Form.key(Stack.shape(in), in.operandSize, form));
  }

  static Handler bindPop(Insn in) {
    return Specializer.get(Pop.class, Form.key(Stack.shape(in), in.operandSize, Form.of(in)));
  }

  /** Template: PUSH of a register, immediate or memory. */
  static final class Push extends Handler {
    private static final int KEY = Specializer.key(MethodHandles.lookup());
    private static final int SHAPE = Form.operation(KEY);
    private static final int WIDTH = Form.width(KEY);
    private static final int FORM = Form.form(KEY);

    Push() {}

    @Override
    public void execute(Cpu c, Insn in) {
      long value;
      if (FORM == Form.RI) {
        value = in.imm;
      } else if (FORM == Form.MR) {
        value = c.mmu.read(c.address(in, WIDTH), WIDTH);
      } else {
        value = c.gpr[in.dst];
      }
      Stack.push(c, SHAPE, WIDTH, value);
    }
  }

  /**
   * Template: POP into a register or memory, whose address is computed after RSP was incremented.
   */
  static final class Pop extends Handler {
    private static final int KEY = Specializer.key(MethodHandles.lookup());
    private static final int SHAPE = Form.operation(KEY);
    private static final int WIDTH = Form.width(KEY);
    private static final boolean MEMORY = Form.memoryDestination(Form.form(KEY));

    Pop() {}

    @Override
    public void execute(Cpu c, Insn in) {
      long value = Stack.peek(c, SHAPE, WIDTH);
      if (!MEMORY) {
        Stack.drop(c, SHAPE, WIDTH);
        c.set(in.dst, WIDTH, value);
        return;
      }
      long sp = c.gpr[RSP];
      Stack.drop(c, SHAPE, WIDTH);
      long after = c.gpr[RSP];
      long offset = c.effective(in);
      c.gpr[RSP] = sp;
      long at = in.flat ? offset : Segmentation.linear(c, in.segment, offset, WIDTH, true);
      c.mmu.write(at, WIDTH, value);
      c.gpr[RSP] = after;
    }
  }

  /** PUSHA: the stack pointer's value is that before the first push. */
  static void pusha(Cpu c, Insn in) {
    int width = in.operandSize;
    long mask = Stack.mask(c);
    long sp = c.gpr[RSP];
    // All eight must be writable before the stack pointer moves.
    for (int i = 7; i >= 0; i--) {
      long at = sp - (long) (i + 1) * width & mask;
      c.mmu.write(Stack.linear(c, at, width, true), width, c.gpr[i]);
    }
    Stack.setPointer(c, sp - 8L * width);
  }

  static void popa(Cpu c, Insn in) {
    int width = in.operandSize;
    long mask = Stack.mask(c);
    long sp = c.gpr[RSP];
    long[] values = new long[8];
    for (int i = 7; i >= 0; i--) {
      long at = sp + (long) (7 - i) * width & mask;
      values[i] = c.mmu.read(Stack.linear(c, at, width, false), width);
    }
    for (int i = 0; i < 8; i++) {
      if (i != RSP) {
        c.set(i, width, values[i]);
      }
    }
    Stack.setPointer(c, sp + 8L * width);
  }

  static void pushf(Cpu c, Insn in) {
    if (c.in(Mode.VM86) && (c.flags & Flags.IOPL) != Flags.IOPL) {
      if ((c.cr4 & Cpu.CR4_VME) == 0 || in.operandSize != 2) {
        throw c.gp(0);
      }
      int virtual = Flags.get(c) & ~Flags.IF | Flags.IOPL;
      virtual |= (c.flags & Flags.VIF) != 0 ? Flags.IF : 0;
      Stack.push(c, Stack.shape(in), 2, virtual);
      return;
    }
    Stack.push(c, Stack.shape(in), in.operandSize, Flags.get(c) & ~(Flags.VM | Flags.RF));
  }

  /** POPF: which flags change depends on CPL and IOPL (SDM vol. 2 table 4-16). */
  static void popf(Cpu c, Insn in) {
    int width = in.operandSize;
    int iopl = (c.flags & Flags.IOPL) >> 12;
    boolean virtual = c.in(Mode.VM86) && iopl < 3;
    if (virtual && ((c.cr4 & Cpu.CR4_VME) == 0 || width != 2)) {
      throw c.gp(0);
    }
    int value = (int) Stack.peek(c, Stack.shape(in), width);
    int writable = Flags.ARITHMETIC | Flags.TF | Flags.DF | Flags.NT;
    writable |= width > 2 ? Flags.AC | Flags.ID : 0;
    boolean real = !c.in(Mode.PROTECTED | Mode.VM86);
    writable |= real || c.cpl == 0 ? Flags.IOPL : 0;
    writable |= real || c.cpl <= iopl && !c.in(Mode.VM86) || iopl == 3 ? Flags.IF : 0;
    if (virtual) {
      boolean enable = (value & Flags.IF) != 0;
      if (enable && (c.flags & Flags.VIP) != 0 || (value & Flags.TF) != 0) {
        throw c.gp(0);
      }
      c.flags = enable ? c.flags | Flags.VIF : c.flags & ~Flags.VIF;
      writable &= ~Flags.IF;
    }
    Stack.drop(c, Stack.shape(in), width);
    int old = Flags.get(c) & (width > 2 ? ~Flags.RF : -1);
    Flags.set(c, old & ~writable | value & writable);
    c.flagsChanged();
  }

  static void enter(Cpu c, Insn in) {
    int width = in.operandSize;
    int level = in.imm2 & 0x1f;
    long mask = Stack.mask(c);
    long sp = c.gpr[RSP] - width & mask;
    long bp = c.gpr[RBP];
    c.mmu.write(Stack.linear(c, sp, width, true), width, bp);
    long frame = sp;
    for (int i = 1; i < level; i++) {
      bp = bp - width;
      long outer = c.mmu.read(Stack.linear(c, bp & mask, width, false), width);
      sp = sp - width & mask;
      c.mmu.write(Stack.linear(c, sp, width, true), width, outer);
    }
    if (level > 0) {
      sp = sp - width & mask;
      c.mmu.write(Stack.linear(c, sp, width, true), width, frame);
    }
    sp = sp - in.imm & mask;
    // The new top must be writable (SDM vol. 2, ENTER).
    c.mmu.readForWrite(Stack.linear(c, sp, width, true), width);
    c.set(RBP, width, frame);
    Stack.setPointer(c, sp);
  }

  static void leave(Cpu c, Insn in) {
    int width = in.operandSize;
    long bp = c.gpr[RBP] & Stack.mask(c);
    long value = c.mmu.read(Stack.linear(c, bp, width, false), width);
    Stack.setPointer(c, bp + width);
    c.set(RBP, width, value);
  }
}
