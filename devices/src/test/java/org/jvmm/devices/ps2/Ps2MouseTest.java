package org.jvmm.devices.ps2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.jvmm.core.device.SnapshotException;
import org.jvmm.testkit.SnapshotCheck;

final class Ps2MouseTest {
  private final Ps2Mouse mouse = new Ps2Mouse();

  private String sent() {
    StringBuilder text = new StringBuilder();
    for (int value = mouse.transmit(); value != -1; value = mouse.transmit()) {
      text.append("%02x ".formatted(value));
    }
    return text.toString().trim();
  }

  private String answers(int... bytes) {
    StringBuilder text = new StringBuilder();
    for (int value : bytes) {
      mouse.receive(value);
      text.append(sent()).append('/');
    }
    return text.toString();
  }

  private void knock(int first, int second, int third) {
    answers(0xf3, first, 0xf3, second, 0xf3, third);
  }

  @Test
  void resetPassesItsTestAndSaysWhoItIs() {
    assertEquals("fa aa 00/", answers(0xff));
    assertEquals("fa 00/", answers(0xf2));
  }

  @Test
  void motionIsReportedWhenEnabledAndUpIsPositive() {
    mouse.move(5, 5, 0, 0);
    assertEquals("", sent());
    assertEquals("fa/", answers(0xf4));
    mouse.move(5, 3, 0, 0);
    assertEquals("28 05 fd", sent());
    mouse.move(-2, -1, 0, 0);
    assertEquals("18 fe 01", sent());
  }

  @Test
  void motionThatWaitsIsAddedUpAndSplitAtTheLimitOfAPacket() {
    answers(0xf4);
    mouse.move(200, 0, 0, 0);
    mouse.move(100, 0, 0, 0);
    assertEquals("08 ff 00 08 2d 00", sent());
  }

  @Test
  void everyClickHasItsPacket() {
    answers(0xf4);
    mouse.move(1, 0, 0, Ps2Mouse.LEFT);
    mouse.move(1, 0, 0, 0);
    mouse.move(0, 0, 0, Ps2Mouse.RIGHT | Ps2Mouse.MIDDLE);
    assertEquals("09 01 00 08 01 00 0e 00 00", sent());
  }

  @Test
  void theKnockOfIntelliMouseGivesAWheel() {
    answers(0xf4);
    mouse.move(0, 0, 1, 0);
    assertEquals("", sent(), "no wheel yet");
    mouse.move(1, 0, 1, 0);
    assertEquals("08 01 00", sent());
    knock(200, 100, 80);
    assertEquals("fa 03/", answers(0xf2));
    mouse.move(0, 0, -1, 0);
    assertEquals("08 00 00 ff", sent());
    mouse.move(0, 0, 9, 0);
    assertEquals("08 00 00 07 08 00 00 02", sent());
  }

  @Test
  void theKnockOfTheExplorerGivesFiveButtons() {
    knock(200, 100, 80);
    knock(200, 200, 80);
    assertEquals("fa 04/fa/", answers(0xf2, 0xf4));
    mouse.move(0, 0, -1, Ps2Mouse.SIDE);
    assertEquals("08 00 00 1f", sent());
    mouse.move(0, 0, 0, Ps2Mouse.EXTRA | Ps2Mouse.LEFT);
    assertEquals("09 00 00 20", sent());
  }

  @Test
  void statusShowsModeButtonsResolutionAndRate() {
    answers(0xe7, 0xe8, 3, 0xf3, 40, 0xf4);
    mouse.move(0, 0, 0, Ps2Mouse.LEFT);
    assertEquals("fa 34 03 28/", answers(0xe9));
    assertEquals("fa/fa 04 02 64/", answers(0xf6, 0xe9));
  }

  @Test
  void inRemoteModeThePacketIsAskedFor() {
    answers(0xf0, 0xf4);
    mouse.move(3, 0, 0, Ps2Mouse.LEFT);
    assertEquals("", sent());
    assertEquals("fa 09 03 00/", answers(0xeb));
    assertEquals("fa 09 00 00/", answers(0xeb));
    assertEquals("fa/", answers(0xea));
    mouse.move(1, 0, 0, Ps2Mouse.LEFT);
    assertEquals("09 01 00", sent());
  }

  @Test
  void inWrapModeBytesComeBack() {
    assertEquals("fa/f4/e9/fa/", answers(0xee, 0xf4, 0xe9, 0xec));
    assertEquals("fa/fa aa 00/fa 00/", answers(0xee, 0xff, 0xf2));
  }

  @Test
  void aCommandStopsAHalfSentPacket() {
    answers(0xf4);
    mouse.move(5, 0, 0, Ps2Mouse.LEFT);
    mouse.transmit();
    assertEquals("fa 24 02 64/", answers(0xe9));
  }

  @Test
  void unknownCommandsAskToResend() {
    assertEquals("fe/fe/", answers(0x00, 0xf1));
  }

  @Test
  void randomCommandsDoNoHarmAndEveryStateSurvivesARoundTrip() {
    Random random = new Random(4);
    Ps2Mouse other = new Ps2Mouse();
    for (int i = 0; i < 20_000; i++) {
      if (random.nextInt(4) == 0) {
        mouse.receive(random.nextBoolean() ? 0xe6 + random.nextInt(26) : random.nextInt(256));
      }
      mouse.move(random.nextInt(), random.nextInt(), random.nextInt(), random.nextInt());
      SnapshotCheck.roundTrip(mouse, other);
      if (random.nextInt(4) == 0) {
        mouse.transmit();
      }
    }
    mouse.reset();
    assertEquals(new Ps2Mouse().save(), mouse.save());
  }

  @Test
  void aDamagedSnapshotIsRefused() {
    Outbox.State outbox = new Outbox.State(List.of(), List.of(), 0);
    Ps2Mouse.State bad = new Ps2Mouse.State(1, 0, 0, 2, 100, 2, 0, 0, 0, 0, 0, outbox);
    assertThrows(SnapshotException.class, () -> mouse.restore(bad));
    Ps2Mouse.State wild = new Ps2Mouse.State(1, 0, 0, 0, 100, 2, 0, 1 << 20, 0, 0, 0, outbox);
    assertThrows(SnapshotException.class, () -> mouse.restore(wild));
  }
}
