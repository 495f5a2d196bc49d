package org.jvmm.devices.i8042;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.jvmm.core.device.SnapshotException;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.devices.i8042.I8042.Ctr;
import org.jvmm.devices.i8042.I8042.P2;
import org.jvmm.devices.i8042.I8042.Str;
import org.jvmm.devices.ps2.Ps2Device;
import org.jvmm.devices.ps2.Ps2Keyboard;
import org.jvmm.devices.ps2.Ps2Mouse;
import org.jvmm.testkit.BusFuzz;
import org.jvmm.testkit.RecordingIrqLine;
import org.jvmm.testkit.SnapshotCheck;

final class I8042Test {
  private static final int DATA = 0, COMMAND = 1;
  private static final int ACK = 0xfa;

  private final Ps2Keyboard keyboard = new Ps2Keyboard();
  private final Ps2Mouse mouse = new Ps2Mouse();
  private final RecordingIrqLine irq1 = new RecordingIrqLine();
  private final RecordingIrqLine irq12 = new RecordingIrqLine();
  private final RecordingIrqLine a20 = new RecordingIrqLine();
  private int resets;
  private I8042 chip = new I8042(keyboard, mouse, irq1, irq12, a20, () -> resets++);

  private void command(int value) {
    chip.write(COMMAND, 1, value);
  }

  private void data(int value) {
    chip.write(DATA, 1, value);
  }

  private boolean full() {
    return (chip.read(COMMAND, 1) & Str.OBF) != 0;
  }

  /** Reads what must be there. */
  private int data() {
    assertTrue(full(), "a reply");
    return chip.read(DATA, 1);
  }

  private void flush() {
    for (int i = 0; full() && i < 32; i++) {
      chip.read(DATA, 1);
    }
  }

  private void setCtr(int value) {
    command(0x60);
    data(value);
  }

  private int ctr() {
    command(0x20);
    return data();
  }

  // Controller

  @Test
  void theSelfTestAndThePortTestsPass() {
    command(0xaa);
    assertEquals(0x55, data());
    command(0xab);
    assertEquals(0, data());
    command(0xa9);
    assertEquals(0, data());
    assertFalse(full());
  }

  @Test
  void theCommandByteAndTheRamReadBack() {
    setCtr(Ctr.KBD_INT | Ctr.SYS);
    assertEquals(Ctr.KBD_INT | Ctr.SYS, ctr());
    command(0x7f);
    data(0x5a);
    command(0x3f);
    assertEquals(0x5a, data());
  }

  @Test
  void theSystemFlagFollowsTheCommandByteAndTheSelfTest() {
    setCtr(0);
    assertEquals(0, chip.read(COMMAND, 1) & Str.SYS);
    command(0xaa);
    data();
    assertEquals(Str.SYS, chip.read(COMMAND, 1) & Str.SYS);
  }

  @Test
  void statusTellsCommandFromData() {
    command(0xae);
    assertEquals(Str.CD, chip.read(COMMAND, 1) & Str.CD);
    data(0xee);
    assertEquals(0, chip.read(COMMAND, 1) & Str.CD);
  }

  @Test
  void enableAndDisableShowInTheCommandByte() {
    command(0xad);
    command(0xa7);
    assertEquals(Ctr.KBD_DISABLE | Ctr.AUX_DISABLE, ctr() & 0x30);
    command(0xae);
    command(0xa8);
    assertEquals(0, ctr() & 0x30);
  }

  @Test
  void theOutputPortCarriesA20AndTheBufferBits() {
    assertTrue(a20.level());
    command(0xd1);
    data(0xdd);
    assertFalse(a20.level());
    command(0xdf);
    assertTrue(a20.level());
    command(0xdd);
    assertFalse(a20.level());
    command(0xd0);
    assertEquals(P2.NO_RESET, data() & (P2.NO_RESET | P2.A20 | P2.KBD_OBF | P2.AUX_OBF));
    keyboard.key(0x1e, true);
    command(0xd0);
    data();
    assertEquals(P2.KBD_OBF, data() & (P2.KBD_OBF | P2.AUX_OBF));
  }

  @Test
  void theResetPulseResetsTheProcessor() {
    command(0xfe);
    assertEquals(1, resets);
    command(0xff);
    assertEquals(1, resets);
    command(0xd1);
    data(0x02);
    assertEquals(2, resets);
    command(0xd0);
    assertEquals(P2.NO_RESET, data() & P2.NO_RESET, "a pulse, not a level");
  }

