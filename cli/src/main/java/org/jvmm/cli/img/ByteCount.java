package org.jvmm.cli.img;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/** Sizes for people, as qemu-img writes them: three digits and a power of 1024. */
final class ByteCount {
  private static final String[] UNITS = {"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};

  private ByteCount() {}

  /** For example {@code 1.21 MiB}. */
  static String of(long bytes) {
    int unit = 0;
    double value = bytes;
    while (value >= 1000 && unit < UNITS.length - 1) {
      value /= 1024;
      unit++;
    }
    BigDecimal rounded = new BigDecimal(value, new MathContext(3, RoundingMode.HALF_EVEN));
    if (rounded.signum() == 0) {
      rounded = BigDecimal.ZERO;
    }
    return "%s %sB".formatted(rounded.stripTrailingZeros().toPlainString(), UNITS[unit]);
  }
}
