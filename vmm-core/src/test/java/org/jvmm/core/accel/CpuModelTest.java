package org.jvmm.core.accel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

final class CpuModelTest {
  @Test
  void bothOfQemusFormsOfSwitchesAreTaken() {
    assertEquals(
        new CpuModel("host", List.of("x2apic", "pcid"), List.of("avx2", "cx16")),
        CpuModel.parse("host,+x2apic,-avx2,pcid=on,cx16=off"));
  }

  @Test
  void aPartThatIsNoSwitchIsNamed() {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> CpuModel.parse("host,avx2"));
    assertTrue(e.getMessage().contains("'avx2'"), e.getMessage());
    assertThrows(IllegalArgumentException.class, () -> CpuModel.parse(",+avx2"));
  }
}
