package org.jvmm.softcpu.fpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Replays sse.vectors: operands, result and MXCSR of single instructions on a real processor. */
final class SseVectorTest {
  private final Mxcsr mxcsr = new Mxcsr();
  private final SseFloat floats = new SseFloat(mxcsr);
  private final SseConvert convert = new SseConvert(mxcsr);

  @Test
  void everyRecordedInstructionGivesTheResultAndMxcsrOfTheProcessor() {
    List<String> failures = new ArrayList<>();
    List<String> lines = VectorFile.lines("sse.vectors");
    assertEquals(2000, lines.size());
    for (String line : lines) {
      String[] halves = line.split(" > ");
      String[] out = halves[1].split(" ");
      long result = execute(halves[0].split(" "));
      boolean raised = mxcsr.commit();
      boolean same =
          raised == (out.length == 3)
              && mxcsr.get() == Integer.parseInt(out[0], 16)
              && (raised || result == hex(out[1]));
      if (!same) {
        failures.add("%s\n    but %x %x %b".formatted(line, mxcsr.get(), result, raised));
      }
    }
    assertTrue(
        failures.isEmpty(),
        () ->
            failures.size()
                + " differ, first:\n"
                + String.join("\n", failures.subList(0, Math.min(10, failures.size()))));
  }

  private static long hex(String text) {
    return Long.parseUnsignedLong(text, 16);
  }

  private long execute(String[] in) {
    int opcode = (int) hex(in[0]);
    int immediate = (int) hex(in[1]);
    boolean wide = in[2].equals("64");
    int integerBits = Integer.parseInt(in[3]);
    mxcsr.set((int) hex(in[4]));
    mxcsr.begin();
    long a = hex(in[5]);
    long b = hex(in[6]);
    return wide
        ? execute64(opcode, immediate, integerBits, a, b)
        : execute32(opcode, immediate, integerBits, (int) a, b);
  }

  private long execute64(int opcode, int immediate, int integerBits, long a, long b) {
    return switch (opcode) {
      case 0x0A -> convert.round64(b, immediate);
      case 0x2A -> convert.integerToFloat64(b);
      case 0x2C, 0x2D -> convert.float64ToInteger(b, integerBits, opcode == 0x2C);
      case 0x2E, 0x2F -> floats.compareFlags64(a, b, opcode == 0x2E);
      case 0x5A -> convert.float64ToFloat32(b) & 0xFFFF_FFFFL;
      case 0xC2 -> floats.compare64(a, b, immediate);
      default -> floats.operate64(opcode, a, b);
    };
  }

  private long execute32(int opcode, int immediate, int integerBits, int a, long operand) {
    int b = (int) operand;
    return switch (opcode) {
      case 0x2C, 0x2D -> convert.float32ToInteger(b, integerBits, opcode == 0x2C);
      case 0x5A -> convert.float32ToFloat64(b);
      case 0x0A -> convert.round32(b, immediate) & 0xFFFF_FFFFL;
      case 0x2A -> convert.integerToFloat32(operand) & 0xFFFF_FFFFL;
      case 0x2E, 0x2F -> floats.compareFlags32(a, b, opcode == 0x2E);
      case 0xC2 -> floats.compare32(a, b, immediate) & 0xFFFF_FFFFL;
      default -> floats.operate32(opcode, a, b) & 0xFFFF_FFFFL;
    };
  }
}
