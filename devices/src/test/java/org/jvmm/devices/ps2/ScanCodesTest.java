package org.jvmm.devices.ps2;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class ScanCodesTest {
  @Test
  void wellKnownKeysAreTranslated() {
    int[][] pairs = { // set 2, set 1
      {0x76, 0x01}, {0x16, 0x02}, {0x15, 0x10}, {0x1c, 0x1e}, {0x5a, 0x1c}, {0x29, 0x39},
      {0x12, 0x2a}, {0x59, 0x36}, {0x14, 0x1d}, {0x11, 0x38}, {0x05, 0x3b}, {0x83, 0x41},
      {0x78, 0x57}, {0x07, 0x58}, {0x77, 0x45}, {0x75, 0x48}, {0x6b, 0x4b}, {0x84, 0x54}
    };
    for (int[] pair : pairs) {
      assertEquals(pair[1], ScanCodes.toSet1(pair[0]));
      assertEquals(pair[0], ScanCodes.toSet2(pair[1]));
    }
  }

  @Test
  void theTranslationIsOneToOne() {
    Set<Integer> seen = new HashSet<>();
    for (int code = 0; code < 0x80; code++) {
      seen.add(ScanCodes.toSet1(code));
    }
    assertEquals(0x80, seen.size());
    for (int code = 1; code < 0x80; code++) {
      assertEquals(code, ScanCodes.toSet1(ScanCodes.toSet2(code)));
    }
  }

  @Test
  void repliesPassUnchanged() {
    for (int reply : new int[] {0xaa, 0xab, 0xe0, 0xe1, 0xee, 0xfa, 0xfe}) {
      assertEquals(reply, ScanCodes.toSet1(reply));
    }
  }
}
