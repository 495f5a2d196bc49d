package org.jvmm.devices.ide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.jvmm.devices.RecordedAnswers.crc;
import static org.jvmm.devices.RecordedAnswers.hex;

import java.io.IOException;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.jvmm.core.backend.BlockError;
import org.jvmm.devices.RecordedAnswers;
import org.jvmm.devices.drive.ErrorPolicy;
import org.jvmm.testkit.HeapDisk;

/**
 * What a driver and a user saw of QEMU when the host failed, under each {@code werror=} and {@code
 * rerror=}, and when the machine went on. Where ours answers otherwise the line has our answer too,
 * and the letter of the reason, which the recording explains at its top.
 */
final class RecordedErrorsTest {
  private static final int SIZE = 1 << 20;

  private IdeRig rig;
  private IdeRig.Events events;
  private HeapDisk disk;
  private int raised;

  @Test
  void theAnswersAreQemusOrDifferForAReasonThatIsGiven() throws IOException {
    RecordedAnswers.play(getClass(), "ide-errors-qtest.txt", this::perform, 988);
  }

  private static byte[] pattern(int count, int factor) {
    byte[] data = new byte[count];
    for (int i = 0; i < count; i++) {
      data[i] = (byte) (i * factor ^ i >> 8);
    }
    return data;
  }

  private static ErrorPolicy.Action action(String name, ErrorPolicy.Action usual) {
    return name.equals("default")
        ? usual
        : ErrorPolicy.Action.valueOf(name.toUpperCase(Locale.ROOT));
  }

  private void machine(boolean cdrom, String rerror, String werror) {
    if (rig != null) {
      rig.close();
    }
    ErrorPolicy usual = ErrorPolicy.USUAL;
    ErrorPolicy policy =
        new ErrorPolicy(action(rerror, usual.read()), action(werror, usual.write()));
    events = new IdeRig.Events();
    disk = new HeapDisk(SIZE);
    System.arraycopy(pattern(SIZE, 7), 0, disk.bytes(), 0, SIZE);
    DriveIdentity identity = IdeRig.identity(DriveIdentity.DISK_MODEL);
    rig =
        new IdeRig(
            cdrom
                ? new CdRom(disk, identity, policy, events)
                : new AtaDisk(disk, identity, policy, events),
            null);
    raised = 0;
  }

  /** The machine goes on: what waits for it is made again. */
  private void goOn() {
    Runnable retry = events.retry;
    events.retry = null;
    if (retry != null) {
      retry.run();
    }
    disk.completeAll();
  }

  /** Our answer, or null where there is none to compare. */
  private String perform(String[] words) {
    switch (words[0]) {
      case "machine" -> machine(words[1].equals("cdrom"), words[2], words[3]);
      case "fail" ->
          disk.fail(words[1].equals("io") ? BlockError.IO : BlockError.NO_SPACE, hex(words[2]));
      case "mend" -> disk.fail(null, 0);
      case "cont" -> goOn();
      case "reset" -> rig.channel.reset();
      case "outb", "outw", "outl" -> rig.ports.write(hex(words[1]), size(words), hex(words[2]));
      case "outsw" -> rig.dataOut(pattern(hex(words[1]), hex(words[2])));
      case "write" -> rig.memory.copyIn(hex(words[1]), pattern(hex(words[2]), hex(words[3])));
      case "prd" -> table(words);
      default -> {
        return answer(words);
      }
    }
    disk.completeAll();
    return null;
  }

  private String answer(String[] words) {
    return switch (words[0]) {
      case "inb" -> {
        String value = Integer.toHexString(rig.ports.read(hex(words[1]), 1));
        disk.completeAll();
        yield value;
      }
      case "insw" -> {
        String sum = crc(rig.dataIn(hex(words[1])));
        disk.completeAll();
        yield sum;
      }
      case "read" -> {
        byte[] data = new byte[hex(words[2])];
        rig.memory.copyOut(hex(words[1]), data, 0, data.length);
        yield crc(data);
      }
      case "disk" -> {
        byte[] data = new byte[hex(words[2])];
        System.arraycopy(disk.bytes(), hex(words[1]), data, 0, data.length);
        yield crc(data);
      }
      case "sense" -> {
        byte[] sense = rig.dataIn(18);
        yield "%x/%02x/%02x".formatted(sense[2] & 0xf, sense[12], sense[13]);
      }
      case "irq" -> {
        int before = raised;
        raised = rig.irq.rises();
        yield Integer.toString(raised - before);
      }
      case "runs" -> events.retry == null ? "1" : "0";
      default -> {
        assertEquals("#", words[0]);
        yield null;
      }
    };
  }

  private void table(String[] words) {
    long[] regions = new long[words.length - 1];
    for (int i = 0; i < regions.length; i++) {
      regions[i] = hex(words[i + 1]);
    }
    rig.prds(regions);
  }

  private static int size(String[] words) {
    return switch (words[0].charAt(words[0].length() - 1)) {
      case 'b' -> 1;
      case 'w' -> 2;
      default -> 4;
    };
  }
}
