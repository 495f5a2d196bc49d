package org.jvmm.devices.ps2;

import java.util.HexFormat;

/** The keyboard controller's translation of scan code set 2, as the keyboard sends it, to set 1. */
public final class ScanCodes {
  /** Prefix of a key's release in set 2. */
  public static final int BREAK = 0xf0;

  /** Prefix of the keys that the enhanced keyboard added, in both sets. */
  public static final int EXTENDED = 0xe0;

  /** By set 2 code (IBM PS/2 Hardware Interface Technical Reference, keyboard controller). */
  private static final byte[] SET1_BY_SET2 =
      HexFormat.of()
          .parseHex(
              "ff43413f3d3b3c58644442403e0f2959"
                  + "65382a701d10025a66712c1f1e11035b"
                  + "672e2d201205045c68392f211413065d"
                  + "693130232215075e6a7232241608095f"
                  + "6b332517180b0a606c34352627190c61"
                  + "6d7328741a0d626e3a361c1b752b6376"
                  + "55567778797a0e7b7c4f7d4b477e7f6f"
                  + "5253504c4d480145574e514a37494654");

  /** The two keys whose code does not fit into seven bits: F7 and Alt+Print Screen. */
  private static final int F7_SET2 = 0x83, F7_SET1 = 0x41, SYSRQ_SET2 = 0x84, SYSRQ_SET1 = 0x54;

  private static final int[] SET2_BY_SET1 = invert();

  private ScanCodes() {}

  private static int[] invert() {
    int[] inverse = new int[0x80];
    for (int code = 1; code < SET1_BY_SET2.length; code++) {
      inverse[SET1_BY_SET2[code]] = code;
    }
    inverse[F7_SET1] = F7_SET2;
    inverse[SYSRQ_SET1] = SYSRQ_SET2;
    return inverse;
  }

  /** What the controller makes of a byte other than {@link #BREAK}; replies pass unchanged. */
  public static int toSet1(int code) {
    if (code < SET1_BY_SET2.length) {
      return SET1_BY_SET2[code] & 0xff;
    }
    return switch (code) {
      case F7_SET2 -> F7_SET1;
      case SYSRQ_SET2 -> SYSRQ_SET1;
      default -> code;
    };
  }

  /**
   * The set 2 code that is translated to a set 1 code.
   *
   * @param code 1..0x7f
   */
  static int toSet2(int code) {
    return SET2_BY_SET1[code];
  }
}