  @Test
  void loopsPutAByteIntoTheOutputBufferOfEitherSource() {
    command(0xd3);
    data(0x5a);
    assertTrue(irq12.level());
    assertEquals(Str.OBF | Str.AUX_OBF, chip.read(COMMAND, 1) & (Str.OBF | Str.AUX_OBF));
    assertEquals(0x5a, data());
    command(0xd2);
    data(0xa5);
    assertTrue(irq1.level());
    assertEquals(Str.OBF, chip.read(COMMAND, 1) & (Str.OBF | Str.AUX_OBF));
    assertEquals(0xa5, data());
    assertFalse(irq1.level() || irq12.level());
  }

  @Test
  void unknownCommandsDoNothing() {
    for (int value : new int[] {0x00, 0x1f, 0x80, 0xa0, 0xb8, 0xc8, 0xd8, 0xef}) {
      command(value);
    }
    assertFalse(full());
    assertEquals(0, resets);
  }

  // Devices

  @Test
  void aKeyIsTranslatedToSet1WithItsInterrupts() {
    keyboard.key(0x1e, true);
    assertTrue(irq1.level());
    assertEquals(0x1e, data());
    assertFalse(irq1.level());
    keyboard.key(0x1e, false);
    assertEquals(0x9e, data());
    keyboard.key(0xc8, false);
    assertEquals(0xe0, data());
    assertEquals(0xc8, data());
    assertFalse(full());
  }

  @Test
  void pauseIsTranslated() {
    keyboard.key(Ps2Keyboard.PAUSE, true);
    for (int code : new int[] {0xe1, 0x1d, 0x45, 0xe1, 0x9d, 0xc5}) {
      assertEquals(code, data());
    }
  }

  @Test
  void withoutTranslationSet2Passes() {
    setCtr(Ctr.KBD_INT);
    keyboard.key(0x1e, false);
    assertEquals(0xf0, data());
    assertEquals(0x1c, data());
  }

  @Test
  void everyByteHasItsOwnEdge() {
    keyboard.key(0xc8, true);
    keyboard.key(0xc8, false);
    flush();
    assertEquals(List.of(true, false, true, false, true, false, true, false), irq1.edges());
  }

  @Test
  void withItsInterruptOffAByteWaitsSilently() {
    setCtr(Ctr.XLATE);
    keyboard.key(0x1e, true);
    assertFalse(irq1.level());
    assertTrue(full());
    setCtr(Ctr.XLATE | Ctr.KBD_INT);
    assertTrue(irq1.level());
  }

  @Test
  void aDisabledPortKeepsItsBytesUntilItIsEnabled() {
    command(0xad);
    keyboard.key(0x1e, true);
    assertFalse(full());
    command(0xae);
    assertEquals(0x1e, data());
  }

  @Test
  void aReplyOfTheControllerGoesBeforeWaitingKeys() {
    keyboard.key(0x1e, true);
    keyboard.key(0x30, true);
    command(0x20);
    assertEquals(0x1e, data(), "was in the buffer");
    assertEquals(0x47, data(), "the command byte");
    assertEquals(0x30, data());
  }

  @Test
  void dataForTheKeyboardEnablesItAndItsAnswerIsTranslated() {
    command(0xad);
    data(0xf2);
    assertEquals(List.of(ACK, 0xab, 0x41), List.of(data(), data(), data()));
    assertEquals(0, ctr() & Ctr.KBD_DISABLE);
  }

  @Test
  void theMouseIsReachedByItsPrefixAndInterruptsOnIrq12() {
    command(0xd4);
    data(0xf4);
    assertTrue(irq12.level());
    assertEquals(Str.AUX_OBF, chip.read(COMMAND, 1) & Str.AUX_OBF);
    assertEquals(ACK, data());
    mouse.move(1, 0, 0, 0);
    assertEquals(List.of(0x08, 0x01, 0x00), List.of(data(), data(), data()));
    assertEquals(0, irq1.rises());
  }

  @Test
  void dataForTheMouseEnablesIt() {
    command(0xa7);
    command(0xd4);
    data(0xf4);
    assertEquals(ACK, data());
    assertEquals(0, ctr() & Ctr.AUX_DISABLE);
  }

  @Test
  void aCommandInPlaceOfAParameterIsACommand() {
    command(0x60);
    command(0xaa);
    assertEquals(0x55, data());
    data(0xee); // for the keyboard, not the command byte
    assertEquals(0xee, data());
  }

  @Test
  void anEmptySocketTimesOutAtOnce() {
    chip =
        new I8042(Ps2Device.ABSENT, Ps2Device.ABSENT, irq1, irq12, IrqLine.UNCONNECTED, () -> {});
    data(0xff);
    assertEquals(Str.TIMEOUT, chip.read(COMMAND, 1) & (Str.TIMEOUT | Str.AUX_OBF));
    assertEquals(0xfe, data());
    command(0xd4);
    data(0xff);
    assertEquals(Str.TIMEOUT | Str.AUX_OBF, chip.read(COMMAND, 1) & (Str.TIMEOUT | Str.AUX_OBF));
    assertEquals(0xfe, data());
    assertEquals(0, chip.read(COMMAND, 1) & Str.TIMEOUT);
  }

