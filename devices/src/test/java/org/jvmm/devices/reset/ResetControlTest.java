package org.jvmm.devices.reset;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.jvmm.testkit.BusFuzz;
import org.jvmm.testkit.SnapshotCheck;

final class ResetControlTest {
  private final List<String> log = new ArrayList<>();
  private final ResetControl chip = new ResetControl(() -> log.add("hard"), () -> log.add("soft"));

  @Test
  void srstChoosesWhatTheRisingRcpuResets() {
    chip.write(0, 1, 2);
    assertEquals(List.of(), log);
    chip.write(0, 1, 6);
    assertEquals(List.of("hard"), log);
    chip.write(0, 1, 0);
    chip.write(0, 1, 4);
    assertEquals(List.of("hard", "soft"), log);
  }

  @Test
  void onlyTheEdgeOfRcpuResets() {
    chip.write(0, 1, 4);
    chip.write(0, 1, 4);
    chip.write(0, 1, 6);
    assertEquals(List.of("soft"), log);
    chip.reset();
    chip.write(0, 1, ResetControl.HARD_RESET);
    assertEquals(List.of("soft", "hard"), log);
  }

  @Test
  void reservedBitsReadZero() {
    chip.write(0, 1, 0xf9);
    assertEquals(0, chip.read(0, 1));
    chip.write(0, 1, 0xff);
    assertEquals(6, chip.read(0, 1));
  }

  @Test
  void randomAccessesDoNoHarmAndEveryStateSurvivesARoundTrip() {
    ResetControl other = new ResetControl(() -> {}, () -> {});
    BusFuzz.ports(chip, ResetControl.PORTS, 1)
        .beside(random -> SnapshotCheck.roundTrip(chip, other))
        .run(10_000);
  }
}
