package org.jvmm.softcpu.exec;

import static org.objectweb.asm.Opcodes.GOTO;
import static org.objectweb.asm.Opcodes.I2L;
import static org.objectweb.asm.Opcodes.ICONST_0;
import static org.objectweb.asm.Opcodes.ICONST_1;
import static org.objectweb.asm.Opcodes.IFEQ;
import static org.objectweb.asm.Opcodes.IFGE;
import static org.objectweb.asm.Opcodes.IFGT;
import static org.objectweb.asm.Opcodes.IFLE;
import static org.objectweb.asm.Opcodes.IFLT;
import static org.objectweb.asm.Opcodes.IFNE;
import static org.objectweb.asm.Opcodes.ILOAD;
import static org.objectweb.asm.Opcodes.INVOKESTATIC;
import static org.objectweb.asm.Opcodes.ISTORE;
import static org.objectweb.asm.Opcodes.IUSHR;
import static org.objectweb.asm.Opcodes.LADD;
import static org.objectweb.asm.Opcodes.LAND;
import static org.objectweb.asm.Opcodes.LCMP;
import static org.objectweb.asm.Opcodes.LCONST_0;
import static org.objectweb.asm.Opcodes.LCONST_1;
import static org.objectweb.asm.Opcodes.LMUL;
import static org.objectweb.asm.Opcodes.LNEG;
import static org.objectweb.asm.Opcodes.LOR;
import static org.objectweb.asm.Opcodes.LSHL;
import static org.objectweb.asm.Opcodes.LSHR;
import static org.objectweb.asm.Opcodes.LSUB;
import static org.objectweb.asm.Opcodes.LUSHR;
import static org.objectweb.asm.Opcodes.LXOR;

import java.util.Set;
import org.jvmm.softcpu.isa.Insn;
import org.jvmm.softcpu.isa.Op;
import org.objectweb.asm.Label;
import org.objectweb.asm.Type;

/**
 * Writes the bytecode of the frequent integer instructions. What each computes is what its {@link
 * Handler} computes; the order of its accesses and changes is the same.
 */
final class RegionInsns {
  private static final int RAX = 0, RDX = 2, RSP = 4, RBP = 5;

  /** What is written here, and faults only by its memory operand. */
  private static final Set<String> COMPUTING =
      Set.of(
          "mov",
          "movzx",
          "movsx",
          "movsxd",
          "lea",
          "add",
          "or",
          "adc",
          "sbb",
          "and",
          "sub",
          "xor",
          "cmp",
          "test",
          "inc",
          "dec",
          "neg",
          "not",
          "shl",
          "shr",
          "sar",
          "imul",
          "cbw",
          "cwd",
          "bswap",
          "nop",
          "prefetch",
          "prefetchw",
          "lfence",
          "mfence",
          "sfence");

  /** Instructions whose flags replace all earlier ones. */
  private static final Set<String> SETS_ALL =
      Set.of("add", "or", "and", "sub", "xor", "cmp", "test", "neg");

  /** What the flags come from, as far as the block tells. */
  private enum Source {
    UNKNOWN,
    SUBTRACTION,
    LOGIC
  }

  private static final String ALU = Type.getInternalName(Alu.class);
  private static final String MULTIPLY = Type.getInternalName(Multiply.class);

  private final RegionCode code;

  /** The block being written and where it lies. */
  private Block block;

  private long delta;
  private Source source;
  private int sourceWidth;

  RegionInsns(RegionCode code) {
    this.code = code;
  }

  /** Starts a block. */
  void begin(Block newBlock, long newDelta) {
    block = newBlock;
    delta = newDelta;
    source = Source.UNKNOWN;
  }

  /** An instruction was written elsewhere: flags may have changed. */
  void forgetFlags() {
    source = Source.UNKNOWN;
  }