  @Test
  void resetEmptiesTheBufferAndOpensA20() {
    command(0xdd);
    keyboard.key(0x1e, true);
    chip.reset();
    assertFalse(full() || irq1.level());
    assertTrue(a20.level());
  }

  @Test
  void theCommandPortIsTheChipsSecondOffset() {
    chip.commandPort().write(0, 1, 0xaa);
    assertEquals(Str.OBF, chip.commandPort().read(0, 1) & Str.OBF);
    assertEquals(0x55, chip.read(DATA, 1));
  }

  // Drivers

  /** Linux' i8042 probe in its order; each wait that found no answer would cost it 0.5 s. */
  @Test
  void linuxFindsKeyboardAndMouseWithoutWaiting() {
    flush();
    int initial = ctr();
    assertEquals(initial, ctr());
    setCtr((initial | Ctr.KBD_DISABLE) & ~Ctr.KBD_INT);
    flush();
    command(0xaa);
    assertEquals(0x55, data());
    command(0xd3);
    data(0x5a);
    assertEquals(0x5a, data(), "AUX loop");
    command(0xa9);
    assertEquals(0, data());
    command(0xa7);
    assertEquals(Ctr.AUX_DISABLE, ctr() & Ctr.AUX_DISABLE);
    command(0xa8);
    assertEquals(0, ctr() & Ctr.AUX_DISABLE);
    setCtr(ctr() | Ctr.AUX_INT);
    irq12.forget();
    command(0xd3);
    data(0xa5);
    assertEquals(1, irq12.rises(), "AUX interrupt is delivered");
    assertEquals(0xa5, data());
    for (int probe : new int[] {0xf0, 0x56, 0xa4}) { // a multiplexer would change the last one
      command(0xd3);
      data(probe);
      assertEquals(probe, data());
    }
    command(0xae);
    data(0xf2);
    assertEquals(List.of(ACK, 0xab, 0x41), List.of(data(), data(), data()));
    command(0xd4);
    data(0xf2);
    assertEquals(List.of(ACK, 0x00), List.of(data(), data()));
  }

  /** SeaBIOS: both ports off, tests, keyboard reset, scan code set 2, enable. */
  @Test
  void firmwareSetsTheKeyboardUp() {
    command(0xad);
    command(0xa7);
    flush();
    command(0xaa);
    assertEquals(0x55, data());
    command(0xab);
    assertEquals(0x00, data());
    data(0xff);
    assertEquals(List.of(ACK, 0xaa), List.of(data(), data()));
    data(0xf5);
    assertEquals(ACK, data());
    setCtr(Ctr.KBD_INT | Ctr.SYS | Ctr.AUX_DISABLE | Ctr.XLATE);
    data(0xf4);
    assertEquals(ACK, data());
    assertEquals(Ctr.KBD_INT | Ctr.SYS | Ctr.AUX_DISABLE | Ctr.XLATE, ctr());
  }

  // Robustness and snapshots

  @Test
  void randomAccessesDoNoHarmAndEveryStateSurvivesARoundTrip() {
    RecordingIrqLine otherA20 = new RecordingIrqLine();
    I8042 other =
        new I8042(
            new Ps2Keyboard(),
            new Ps2Mouse(),
            IrqLine.UNCONNECTED,
            IrqLine.UNCONNECTED,
            otherA20,
            () -> {});
    BusFuzz.ports(chip, I8042.PORTS, 1)
        .beside(random -> keyboard.key(random.nextInt(256), random.nextBoolean()))
        .beside(random -> mouse.move(random.nextInt(9) - 4, 1, 0, random.nextInt(8)))
        .beside(
            random -> {
              SnapshotCheck.roundTrip(chip, other);
              assertEquals(a20.level(), otherA20.level());
            })
        .run(100_000);
  }

  @Test
  void aRestoredControllerDrivesItsLines() {
    keyboard.key(0x1e, true);
    RecordingIrqLine otherIrq = new RecordingIrqLine();
    I8042 other =
        new I8042(
            new Ps2Keyboard(),
            new Ps2Mouse(),
            otherIrq,
            IrqLine.UNCONNECTED,
            IrqLine.UNCONNECTED,
            () -> {});
    other.restore(chip.save());
    assertTrue(otherIrq.level());
    assertEquals(0x1e, other.read(DATA, 1));
  }

  @Test
  void aDamagedSnapshotIsRefused() {
    List<Integer> ram = Collections.nCopies(31, 0);
    assertThrows(
        SnapshotException.class, () -> chip.restore(new I8042.State(1, ram, 0, 0, 0, 0, -1)));
  }
}
