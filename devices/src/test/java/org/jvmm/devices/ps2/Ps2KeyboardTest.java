package org.jvmm.devices.ps2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.jvmm.core.device.SnapshotException;
import org.jvmm.testkit.SnapshotCheck;

final class Ps2KeyboardTest {
  private final Ps2Keyboard keyboard = new Ps2Keyboard();

  private String sent() {
    StringBuilder text = new StringBuilder();
    for (int value = keyboard.transmit(); value != -1; value = keyboard.transmit()) {
      text.append("%02x ".formatted(value));
    }
    return text.toString().trim();
  }

  private String answers(int... bytes) {
    StringBuilder text = new StringBuilder();
    for (int value : bytes) {
      assertTrue(keyboard.receive(value));
      text.append(sent()).append('/');
    }
    return text.toString();
  }

  @Test
  void pressAndReleaseAreSentInSet2() {
    keyboard.key(0x1e, true);
    assertEquals("1c", sent());
    keyboard.key(0x1e, false);
    assertEquals("f0 1c", sent());
  }

  @Test
  void theAddedKeysHaveTheirPrefix() {
    keyboard.key(0xc8, true); // cursor up
    keyboard.key(0xc8, false);
    assertEquals("e0 75 e0 f0 75", sent());
  }

  @Test
  void pauseAndPrintScreenSendTheirSequences() {
    keyboard.key(Ps2Keyboard.PAUSE, true);
    keyboard.key(Ps2Keyboard.PAUSE, false);
    assertEquals("e1 14 77 e1 f0 14 f0 77", sent());
    keyboard.key(Ps2Keyboard.PRINT_SCREEN, true);
    keyboard.key(Ps2Keyboard.PRINT_SCREEN, false);
    assertEquals("e0 12 e0 7c e0 f0 7c e0 f0 12", sent());
  }

  @Test
  void codesThatAreNoKeyAreIgnored() {
    for (int code : new int[] {0, 0x80, 0x100, -1, Integer.MIN_VALUE}) {
      keyboard.key(code, true);
    }
    assertEquals("", sent());
  }

  @Test
  void theCommandsOfDriversAreAnswered() {
    assertEquals("fa aa/", answers(0xff));
    assertEquals("fa ab 83/", answers(0xf2));
    assertEquals("ee/", answers(0xee));
    assertEquals("fa/fa/", answers(0xed, 0x07));
    assertEquals("fa/fa/", answers(0xf3, 0x20));
    assertEquals("fa/", answers(0xf6));
    assertEquals("fa/fa/", answers(0xfa, 0xf7));
    assertEquals("fe/", answers(0x12));
  }

  @Test
  void onlyScanCodeSet2IsOffered() {
    assertEquals("fa/fa/", answers(0xf0, 2));
    assertEquals("fa/fa 02/", answers(0xf0, 0));
    assertEquals("fa/fe/", answers(0xf0, 1));
    assertEquals("fa/fe/", answers(0xf0, 3));
  }

  @Test
  void aCommandInPlaceOfAParameterIsACommand() {
    assertEquals("fa/fa ab 83/", answers(0xed, 0xf2));
  }

  @Test
  void disabledItSendsNoKeys() {
    assertEquals("fa/", answers(0xf5));
    keyboard.key(0x1e, true);
    assertEquals("", sent());
    assertEquals("fa/", answers(0xf4));
    keyboard.key(0x1e, true);
    assertEquals("1c", sent());
  }

  @Test
  void enableDisableDefaultsAndResetForgetKeys() {
    for (int command : new int[] {0xf4, 0xf6, 0xf5, 0xff}) {
      keyboard.key(0x1e, true);
      keyboard.receive(command);
      assertEquals(command == 0xff ? "fa aa" : "fa", sent());
    }
  }

  @Test
  void resendRepeatsTheLastByte() {
    answers(0xf2);
    assertEquals("83/83/", answers(0xfe, 0xfe));
  }

  @Test
  void aReplyGoesBeforeKeysAndReplacesTheLastReply() {
    keyboard.key(0x1e, true);
    keyboard.receive(0xf2);
    keyboard.receive(0xee);
    assertEquals("ee 1c", sent());
  }

  @Test
  void whenNobodyListensKeysAreLostButNoneStaysPressed() {
    for (int i = 0; i < 1000; i++) {
      keyboard.key(0x1e, true);
      keyboard.key(0x1e, false);
    }
    String[] codes = sent().split(" ");
    assertTrue(codes.length > 100 && codes.length <= 256, "kept " + codes.length);
    assertEquals("f0 1c", codes[codes.length - 2] + " " + codes[codes.length - 1]);
  }

  @Test
  void theListenerHearsOfKeysWithoutTheMonitor() {
    boolean[] held = {true};
    keyboard.onReady(() -> held[0] = Thread.holdsLock(keyboard));
    keyboard.key(0x1e, true);
    assertEquals(false, held[0]);
  }

  @Test
  void randomCommandsDoNoHarmAndEveryStateSurvivesARoundTrip() {
    Random random = new Random(3);
    Ps2Keyboard other = new Ps2Keyboard();
    for (int i = 0; i < 20_000; i++) {
      keyboard.receive(random.nextInt(256));
      keyboard.key(random.nextInt(256), random.nextBoolean());
      SnapshotCheck.roundTrip(keyboard, other);
      if (random.nextInt(4) == 0) {
        keyboard.transmit();
      }
    }
    keyboard.reset();
    assertEquals(new Ps2Keyboard().save(), keyboard.save());
  }

  @Test
  void aDamagedSnapshotIsRefused() {
    Outbox.State outbox = new Outbox.State(List.of(), List.of(256), 0);
    assertThrows(
        SnapshotException.class, () -> keyboard.restore(new Ps2Keyboard.State(1, true, 0, outbox)));
  }
}
