package org.jvmm.pc.acpi;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

final class FloppyControllerTest {
  private static String aml(Integer... types) {
    return HexFormat.of()
        .formatHex(FloppyController.device(0x3F0, 0x3F7, 6, 2, List.of(types)).aml());
  }

  @Test
  void thePortsTheInterruptAndTheDmaChannelAreTold() {
    assertTrue(aml(0, 0).contains("4701f203f2030104" + "4701f703f7030101" + "224000" + "2a0400"));
  }

  @Test
  void everyDriveHasItsGeometry() {
    String device = aml(4, 5);
    assertTrue(device.contains("01000000010000000000000000000000" + "02000000"), device);
    assertTrue(device.contains("1000" + "0a04" + "0a4f" + "0a12" + "01" + "0aaf"), device);
    assertTrue(device.contains("1001" + "0a05" + "0a4f" + "0a24" + "01" + "0aaf"), device);
    assertFalse(aml(0, 0).contains(HexFormat.of().formatHex(new byte[] {0x46, 0x4C, 0x50})));
  }
}
