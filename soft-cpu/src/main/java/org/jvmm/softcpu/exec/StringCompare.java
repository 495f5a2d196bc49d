package org.jvmm.softcpu.exec;

import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.Flags;
import org.jvmm.softcpu.isa.Insn;

/** PCMPxSTRx (SDM vol. 2 section 4.1): comparisons of strings in registers. */
final class StringCompare implements Family {
  private static final int RAX = 0, RCX = 1, RDX = 2;
  private static final int ANY = 0, RANGES = 1, EACH = 2;

  @Override
  public Binder binder(String mnemonic) {
    return switch (mnemonic) {
      case "pcmpestri" -> Binder.of((c, in) -> execute(c, in, true, true));
      case "pcmpestrm" -> Binder.of((c, in) -> execute(c, in, true, false));
      case "pcmpistri" -> Binder.of((c, in) -> execute(c, in, false, true));
      case "pcmpistrm" -> Binder.of((c, in) -> execute(c, in, false, false));
      default -> null;
    };
  }

  private static void execute(Cpu c, Insn in, boolean explicit, boolean index) {
    Sse.begin(c);
    int b = Sse.source(c, in);
    int a = Sse.target(in);
    int control = (int) in.imm;
    int width = (control & 1) != 0 ? 16 : 8;
    int count = 128 / width;
    int lengthA = explicit ? length(c.gpr[RAX], in, count) : implicitLength(c, a, width);
    int lengthB = explicit ? length(c.gpr[RDX], in, count) : implicitLength(c, b, width);
    int found = 0;
    for (int j = 0; j < count; j++) {
      found |= aggregate(c, control, a, lengthA, b, lengthB, j) ? 1 << j : 0;
    }
    if ((control & 0x10) != 0) {
      found ^= (control & 0x20) != 0 ? (1 << lengthB) - 1 : (1 << count) - 1;
    }
    if (index) {
      boolean highest = (control & 0x40) != 0;
      int at =
          highest ? 31 - Integer.numberOfLeadingZeros(found) : Integer.numberOfTrailingZeros(found);
      c.gpr[RCX] = found == 0 ? count : at;
    } else if ((control & 0x40) != 0) {
      c.xmm[0] = mask(found, width);
      c.xmm[1] = mask(found >> count / 2, width);
    } else {
      c.xmm[0] = found;
      c.xmm[1] = 0;
    }
    int flags = found != 0 ? Flags.CF : 0;
    flags |= lengthB < count ? Flags.ZF : 0;
    flags |= lengthA < count ? Flags.SF : 0;
    Flags.setArithmetic(c, flags | ((found & 1) != 0 ? Flags.OF : 0));
  }

  private static long mask(int bits, int width) {
    long result = 0;
    for (int i = 0; i < 64 / width; i++) {
      result |= (bits >> i & 1) != 0 ? -1L >>> 64 - width << i * width : 0;
    }
    return result;
  }

  private static int length(long register, Insn in, int count) {
    long value = in.operandSize == 8 ? register : (int) register;
    return value >= count || value <= -count ? count : (int) Math.abs(value);
  }

  private static int implicitLength(Cpu c, int at, int width) {
    int count = 128 / width;
    for (int i = 0; i < count; i++) {
      if (Lanes.element(c.xmm[at], c.xmm[at + 1], width, i) == 0) {
        return i;
      }
    }
    return count;
  }

  private static long element(Cpu c, int control, int at, int index) {
    int width = (control & 1) != 0 ? 16 : 8;
    long value = Lanes.element(c.xmm[at], c.xmm[at + 1], width, index);
    return (control & 2) != 0 ? Lanes.signed(value, width, 0) : value;
  }

  /** IntRes1[j] (SDM vol. 2 tables 4-2 and 4-3). */
  private static boolean aggregate(
      Cpu c, int control, int a, int lengthA, int b, int lengthB, int j) {
    boolean valid = j < lengthB;
    long y = element(c, control, b, j);
    switch (control >> 2 & 3) {
      case ANY -> {
        for (int i = 0; i < lengthA; i++) {
          if (valid && element(c, control, a, i) == y) {
            return true;
          }
        }
        return false;
      }
      case RANGES -> {
        for (int i = 0; i + 1 < lengthA; i += 2) {
          long first = element(c, control, a, i);
          if (valid && first <= y && y <= element(c, control, a, i + 1)) {
            return true;
          }
        }
        return false;
      }
      case EACH -> {
        boolean validA = j < lengthA;
        return validA && valid ? element(c, control, a, j) == y : validA == valid;
      }
      default -> {
        int count = (control & 1) != 0 ? 8 : 16;
        for (int i = 0; i < lengthA && i + j < count; i++) {
          boolean equal = element(c, control, a, i) == element(c, control, b, i + j);
          if (i + j >= lengthB || !equal) {
            return false;
          }
        }
        return true;
      }
    }
  }
}
