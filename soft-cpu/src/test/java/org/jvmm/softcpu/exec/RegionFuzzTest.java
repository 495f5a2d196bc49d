package org.jvmm.softcpu.exec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.jvmm.softcpu.cpu.Flags;

/**
 * Random loops do the same as regions and one instruction after the other, faults included.
 * Property: {@code regions.seed}.
 */
class RegionFuzzTest {
  private static final int RSP = 4, RSI = 6, DATA = 0x4000;

  /** Opcodes with a ModRM byte, whose operands are general registers or memory. */
  private static final String[] MOD_RM = {
    "00", "01", "02", "03", "08", "09", "0a", "0b", "10", "11", "12", "13", "18", "19", "1a", "1b",
    "20", "21", "22", "23", "28", "29", "2a", "2b", "30", "31", "32", "33", "38", "39", "3a", "3b",
    "84", "85", "86", "87", "88", "89", "8a", "8b", "8d", "d0", "d1", "d2", "d3", "f6", "f7", "fe",
    "0fa3", "0fab", "0faf", "0fb0", "0fb1", "0fb3", "0fb6", "0fb7", "0fbb", "0fbc", "0fbd", "0fbe",
    "0fbf", "0fc0", "0fc1", "0f40", "0f42", "0f43", "0f44", "0f46", "0f47", "0f48", "0f4a", "0f4c",
    "0f4e", "0f4f", "0f90", "0f92", "0f94", "0f96", "0f98", "0f9a", "0f9c", "0f9d", "0f9f"
  };

  /** Opcodes with a ModRM byte and a byte immediate. */
  private static final String[] MOD_RM_IMM8 = {
    "80", "83", "c0", "c1", "6b", "0fa4", "0fac", "0fba"
  };

  /** Opcodes without operands to choose. */
  private static final String[] PLAIN = {
    "50", "51", "53", "57", "58", "59", "5b", "5f", "98", "99", "9c", "f5", "f8", "f9", "90", "9f",
    "fc", "6a55", "0fc8", "93"
  };

  private final Random random = new Random(Long.getLong("regions.seed", 1));

  private String byteHex(int value) {
    return HexFormat.of().toHexDigits((byte) value);
  }

  private String pick(String[] from) {
    return from[random.nextInt(from.length)];
  }

  private String prefixes(int width) {
    String prefix = random.nextInt(6) == 0 ? "66" : "";
    return width == 64 && random.nextInt(2) == 0
        ? prefix + byteHex(0x40 | random.nextInt(16))
        : prefix;
  }

  /** ModRM: a register that is neither the stack pointer nor the data pointer, or [RSI + disp8]. */
  private String modRm() {
    int reg = random.nextInt(8);
    if (random.nextInt(3) == 0) {
      return byteHex(0x46 | reg << 3) + byteHex(random.nextInt(128));
    }
    int rm = new int[] {0, 1, 2, 3, 5, 7}[random.nextInt(6)];
    return byteHex(0xc0 | reg << 3 | rm);
  }

  private String insn(int width) {
    return switch (random.nextInt(8)) {
      case 0, 1, 2, 3, 4 -> prefixes(width) + pick(MOD_RM) + modRm();
      case 5, 6 -> prefixes(width) + pick(MOD_RM_IMM8) + modRm() + byteHex(random.nextInt(256));
      default -> pick(PLAIN);
    };
  }

  /**
   * A loop of two blocks that a condition may leave early, with what keeps its pointers in bounds.
   */
  private String loop(int width) {
    StringBuilder code = new StringBuilder("be00400000"); // mov esi, DATA
    code.append("bc00800000"); // mov esp, STACK
    for (int i = 0; i < 6; i++) {
      code.append(insn(width));
    }
    code.append(byteHex(0x70 | random.nextInt(16))).append("00"); // jcc to what follows
    for (int i = 0; i < 6; i++) {
      code.append(insn(width));
    }
    int length = code.length() / 2 + 5;
    return code + "e9" + HexFormat.of().toHexDigits(Integer.reverseBytes(-length));
  }

  @ParameterizedTest
  @CsvSource({"64, 1000", "32, 1000"})
  void aRandomLoopEndsInTheSameState(int width, int loops) {
    for (int i = 0; i < loops; i++) {
      String code = loop(width);
      long seed = random.nextLong();
      try (FlatCpu compiled = new FlatCpu(width);
          FlatCpu plain = new FlatCpu(width)) {
        compiled.interpreter.compileAfter(3, true);
        plain.interpreter.compileAfter(Integer.MAX_VALUE, false);
        prepare(compiled, seed, width);
        prepare(plain, seed, width);
        compiled.run(150, code);
        plain.run(150, code);
        assertSame(plain, compiled, code);
      }
    }
  }

  private static void prepare(FlatCpu cpu, long seed, int width) {
    Random values = new Random(seed);
    for (int r = 0; r < (width == 64 ? 16 : 8); r++) {
      long value = values.nextBoolean() ? values.nextLong() : values.nextInt(256) - 128;
      cpu.cpu.gpr[r] = width == 64 ? value : value & 0xffffffffL;
    }
    cpu.cpu.gpr[RSP] = FlatCpu.STACK;
    cpu.cpu.gpr[RSI] = DATA;
    byte[] data = new byte[256];
    values.nextBytes(data);
    cpu.map.memory().copyIn(DATA, data);
  }

  private static void assertSame(FlatCpu plain, FlatCpu compiled, String code) {
    assertEquals(plain.fault, compiled.fault, () -> "fault of " + code);
    assertEquals(plain.cpu.rip, compiled.cpu.rip, () -> "rip of " + code);
    assertEquals(plain.cpu.instructions, compiled.cpu.instructions, () -> "count of " + code);
    assertEquals(Flags.get(plain.cpu), Flags.get(compiled.cpu), () -> "flags of " + code);
    for (int r = 0; r < 16; r++) {
      int register = r;
      assertEquals(
          plain.cpu.gpr[r], compiled.cpu.gpr[r], () -> "register " + register + " of " + code);
    }
    assertArrayEquals(memory(plain), memory(compiled), () -> "memory of " + code);
  }

  private static byte[] memory(FlatCpu cpu) {
    byte[] data = new byte[0x8000];
    cpu.map.memory().copyOut(0, data, 0, data.length);
    return data;
  }
}
