package org.jvmm.pc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.jvmm.core.accel.CoalescedWrites;
import org.jvmm.devices.drive.ErrorPolicy;
import org.jvmm.testkit.HeapDisk;

final class IdeDrivesTest {
  /** An accelerator that writes down what it is to collect. */
  private static final class Collected implements CoalescedWrites {
    private final List<String> ranges = new ArrayList<>();

    @Override
    public void deliverTo(Sink sink) {}

    @Override
    public void coalesce(boolean port, long address, int size) {
      ranges.add("%s %#x+%d".formatted(port ? "port" : "address", address, size));
    }

    @Override
    public void uncoalesce(boolean port, long address, int size) {}
  }

  @Test
  void parametersBeforeTheDeviceRegisterAreCollectedOnChannelsWithDrives() {
    Collected none = new Collected();
    IdeDrives.collectParameters(List.of(), none);
    assertEquals(List.of(), none.ranges);
    Collected second = new Collected();
    HeapDisk medium = new HeapDisk(1 << 20);
    IdeDrive drive = new IdeDrive(1, 0, false, medium, ErrorPolicy.USUAL, null, "ide1-hd0");
    IdeDrives.collectParameters(List.of(drive), second);
    assertEquals(List.of("port 0x171+5"), second.ranges);
  }
}