  /**
   * Writes an instruction that does not end its block.
   *
   * @param i its index in the block
   * @return false if it is none of those that are written here
   */
  boolean write(int i) {
    Insn in = block.insns[i];
    String name = in.op.mnemonic;
    switch (name) {
      case "mov", "movzx", "movsx", "movsxd" -> {
        return move(in, name);
      }
      case "lea" -> {
        code.pushEffective(in, delta);
        code.popRegister(in.dst, in.width, 0);
      }
      case "add", "or", "adc", "sbb", "and", "sub", "xor", "cmp", "test" ->
          two(in, Alu.two(name), flagsMatter(i));
      case "inc", "dec", "neg", "not" -> one(in, Alu.one(name), flagsMatter(i));
      case "shl", "shr", "sar" -> {
        return shift(in, Alu.shift(name), flagsMatter(i));
      }
      case "push" -> {
        return push(in);
      }
      case "pop" -> {
        return pop(in);
      }
      case "leave" -> leave(in);
      case "xchg" -> {
        return in.op.opcode == 0x90 && in.dst == 0; // NOP
      }
      case "nop", "prefetch", "prefetchw", "lfence", "mfence", "sfence" -> {}
      default -> {
        return others(in, name, flagsMatter(i));
      }
    }
    return true;
  }

