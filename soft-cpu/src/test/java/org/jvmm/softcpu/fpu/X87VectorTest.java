package org.jvmm.softcpu.fpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Replays x87.vectors: whole register state before and after single instructions on a real
 * processor.
 */
final class X87VectorTest {
  private final long[] mantissas = new long[8];
  private final int[] signExps = new int[8];
  private long memoryLow;
  private int memoryHigh;
  private int eflags;
  private int control;

  @Test
  void everyRecordedInstructionLeavesTheStateOfTheProcessor() {
    List<String> failures = new ArrayList<>();
    List<String> lines = VectorFile.lines("x87.vectors");
    assertEquals(2000, lines.size());
    for (String line : lines) {
      String got = replay(line);
      if (!got.isEmpty()) {
        failures.add(line + "\n    but " + got);
      }
    }
    assertTrue(
        failures.isEmpty(),
        () ->
            failures.size()
                + " differ, first:\n"
                + String.join("\n", failures.subList(0, Math.min(10, failures.size()))));
  }

  private String replay(String line) {
    String[] halves = line.split(" > ");
    String[] in = halves[0].split(" ");
    String[] out = halves[1].split(" ");
    int escape = hex(in[0]);
    int modrm = hex(in[1]);
    control = hex(in[2]);
    int status = hex(in[3]);
    for (int r = 0; r < 8; r++) {
      signExps[r] = 0x4000 + r;
      mantissas[r] = 1L << 63 | (long) r << 56;
    }
    memoryLow = 0;
    memoryHigh = 0;
    eflags = 0;
    apply(in, 5);
    X87Machine machine = load(status, hex(in[4]));
    machine.execute(escape, modrm);
    apply(out, 2);
    boolean approximate =
        escape == 0xD9
            && (modrm >= 0xF0 && modrm <= 0xF3 || modrm == 0xF9 || modrm == 0xFB || modrm >= 0xFE);
    return difference(machine, hex(out[0]), hex(out[1]), approximate);
  }

  private static int hex(String text) {
    return Integer.parseInt(text, 16);
  }

  private void apply(String[] fields, int from) {
    for (int i = from; i < fields.length; i++) {
      String value = fields[i].substring(fields[i].indexOf('=') + 1);
      String[] pair = value.split(":");
      switch (fields[i].charAt(0)) {
        case 'r' -> {
          int r = fields[i].charAt(1) - '0';
          signExps[r] = hex(pair[0]);
          mantissas[r] = Long.parseUnsignedLong(pair[1], 16);
        }
        case 'm' -> {
          memoryHigh = hex(pair[0]);
          memoryLow = Long.parseUnsignedLong(pair[1], 16);
        }
        case 'f' -> eflags = hex(value);
        default -> control = hex(value);
      }
    }
  }

  private X87Machine load(int status, int tags) {
    X87Machine machine = new X87Machine();
    X87State s = machine.fpu.state;
    s.setControlWord(control);
    s.setStatusWord(status);
    for (int r = 0; r < 8; r++) {
      s.set(r - s.top() & 7, signExps[r], mantissas[r]);
    }
    s.setTagWord(tags);
    for (int i = 0; i < 8; i++) {
      machine.memory[i] = (byte) (memoryLow >>> 8 * i);
    }
    machine.memory[8] = (byte) memoryHigh;
    machine.memory[9] = (byte) (memoryHigh >> 8);
    machine.eflags = eflags;
    return machine;
  }

  /**
   * What differs from the expectation. Transcendental results are {@code approximate}: processors
   * themselves differ by a unit in the last place, so that much, and the rounding direction in C1,
   * is left open.
   */
  private String difference(X87Machine machine, int status, int tags, boolean approximate) {
    StringBuilder text = new StringBuilder();
    X87State s = machine.fpu.state;
    int statusMask = approximate ? ~FpStatus.C1 : ~0;
    if (((s.statusWord() ^ status) & statusMask) != 0
        || s.tagWord() != tags
        || s.controlWord() != control) {
      text.append(
          "status %x tags %x control %x ".formatted(s.statusWord(), s.tagWord(), s.controlWord()));
    }
    for (int r = 0; r < 8; r++) {
      int i = r - s.top() & 7;
      long error = Math.abs(s.mantissa(i) - mantissas[r]);
      if (s.signExp(i) != signExps[r] || error > (approximate ? 1 : 0)) {
        text.append("r%d=%x:%x ".formatted(r, s.signExp(i), s.mantissa(i)));
      }
    }
    long low = 0;
    for (int i = 7; i >= 0; i--) {
      low = low << 8 | machine.memory[i] & 0xFF;
    }
    if (low != memoryLow
        || machine.memory[8] != (byte) memoryHigh
        || machine.memory[9] != (byte) (memoryHigh >> 8)) {
      text.append("memory %x ".formatted(low));
    }
    if (machine.eflags != eflags) {
      text.append("eflags %x".formatted(machine.eflags));
    }
    return text.toString();
  }
}
