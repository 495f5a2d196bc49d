package org.jvmm.devices.fdc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.jvmm.devices.RecordedAnswers.hex;

import java.io.IOException;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.jvmm.core.backend.BlockBackend;
import org.jvmm.core.backend.BlockRequest;
import org.jvmm.devices.RecordedAnswers;
import org.jvmm.devices.drive.DriveEvents;
import org.jvmm.devices.drive.ErrorPolicy;
import org.jvmm.testkit.HeapDisk;

/**
 * What QEMU's controller answered to a driver's accesses. Where ours answers otherwise the line has
 * our answer too, and the letter of the reason, which the recording explains at its top.
 */
final class RecordedFdcTest {
  private final HeapDisk diskA = disk(FloppyFormat.F1440K, 7);
  private final HeapDisk diskB = disk(FloppyFormat.F720K, 11);
  private final FdcRig rig =
      new FdcRig(
          FdcRig.drive(diskA),
          new FloppyDrive(new Protected(diskB), ErrorPolicy.USUAL, DriveEvents.NONE));
  private int rises;

  private record Protected(HeapDisk disk) implements BlockBackend {
    @Override
    public long size() {
      return disk.size();
    }

    @Override
    public boolean readOnly() {
      return true;
    }

    @Override
    public void submit(BlockRequest request) {
      disk.submit(request);
    }

    @Override
    public void close() {}
  }

  private static HeapDisk disk(FloppyFormat format, int factor) {
    HeapDisk disk = new HeapDisk((int) format.bytes());
    for (int i = 0; i < disk.bytes().length; i++) {
      int at = i % 512;
      disk.bytes()[i] = (byte) (i / 512 * factor + (at % 2 == 0 ? at : at >> 1));
    }
    return disk;
  }

  @Test
  void theAnswersAreQemusOrDifferForAReasonThatIsGiven() throws IOException {
    RecordedAnswers.play(getClass(), "fdc-qtest.txt", this::perform, 1140);
  }

  /** Our answer, or null where none is compared. */
  private String perform(String[] words) {
    diskA.completeAll();
    diskB.completeAll();
    switch (words[0]) {
      case "outb" -> rig.out(hex(words[1]), hex(words[2]));
      case "outsb" -> {
        for (int i = 0; i < hex(words[2]); i++) {
          rig.out(hex(words[1]), i * hex(words[3]) & 0xFF);
        }
      }
      case "inb" -> {
        return Integer.toHexString(rig.in(hex(words[1])));
      }
      case "insb" -> {
        byte[] data = new byte[hex(words[2])];
        for (int i = 0; i < data.length; i++) {
          data[i] = (byte) rig.in(hex(words[1]));
        }
        return crc(data);
      }
      case "irq" -> {
        int before = rises;
        rises = rig.irq.rises();
        return rises > before ? "irq" : "none";
      }
      case "write" -> {
        byte[] data = new byte[hex(words[2])];
        for (int i = 0; i < data.length; i++) {
          data[i] = (byte) (i * hex(words[3]) ^ i >> 8);
        }
        rig.memory.copyIn(hex(words[1]), data);
      }
      case "ids" -> {
        byte[] data = new byte[4 * hex(words[4])];
        for (int i = 0; i < data.length; i += 4) {
          data[i] = (byte) hex(words[2]);
          data[i + 1] = (byte) hex(words[3]);
          data[i + 2] = (byte) (i / 4 + 1);
          data[i + 3] = 2;
        }
        rig.memory.copyIn(hex(words[1]), data);
      }
      case "read" -> {
        return crc(rig.bytes(hex(words[1]), hex(words[2])));
      }
      default -> assertEquals("#", words[0]);
    }
    return null;
  }

  private static String crc(byte[] data) {
    CRC32 crc = new CRC32();
    crc.update(data);
    return "%08x".formatted(crc.getValue());
  }
}
