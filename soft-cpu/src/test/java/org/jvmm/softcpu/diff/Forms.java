package org.jvmm.softcpu.diff;

import java.util.SplittableRandom;
import org.jvmm.softcpu.isa.Decoder;
import org.jvmm.softcpu.isa.Encoder;
import org.jvmm.softcpu.isa.Insn;
import org.jvmm.softcpu.isa.Mode;
import org.jvmm.softcpu.isa.Op;
import org.jvmm.softcpu.isa.UndefinedOpcode;

/** Makes instructions of a row of the table that both CPUs can run to the same end. */
final class Forms {
  private final Decoder decoder = new Decoder();
  private final Encoder encoder;
  private final int mode;

  /** The bytes of the instruction that {@link #next} made. */
  byte[] code;

  /**
   * For a kind of code.
   *
   * @param bits 64 or 32
   */
  Forms(SplittableRandom random, int bits, int operand) {
    encoder = new Encoder(random, bits == 64, operand);
    mode =
        Mode.PROTECTED
            | Mode.LONG
            | Mode.USER
            | (bits == 64 ? Mode.CODE64 : Mode.CODE32 | Mode.STACK32);
  }

  /**
   * An instruction of the row; null if this try gave another one, or one that would use RSP in an
   * unruly way.
   */
  Insn next(Op op) {
    code = encoder.encode(op);
    try {
      Insn in = decoder.decode(i -> i < code.length ? code[i] & 0xff : 0x90, mode, 0);
      if (in.op != op || in.length != code.length) {
        return null;
      }
      for (int i = 0; i < op.operands.size() && i < 3; i++) {
        boolean high = i == 0 && in.dstShift != 0 || i == 1 && in.srcShift != 0;
        if (in.kind(i) == Insn.GPR && in.register(i) == 4 && !high && !steps(op)) {
          return null;
        }
      }
      return undefined(in) || bitOffsetIsAddress(in) ? null : in;
    } catch (UndefinedOpcode e) {
      return null;
    }
  }

  /** INC and DEC leave a stack pointer that a signal handler of the host can work with. */
  private static boolean steps(Op op) {
    return op.mnemonic.equals("inc") || op.mnemonic.equals("dec");
  }

  /** Whether a row is of the branches whose target the harness chooses. */
  static boolean branches(Op op) {
    return op.has(Op.F64);
  }

  /** Results that the manuals leave undefined. */
  private static boolean undefined(Insn in) {
    boolean doubleShift = in.op.mnemonic.equals("shld") || in.op.mnemonic.equals("shrd");
    // SDM vol. 2, PUSH: of 32 bits, some processors write the selector's 16 only.
    boolean pushOfSegment = in.op.mnemonic.equals("push") && in.kind(0) == Insn.SEG;
    return in.operandSize == 2 && (in.op.mnemonic.equals("bswap") || doubleShift)
        || in.operandSize == 4 && pushOfSegment;
  }

  /** BT and its relatives, when the bit's number is in a register of the address too. */
  private static boolean bitOffsetIsAddress(Insn in) {
    return in.op.mnemonic.startsWith("bt")
        && in.memory == 0
        && in.kind(1) == Insn.GPR
        && (in.src == 3 || in.src == 6 || in.src == 7);
  }
}
