package org.jvmm.softcpu.exec;

import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.Flags;
import org.jvmm.softcpu.fault.GuestFault;
import org.jvmm.softcpu.isa.Insn;

/** DIV and IDIV: #DE for a zero divisor and for a quotient that does not fit. */
final class Divide {
  private static final int RAX = 0, RDX = 2;

  private Divide() {}

  static void div(Cpu c, Insn in) {
    int width = in.width;
    long divisor = Form.load(c, in, width);
    if (divisor == 0) {
      throw c.fault.of(GuestFault.DE);
    }
    if (width == 8) {
      wide(c, divisor);
      return;
    }
    long dividend = dividend(c, width);
    long quotient = Long.divideUnsigned(dividend, divisor);
    if (quotient >>> 8 * width != 0) {
      throw c.fault.of(GuestFault.DE);
    }
    store(c, width, quotient, dividend - quotient * divisor);
  }

  static void idiv(Cpu c, Insn in) {
    int width = in.width;
    long divisor = Flags.signed(Form.load(c, in, width), width);
    if (divisor == 0) {
      throw c.fault.of(GuestFault.DE);
    }
    if (width == 8) {
      wideSigned(c, divisor);
      return;
    }
    long dividend = Flags.signed(dividend(c, width), 2 * width);
    long quotient = dividend / divisor;
    if (quotient != Flags.signed(quotient, width) || dividend == Long.MIN_VALUE && divisor == -1) {
      throw c.fault.of(GuestFault.DE);
    }
    store(c, width, quotient, dividend - quotient * divisor);
  }

  private static long dividend(Cpu c, int width) {
    return switch (width) {
      case 1 -> c.gpr[RAX] & 0xffff;
      case 2 -> c.gpr[RAX] & 0xffff | (c.gpr[RDX] & 0xffff) << 16;
      default -> c.gpr[RAX] & 0xffffffffL | c.gpr[RDX] << 32;
    };
  }

  private static void store(Cpu c, int width, long quotient, long remainder) {
    if (width == 1) {
      c.set(RAX, 2, quotient & 0xff | remainder << 8);
    } else {
      c.set(RAX, width, quotient);
      c.set(RDX, width, remainder);
    }
  }

  private static void wide(Cpu c, long divisor) {
    long high = c.gpr[RDX];
    if (Long.compareUnsigned(high, divisor) >= 0) {
      throw c.fault.of(GuestFault.DE);
    }
    long quotient = quotient(high, c.gpr[RAX], divisor);
    store(c, 8, quotient, c.gpr[RAX] - quotient * divisor);
  }

  private static void wideSigned(Cpu c, long divisor) {
    long high = c.gpr[RDX];
    long low = c.gpr[RAX];
    boolean negative = high < 0;
    long absHigh = negative ? ~high + (low == 0 ? 1 : 0) : high;
    long absLow = negative ? -low : low;
    long absDivisor = Math.abs(divisor);
    if (Long.compareUnsigned(absHigh, absDivisor) >= 0) {
      throw c.fault.of(GuestFault.DE);
    }
    long magnitude = quotient(absHigh, absLow, absDivisor);
    boolean negativeQuotient = negative != divisor < 0;
    long quotient = negativeQuotient ? -magnitude : magnitude;
    if (magnitude != 0 && quotient < 0 != negativeQuotient) {
      throw c.fault.of(GuestFault.DE);
    }
    long remainder = absLow - magnitude * absDivisor;
    store(c, 8, quotient, negative ? -remainder : remainder);
  }

  /** 128 by 64 bits, unsigned; {@code high < divisor}. Shift and subtract unless it is simple. */
  private static long quotient(long high, long low, long divisor) {
    if (high == 0) {
      return Long.divideUnsigned(low, divisor);
    }
    long remainder = high;
    long quotient = low;
    for (int i = 0; i < 64; i++) {
      boolean carry = remainder < 0;
      remainder = remainder << 1 | quotient >>> 63;
      quotient <<= 1;
      if (carry || Long.compareUnsigned(remainder, divisor) >= 0) {
        remainder -= divisor;
        quotient |= 1;
      }
    }
    return quotient;
  }
}
