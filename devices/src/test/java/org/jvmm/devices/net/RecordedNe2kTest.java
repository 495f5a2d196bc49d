package org.jvmm.devices.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.jvmm.devices.RecordedAnswers.crc;
import static org.jvmm.devices.RecordedAnswers.hex;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.jvmm.devices.RecordedAnswers;
import org.jvmm.devices.pci.PciConfig;

/**
 * What QEMU's card answered to a driver's accesses. Where ours answers otherwise the line has our
 * answer too, and the letter of the reason, which the recording explains at its top.
 */
final class RecordedNe2kTest {
  private final Ne2kRig rig = new Ne2kRig();

  @Test
  void theAnswersAreQemusOrDifferForAReasonThatIsGiven() throws IOException {
    RecordedAnswers.play(getClass(), "ne2k-qtest.txt", this::perform, 639);
  }

  /** Our answer, or null where there is none to compare. */
  private String perform(String[] words) {
    int size = words[0].endsWith("b") ? 1 : words[0].endsWith("w") ? 2 : 4;
    switch (words[0]) {
      case "outb", "outw", "outl" -> rig.out(hex(words[1]), size, hex(words[2]));
      case "inb", "inw", "inl" -> {
        int value = rig.in(hex(words[1]), size);
        return Integer.toHexString(size == 4 ? value : value & (1 << 8 * size) - 1);
      }
      case "outsw" -> {
        byte[] data = Ne2kRig.frame("0", hex(words[1]) + 6, hex(words[2]));
        for (int i = 6; i < data.length; i += 2) {
          rig.out(Ne2kRig.DATA, 2, data[i] & 0xFF | (data[i + 1] & 0xFF) << 8);
        }
      }
      case "insw" -> {
        byte[] data = new byte[hex(words[1])];
        for (int i = 0; i < data.length; i += 2) {
          int word = rig.in(Ne2kRig.DATA, 2);
          data[i] = (byte) word;
          data[i + 1] = (byte) (word >> 8);
        }
        return crc(data);
      }
      case "rx" -> rig.receive(Ne2kRig.frame(words[1], hex(words[2]), hex(words[3])));
      case "tx" -> {
        return rig.cable.frames.isEmpty() ? "0" : crc(rig.cable.frames.remove(0));
      }
      case "irq" -> {
        assertEquals(rig.irq.level(), (rig.config(PciConfig.STATUS, 2) & 8) != 0);
        return rig.irq.level() ? "1" : "0";
      }
      default -> assertEquals("#", words[0]);
    }
    return null;
  }
}
