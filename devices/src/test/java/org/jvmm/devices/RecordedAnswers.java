package org.jvmm.devices;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.zip.CRC32;

/**
 * A recording of QEMU's answers to accesses, a line each: the access, the answer, and where ours is
 * another one, ours and the letter of the reason.
 */
public final class RecordedAnswers {
  private RecordedAnswers() {}

  /**
   * Plays a recording.
   *
   * @param beside the class beside which it stands
   * @param perform carries out the words of a line; our answer, or null where none is compared
   * @param lines how many it has
   */
  public static void play(
      Class<?> beside, String recording, Function<String[], String> perform, int lines)
      throws IOException {
    List<String> differences = new ArrayList<>();
    int count = 0;
    try (BufferedReader log =
        new BufferedReader(
            new InputStreamReader(beside.getResourceAsStream(recording), StandardCharsets.UTF_8))) {
      for (String line = log.readLine(); line != null; line = log.readLine()) {
        count++;
        String[] words = line.split(" ");
        String answer = perform.apply(words);
        int wanted = words.length > 2 && words[words.length - 1].matches("[A-Z]") ? 2 : 1;
        if (answer != null && !answer.equals(words[words.length - wanted])) {
          differences.add(count + ": " + line + ", but " + answer);
        }
      }
    }
    assertEquals("", String.join("\n", differences));
    assertEquals(lines, count);
  }

  /** A hexadecimal word. */
  public static int hex(String word) {
    return Integer.parseUnsignedInt(word, 16);
  }

  /** What stands for many bytes: their CRC-32. */
  public static String crc(byte[] data) {
    CRC32 crc = new CRC32();
    crc.update(data);
    return Long.toHexString(crc.getValue());
  }
}