  private boolean others(Insn in, String name, boolean flagsMatter) {
    if (name.startsWith("cmov")) {
      conditionalMove(in);
      return true;
    }
    if (name.startsWith("set")) {
      setByte(in);
      return true;
    }
    switch (name) {
      case "imul" -> {
        return in.op.operands.size() > 1 && multiplySigned(in, flagsMatter);
      }
      case "mul" -> {
        return multiply(in, flagsMatter);
      }
      case "cbw" -> {
        code.pushRegister(RAX, 0);
        code.sign(in.operandSize / 2);
        code.popRegister(RAX, in.operandSize, 0);
      }
      case "cwd" -> {
        code.pushRegister(RAX, 0);
        code.sign(in.operandSize);
        code.integer(63);
        code.op(LSHR);
        code.popRegister(RDX, in.operandSize, 0);
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  /** Whether flags that an instruction sets may be seen. */
  private boolean flagsMatter(int i) {
    for (int k = i + 1; k < block.insns.length; k++) {
      Insn next = block.insns[k];
      boolean access = next.memory >= 0 && !next.op.has(Op.ADDRESS_ONLY);
      boolean mayFault = access || next.op.has(Op.END | Op.PRIVILEGED);
      if (mayFault || !COMPUTING.contains(next.op.mnemonic)) {
        return true;
      }
      switch (next.op.mnemonic) {
        case "adc", "sbb", "inc", "dec", "shl", "shr", "sar", "imul" -> {
          return true;
        }
        default -> {
          if (SETS_ALL.contains(next.op.mnemonic)) {
            return false;
          }
        }
      }
    }
    return true;
  }

  private boolean move(Insn in, String name) {
    for (int i = 0; i < 2; i++) {
      int kind = in.kind(i);
      if (kind != Insn.GPR && kind != Insn.MEM && kind != Insn.IMM) {
        return false;
      }
    }
    boolean plain = name.equals("mov");
    if (in.memory == 0) {
      code.pushLinear(in, delta, in.width, true);
      code.set(RegionCode.ADDRESS);
      pushSource(in, in.width);
      code.set(RegionCode.VALUE);
      code.store(in.width, RegionCode.VALUE);
      return true;
    }
    int width = plain ? in.width : in.srcWidth;
    pushSource(in, width);
    if (name.equals("movzx")) {
      if (in.memory != 1) {
        code.mask(width);
      }
    } else if (!plain) {
      code.sign(width);
    }
    code.popRegister(in.dst, in.width, in.width == 1 ? in.dstShift : 0);
    return true;
  }

  /** Pushes the second operand; bytes above the width are whatever is there. */
  private void pushSource(Insn in, int width) {
    if (in.memory == 1) {
      code.pushLinear(in, delta, width, false);
      code.load(width);
    } else if (in.kind(1) == Insn.IMM) {
      code.constant(in.imm);
    } else {
      code.pushRegister(in.src, width == 1 ? in.srcShift : 0);
    }
  }

  /** Pushes the first operand if it is a register. */
  private void pushFirst(Insn in) {
    code.pushRegister(in.dst, in.width == 1 ? in.dstShift : 0);
  }

  private void popFirst(Insn in) {
    code.popRegister(in.dst, in.width, in.width == 1 ? in.dstShift : 0);
  }

  /** Takes the first operand to a local; what is stored to is found writable. */
  private void first(Insn in, boolean writes) {
    if (in.memory != 0) {
      pushFirst(in);
    } else {
      code.pushLinear(in, delta, in.width, writes);
      if (writes) {
        code.loadForStore(in.width);
      } else {
        code.load(in.width);
      }
    }
    code.set(RegionCode.FIRST);
  }

  /** Writes {@link RegionCode#VALUE} to the first operand. */
  private void result(Insn in) {
    if (in.memory == 0) {
      code.store(in.width, RegionCode.VALUE);
    } else {
      code.get(RegionCode.VALUE);
      popFirst(in);
    }
  }

  private void two(Insn in, int operation, boolean flagsMatter) {
    pushSource(in, in.width);
    code.set(RegionCode.SECOND);
    first(in, Alu.writes(operation));
    code.get(RegionCode.FIRST);
    code.get(RegionCode.SECOND);
    code.op(
        switch (operation) {
          case Alu.ADD, Alu.ADC -> LADD;
          case Alu.OR -> LOR;
          case Alu.AND, Alu.TEST -> LAND;
          case Alu.XOR -> LXOR;
          default -> LSUB;
        });
    boolean carryIn = operation == Alu.ADC || operation == Alu.SBB;
    if (carryIn) {
      code.m.visitVarInsn(ILOAD, RegionCode.AUX);
      code.integer(31);
      code.op(IUSHR);
      code.op(I2L);
      code.op(operation == Alu.ADC ? LADD : LSUB);
    }
    code.set(RegionCode.VALUE);
    if (Alu.writes(operation)) {
      result(in);
    }
    source = Source.UNKNOWN;
    if (!flagsMatter) {
      return;
    }
    resultFlag(in.width);
    switch (operation) {
      case Alu.ADD, Alu.ADC -> aux("addAux", in.width);
      case Alu.SUB, Alu.SBB, Alu.CMP -> aux("subtractAux", in.width);
      default -> {
        code.op(ICONST_0);
        code.m.visitVarInsn(ISTORE, RegionCode.AUX);
        flagsFrom(Source.LOGIC, in.width);
      }
    }
    if (operation == Alu.SUB || operation == Alu.CMP) {
      flagsFrom(Source.SUBTRACTION, in.width);
    }
  }

  private void flagsFrom(Source newSource, int width) {
    source = newSource;
    sourceWidth = width;
  }

  /** The lazy result from {@link RegionCode#VALUE}. */
  private void resultFlag(int width) {
    code.get(RegionCode.VALUE);
    code.sign(width);
    code.set(RegionCode.RESULT);
  }

  /** The lazy aux by a function of width, operands and result. */
  private void aux(String function, int width) {
    code.integer(width);
    code.get(RegionCode.FIRST);
    code.get(RegionCode.SECOND);
    code.get(RegionCode.VALUE);
    code.flags(function, "(IJJJ)I");
    code.m.visitVarInsn(ISTORE, RegionCode.AUX);
  }

  private void one(Insn in, int operation, boolean flagsMatter) {
    first(in, true);
    boolean steps = operation == Alu.INC || operation == Alu.DEC;
    if (operation == Alu.NOT) {
      code.get(RegionCode.FIRST);
      code.constant(-1);
      code.op(LXOR);
    } else if (steps) {
      code.constant(1);
      code.set(RegionCode.SECOND);
      code.get(RegionCode.FIRST);
      code.constant(1);
      code.op(operation == Alu.INC ? LADD : LSUB);
    } else {
      code.get(RegionCode.FIRST);
      code.set(RegionCode.SECOND);
      code.constant(0);
      code.set(RegionCode.FIRST);
      code.get(RegionCode.SECOND);
      code.op(LNEG);
    }
    code.set(RegionCode.VALUE);
    result(in);
    source = Source.UNKNOWN; // after NOT too: its operand replaced those of the comparison
    if (flagsMatter && operation != Alu.NOT) {
      oneFlags(in.width, operation);
    }
  }

  private void oneFlags(int width, int operation) {
    resultFlag(width);
    if (operation == Alu.NEG) {
      aux("subtractAux", width);
      return;
    }
    code.integer(width);
    code.get(RegionCode.FIRST);
    code.get(RegionCode.SECOND);
    code.get(RegionCode.VALUE);
    code.flags(operation == Alu.INC ? "addAux" : "subtractAux", "(IJJJ)I");
    code.m.visitVarInsn(ILOAD, RegionCode.AUX);
    code.flags("withCarryOf", "(II)I");
    code.m.visitVarInsn(ISTORE, RegionCode.AUX);
  }

  /** SHL, SHR, SAR of a register by an immediate. */
  private boolean shift(Insn in, int operation, boolean flagsMatter) {
    int count = (int) in.imm & (in.width == 8 ? 0x3f : 0x1f);
    if (in.memory == 0 || in.kind(1) != Insn.IMM || count == 0) {
      return false;
    }
    pushFirst(in);
    if (operation == Alu.SAR) {
      code.sign(in.width);
    } else {
      code.mask(in.width);
    }
    code.set(RegionCode.FIRST);
    code.get(RegionCode.FIRST);
    code.integer(count);
    code.op(operation == Alu.SHR ? LUSHR : operation == Alu.SAR ? LSHR : LSHL);
    code.set(RegionCode.VALUE);
    result(in);
    source = Source.UNKNOWN;
    if (flagsMatter) {
      resultFlag(in.width);
      shiftAux(operation, in.width, count);
    }
    return true;
  }

  private void shiftAux(int operation, int width, int count) {
    boolean carryOnly = operation == Alu.SAR || operation == Alu.SHR && count > 1; // no OF
    if (!carryOnly) {
      code.integer(width);
    }
    code.get(RegionCode.FIRST);
    code.integer(count);
    if (operation == Alu.SHL) {
      code.flags("shlAux", "(IJI)I");
    } else if (carryOnly) {
      code.m.visitMethodInsn(INVOKESTATIC, ALU, "sarAux", "(JI)I", false);
    } else {
      code.m.visitMethodInsn(INVOKESTATIC, ALU, "shrAux", "(IJI)I", false);
    }
    code.m.visitVarInsn(ISTORE, RegionCode.AUX);
  }

  private boolean multiplySigned(Insn in, boolean flagsMatter) {
    pushSource(in, in.width);
    code.sign(in.width);
    code.set(RegionCode.SECOND);
    if (in.op.operands.size() == 3) {
      code.constant(in.imm);
    } else {
      code.pushRegister(in.dst, 0);
    }
    code.sign(in.width);
    code.set(RegionCode.FIRST);
    code.get(RegionCode.FIRST);
    code.get(RegionCode.SECOND);
    code.op(LMUL);
    code.set(RegionCode.VALUE);
    code.get(RegionCode.VALUE);
    code.popRegister(in.dst, in.width, 0);
    source = Source.UNKNOWN;
    if (flagsMatter) {
      resultFlag(in.width);
      boolean wide = in.width == 8;
      code.get(wide ? RegionCode.FIRST : RegionCode.VALUE);
      code.get(wide ? RegionCode.SECOND : RegionCode.RESULT);
      code.m.visitMethodInsn(
          INVOKESTATIC, MULTIPLY, wide ? "signedAux" : "narrowAux", "(JJ)I", false);
      code.m.visitVarInsn(ISTORE, RegionCode.AUX);
    }
    return true;
  }

  /** MUL of 32 and 64 bits. */
  private boolean multiply(Insn in, boolean flagsMatter) {
    int width = in.width;
    if (width < 4) {
      return false;
    }
    first(in, false);
    code.get(RegionCode.FIRST);
    code.mask(width);
    code.set(RegionCode.FIRST);
    code.pushRegister(RAX, 0);
    code.mask(width);
    code.set(RegionCode.SECOND);
    code.get(RegionCode.FIRST);
    code.get(RegionCode.SECOND);
    code.op(LMUL);
    code.set(RegionCode.VALUE);
    if (width == 8) {
      code.get(RegionCode.FIRST);
      code.get(RegionCode.SECOND);
      code.m.visitMethodInsn(INVOKESTATIC, MULTIPLY, "highUnsigned", "(JJ)J", false);
    } else {
      code.get(RegionCode.VALUE);
      code.integer(32);
      code.op(LUSHR);
    }
    code.popRegister(RDX, width, 0);
    code.get(RegionCode.VALUE);
    code.popRegister(RAX, width, 0);
    source = Source.UNKNOWN;
    if (flagsMatter) {
      resultFlag(width);
      code.pushRegister(RDX, 0);
      code.m.visitMethodInsn(INVOKESTATIC, MULTIPLY, "unsignedAux", "(J)I", false);
      code.m.visitVarInsn(ISTORE, RegionCode.AUX);
    }
    return true;
  }

  private void conditionalMove(Insn in) {
    pushSource(in, in.width);
    code.set(RegionCode.VALUE);
    Label move = new Label();
    Label done = new Label();
    jumpIf(in.op.opcode & 0xf, move);
    code.pushRegister(in.dst, 0);
    code.popRegister(in.dst, in.width, 0);
    code.m.visitJumpInsn(GOTO, done);
    code.label(move);
    code.get(RegionCode.VALUE);
    code.popRegister(in.dst, in.width, 0);
    code.label(done);
  }

  private void setByte(Insn in) {
    if (in.memory == 0) {
      code.pushLinear(in, delta, 1, true);
      code.set(RegionCode.ADDRESS);
    }
    Label one = new Label();
    Label done = new Label();
    jumpIf(in.op.opcode & 0xf, one);
    code.op(LCONST_0);
    code.set(RegionCode.VALUE);
    code.m.visitJumpInsn(GOTO, done);
    code.label(one);
    code.op(LCONST_1);
    code.set(RegionCode.VALUE);
    code.label(done);
    result(in);
  }

  private boolean push(Insn in) {
    int kind = in.kind(0);
    if (kind != Insn.GPR && kind != Insn.IMM && kind != Insn.MEM) {
      return false;
    }
    int width = in.operandSize;
    if (kind == Insn.IMM) {
      code.constant(in.imm);
    } else if (kind == Insn.MEM) {
      code.pushLinear(in, delta, width, false);
      code.load(width);
    } else {
      code.pushRegister(in.dst, 0);
    }
    code.set(RegionCode.VALUE);
    pushValue(width);
    return true;
  }

  /** Pushes {@link RegionCode#VALUE} on the guest's stack. */
  void pushValue(int width) {
    code.pushRegister(RSP, 0);
    code.constant(width);
    code.op(LSUB);
    code.mask(code.wide ? 8 : 4);
    code.set(RegionCode.ADDRESS);
    code.store(width, RegionCode.VALUE);
    code.get(RegionCode.ADDRESS);
    code.popRegister(RSP, 8, 0);
  }

  /** Takes the top of the guest's stack to a local, and as many bytes more away. */
  void popValue(int width, long more, int local) {
    code.pushRegister(RSP, 0);
    code.mask(code.wide ? 8 : 4);
    code.load(width);
    code.set(local);
    code.pushRegister(RSP, 0);
    code.constant(width + more);
    code.op(LADD);
    code.popRegister(RSP, code.wide ? 8 : 4, 0);
  }

  private boolean pop(Insn in) {
    if (in.kind(0) != Insn.GPR) {
      return false;
    }
    popValue(in.operandSize, 0, RegionCode.VALUE);
    code.get(RegionCode.VALUE);
    code.popRegister(in.dst, in.operandSize, 0);
    return true;
  }

  private void leave(Insn in) {
    int width = in.operandSize;
    code.pushRegister(RBP, 0);
    code.mask(code.wide ? 8 : 4);
    code.load(width);
    code.set(RegionCode.VALUE);
    code.pushRegister(RBP, 0);
    code.constant(width);
    code.op(LADD);
    code.popRegister(RSP, code.wide ? 8 : 4, 0);
    code.get(RegionCode.VALUE);
    code.popRegister(RBP, width, 0);
  }

  /** Takes the target of an indirect jump or call to a local. */
  void target(Insn in) {
    if (in.memory == 0) {
      code.pushLinear(in, delta, in.operandSize, false);
      code.load(in.operandSize);
    } else {
      code.pushRegister(in.dst, 0);
    }
    code.mask(in.operandSize);
    code.set(RegionCode.TARGET);
  }

  /** Jumps if a condition holds. */
  void jumpIf(int condition, Label where) {
    switch (source) {
      case SUBTRACTION -> afterSubtraction(condition, where);
      case LOGIC -> afterLogic(condition, where);
      default -> jumpIfFlags(condition, where);
    }
  }

  private void jumpIfFlags(int condition, Label where) {
    if (condition >> 1 == 2) {
      jumpIfResult((condition & 1) == 0 ? IFEQ : IFNE, where);
      return;
    }
    boolean orZero = condition >> 1 == 3 || condition >> 1 == 7;
    Label end = new Label();
    boolean negated = (condition & 1) != 0;
    if (orZero) {
      jumpIfResult(IFEQ, negated ? end : where);
    }
    int aux = RegionCode.AUX;
    switch (condition >> 1) {
      case 0 -> {
        code.m.visitVarInsn(ILOAD, aux);
        code.flags("overflow", "(I)Z");
      }
      case 1, 3 -> {
        code.m.visitVarInsn(ILOAD, aux);
        code.integer(31);
        code.op(IUSHR);
      }
      default -> {
        code.get(RegionCode.RESULT);
        code.m.visitVarInsn(ILOAD, aux);
        int kind = condition >> 1;
        code.flags(kind == 4 ? "sign" : kind == 5 ? "parity" : "less", "(JI)Z");
      }
    }
    code.m.visitJumpInsn(negated ? IFEQ : IFNE, where);
    if (orZero) {
      code.label(end);
    }
  }

  /** Compares the lazy result with 0. */
  private void jumpIfResult(int opcode, Label where) {
    code.get(RegionCode.RESULT);
    code.op(LCONST_0);
    code.op(LCMP);
    code.m.visitJumpInsn(opcode, where);
  }

  private void afterLogic(int condition, Label where) {
    switch (condition) {
      case 0, 2 -> {} // OF, CF
      case 1, 3 -> {
        code.op(ICONST_1); // what follows may not be unreachable
        code.m.visitJumpInsn(IFNE, where);
      }
      case 4, 6 -> jumpIfResult(IFEQ, where);
      case 5, 7 -> jumpIfResult(IFNE, where);
      case 8, 12 -> jumpIfResult(IFLT, where);
      case 9, 13 -> jumpIfResult(IFGE, where);
      case 14 -> jumpIfResult(IFLE, where);
      case 15 -> jumpIfResult(IFGT, where);
      default -> jumpIfFlags(condition, where);
    }
  }

  private void afterSubtraction(int condition, Label where) {
    switch (condition) {
      case 2 -> compare(false, IFLT, where);
      case 3 -> compare(false, IFGE, where);
      case 6 -> compare(false, IFLE, where);
      case 7 -> compare(false, IFGT, where);
      case 8 -> jumpIfResult(IFLT, where);
      case 9 -> jumpIfResult(IFGE, where);
      case 12 -> compare(true, IFLT, where);
      case 13 -> compare(true, IFGE, where);
      case 14 -> compare(true, IFLE, where);
      case 15 -> compare(true, IFGT, where);
      default -> jumpIfFlags(condition, where);
    }
  }

  /** Compares the operands of the subtraction. */
  private void compare(boolean signed, int opcode, Label where) {
    for (int local : new int[] {RegionCode.FIRST, RegionCode.SECOND}) {
      code.get(local);
      if (signed) {
        code.sign(sourceWidth);
      } else {
        code.mask(sourceWidth);
      }
    }
    if (signed || sourceWidth < 8) {
      code.op(LCMP);
    } else {
      code.m.visitMethodInsn(INVOKESTATIC, "java/lang/Long", "compareUnsigned", "(JJ)I", false);
    }
    code.m.visitJumpInsn(opcode, where);
  }
}
