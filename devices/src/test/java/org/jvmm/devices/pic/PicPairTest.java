package org.jvmm.devices.pic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.core.bus.PortDevice;
import org.jvmm.core.device.SnapshotException;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.testkit.BusFuzz;
import org.jvmm.testkit.RecordingIrqLine;
import org.jvmm.testkit.SnapshotCheck;

/** The 8259 pair through its ports and lines, as a PC's software programs it. */
final class PicPairTest {
  private static final int BASE1 = 0x20, BASE2 = 0x28;
  private static final int EOI = 0x20, ROTATE_EOI = 0xa0, READ_IRR = 0x0a, READ_ISR = 0x0b;
  private static final int POLL = 0x0c, SET_SMM = 0x68, CLEAR_SMM = 0x48;
  private static final int AEOI = 1 << 1, SFNM = 1 << 4, LTIM = 1 << 3;

  private final RecordingIrqLine intr = new RecordingIrqLine();
  private final PicPair pics = new PicPair(intr);

  PicPairTest() {
    initialize(0, 0);
  }

  private void initialize(int icw1, int icw4) {
    for (PortDevice chip : List.of(pics.primary(), pics.secondary())) {
      boolean first = chip == pics.primary();
      chip.write(0, 1, 0x11 | icw1);
      chip.write(1, 1, first ? BASE1 : BASE2);
      chip.write(1, 1, first ? 1 << 2 : 2);
      chip.write(1, 1, 1 | (first ? icw4 : icw4 & ~SFNM));
    }
  }

  private void command(int word) {
    pics.primary().write(0, 1, word);
  }

  private int isr() {
    command(READ_ISR);
    return pics.primary().read(0, 1);
  }

  private int irr() {
    command(READ_IRR);
    return pics.primary().read(0, 1);
  }

  private void pulse(int... irqs) {
    for (int irq : irqs) {
      pics.line(irq).pulse();
    }
  }

  private List<Integer> acknowledgeAllWith(int eoi) {
    List<Integer> vectors = new ArrayList<>();
    while (pics.pending() && vectors.size() < 20) {
      vectors.add(pics.acknowledge());
      command(eoi);
    }
    return vectors;
  }

  @Test
  void anEdgeRaisesIntrAndIntaAnswersTheVector() {
    pics.line(4).set(true);
    assertTrue(intr.level());
    assertTrue(pics.pending());
    assertEquals(1 << 4, irr());
    assertEquals(BASE1 + 4, pics.acknowledge());
    assertFalse(pics.pending());
    assertEquals(0, irr());
    assertEquals(1 << 4, isr());
  }

  @Test
  void anEdgeIsLatchedThoughTheLineFallsBeforeInta() {
    pulse(3);
    assertEquals(BASE1 + 3, pics.acknowledge());
  }

  @Test
  void aLineThatStaysHighInterruptsOnce() {
    pics.line(4).set(true);
    pics.acknowledge();
    command(EOI);
    assertFalse(pics.pending());
    pics.line(4).set(false);
    pics.line(4).set(true);
    assertTrue(pics.pending());
  }

  @Test
  void nothingHappensBeforeInitialization() {
    PicPair fresh = new PicPair(intr);
    fresh.line(1).set(true);
    assertFalse(fresh.pending());
    fresh.primary().write(1, 1, 0x5a);
    assertEquals(0x5a, fresh.primary().read(1, 1));
  }

  @Test
  void noInterruptComesBetweenIcw1AndTheLastIcw() {
    pics.elcr().write(0, 1, 1 << 5);
    pics.line(5).set(true);
    pics.primary().write(0, 1, 0x11);
    assertFalse(pics.pending());
    pics.primary().write(1, 1, 0x40);
    pics.primary().write(1, 1, 4);
    assertFalse(pics.pending());
    pics.primary().write(1, 1, 1);
    assertEquals(0x45, pics.acknowledge());
  }

  @Test
  void icw1ForgetsEdgesMaskAndService() {
    pics.line(1).set(true);
    pulse(6);
    pics.acknowledge();
    pics.primary().write(1, 1, 0xf0);
    initialize(0, 0);
    assertEquals(0, pics.primary().read(1, 1));
    assertEquals(0, isr());
    assertEquals(0, irr());
    assertFalse(pics.pending(), "an input must make a low-to-high transition after ICW1");
  }

  @Test
  void withoutIc4TheSequenceEndsAfterIcw3AndWithSnglAfterIcw2() {
    pics.primary().write(0, 1, 0x10);
    pics.primary().write(1, 1, 0x30);
    pics.primary().write(1, 1, 4);
    pics.primary().write(1, 1, 0xfe);
    assertEquals(0xfe, pics.primary().read(1, 1), "OCW1");
    pics.primary().write(0, 1, 0x12);
    pics.primary().write(1, 1, 0x37);
    pics.primary().write(1, 1, 0xfd);
    assertEquals(0xfd, pics.primary().read(1, 1), "OCW1");
    pulse(1);
    assertEquals(0x31, pics.acknowledge(), "ICW2 gives bits 7:3");
  }

  @Test
  void theMaskHoldsARequestBack() {
    pics.primary().write(1, 1, 1 << 4);
    pulse(4);
    assertFalse(pics.pending());
    assertEquals(1 << 4, irr());
    pics.primary().write(1, 1, 0);
    assertEquals(BASE1 + 4, pics.acknowledge());
  }

  @Test
  void requestsAreServedByPriority() {
    pulse(7, 3, 0, 12, 8, 1, 5);
    List<Integer> vectors = new ArrayList<>();
    while (pics.pending()) {
      vectors.add(pics.acknowledge());
      pics.secondary().write(0, 1, EOI);
      command(EOI);
    }
    assertEquals(
        List.of(BASE1, BASE1 + 1, BASE2, BASE2 + 4, BASE1 + 3, BASE1 + 5, BASE1 + 7), vectors);
  }

  @Test
  void aHigherPriorityNestsAndALowerWaitsForEoi() {
    pulse(4);
    pics.acknowledge();
    pulse(6);
    assertFalse(pics.pending());
    pulse(2, 1);
    assertEquals(BASE1 + 1, pics.acknowledge());
    assertEquals(1 << 4 | 1 << 1, isr());
    command(EOI);
    assertEquals(1 << 4, isr());
    assertFalse(pics.pending());
    command(EOI);
    assertEquals(BASE1 + 6, pics.acknowledge());
  }

  @Test
  void aSpecificEoiEndsTheLevelItNames() {
    pulse(4);
    pics.acknowledge();
    pulse(1);
    pics.acknowledge();
    command(0x60 | 4);
    assertEquals(1 << 1, isr());
  }

  @Test
  void theSecondaryGivesTheVectorThroughTheCascade() {
    pics.line(10).set(true);
    assertEquals(BASE2 + 2, pics.acknowledge());
    assertEquals(1 << 2, isr());
    pics.secondary().write(0, 1, READ_ISR);
    assertEquals(1 << 2, pics.secondary().read(0, 1));
  }

  @Test
  void aSecondaryRequestThatIsMaskedLeavesTheCascade() {
    pulse(10);
    assertTrue(pics.pending());
    pics.secondary().write(1, 1, 0xff);
    assertFalse(pics.pending());
    assertEquals(List.of(true, false), intr.edges());
  }

  @Test
  void fullyNestedModeHoldsTheSecondaryBackUntilEoiOfTheCascade() {
    pulse(12);
    pics.acknowledge();
    pulse(9);
    assertFalse(pics.pending());
    command(EOI);
    assertEquals(BASE2 + 1, pics.acknowledge());
  }

  @Test
  void specialFullyNestedModeLetsTheSecondaryNest() {
    initialize(0, SFNM);
    pulse(12);
    pics.acknowledge();
    pulse(14, 3);
    assertFalse(pics.pending(), "lower ones wait");
    pulse(9);
    assertEquals(BASE2 + 1, pics.acknowledge());
  }

  @Test
  void automaticEoiLeavesNothingInService() {
    initialize(0, AEOI);
    pulse(4, 5);
    assertEquals(BASE1 + 4, pics.acknowledge());
    assertEquals(0, isr());
    assertEquals(BASE1 + 5, pics.acknowledge());
    assertFalse(pics.pending());
  }

  @Test
  void rotationInAutomaticEoiModeServesAllInTurn() {
    initialize(0, AEOI);
    command(0x80);
    pulse(0, 1);
    assertEquals(BASE1, pics.acknowledge());
    pulse(0);
    assertEquals(BASE1 + 1, pics.acknowledge());
    assertEquals(BASE1, pics.acknowledge());
    command(0x00);
    pulse(0, 1);
    assertEquals(BASE1 + 1, pics.acknowledge(), "IR0 stays lowest");
    pulse(1);
    assertEquals(BASE1 + 1, pics.acknowledge(), "no rotation any more");
  }

  @Test
  void rotationOnNonSpecificEoiMakesTheServedOneLowest() {
    pulse(4);
    pics.acknowledge();
    command(ROTATE_EOI);
    pulse(4, 3, 5, 0);
    assertEquals(List.of(BASE1 + 5, BASE1, BASE1 + 3, BASE1 + 4), acknowledgeAllWith(EOI));
  }

  @Test
  void setPriorityCommandChoosesTheLowest() {
    command(0xc0 | 5);
    pulse(0, 1, 3, 4, 5, 6, 7);
    assertEquals(
        List.of(6, 7, 0, 1, 3, 4, 5),
        acknowledgeAllWith(EOI).stream().map(v -> v - BASE1).toList());
  }

  @Test
  void rotateOnSpecificEoiEndsAndMakesLowest() {
    pulse(2, 6);
    pics.acknowledge();
    command(0xe0 | 6);
    assertEquals(0, isr());
    pulse(6, 7, 0);
    assertEquals(List.of(BASE1 + 7, BASE1, BASE1 + 6), acknowledgeAllWith(EOI));
  }

  @Test
  void ocw2NoOperationChangesNothing() {
    pulse(4);
    pics.acknowledge();
    command(0x40 | 4);
    assertEquals(1 << 4, isr());
  }

  @Test
  void specialMaskModeLetsLowerOnesPassAMaskedService() {
    pulse(3);
    pics.acknowledge();
    pulse(6);
    pics.primary().write(1, 1, 1 << 3);
    assertFalse(pics.pending(), "masking alone is not enough");
    command(SET_SMM);
    assertEquals(BASE1 + 6, pics.acknowledge());
    command(EOI);
    assertEquals(1 << 3, isr(), "a non-specific EOI leaves the masked one");
    command(CLEAR_SMM);
    pulse(6);
    assertFalse(pics.pending());
    command(EOI);
    assertEquals(0, isr());
    assertTrue(pics.pending());
  }

  @Test
  void pollModeAcknowledgesByRead() {
    command(POLL);
    assertEquals(0, pics.primary().read(0, 1) & 0x80);
    pulse(5);
    command(POLL);
    assertEquals(0x85, pics.primary().read(0, 1));
    assertEquals(1 << 5, isr());
    assertFalse(pics.pending());
  }

  @Test
  void pollLastsForOneReadAtEitherAddress() {
    pics.primary().write(1, 1, 0x42);
    pulse(5);
    command(POLL);
    assertEquals(0x85, pics.primary().read(1, 1));
    assertEquals(0x42, pics.primary().read(1, 1));
  }

  @Test
  void pollingTheSecondaryTakesItsRequestFromTheCascade() {
    pulse(11);
    pics.secondary().write(0, 1, POLL);
    assertEquals(0x83, pics.secondary().read(0, 1));
    assertFalse(pics.pending());
  }

  @Test
  void aLevelInterruptsAgainAfterEoiUntilItFalls() {
    pics.elcr().write(1, 1, 1 << 2);
    IrqLine line = pics.line(10);
    line.set(true);
    for (int i = 0; i < 2; i++) {
      assertEquals(BASE2 + 2, pics.acknowledge());
      assertFalse(pics.pending());
      pics.secondary().write(0, 1, EOI);
      command(EOI);
    }
    assertTrue(pics.pending());
    line.set(false);
    assertFalse(pics.pending());
  }

  @Test
  void ltimMakesAllInputsLevels() {
    initialize(LTIM, 0);
    pics.line(0).set(true);
    pics.acknowledge();
    command(EOI);
    assertTrue(pics.pending());
    pics.line(0).set(false);
    assertFalse(pics.pending());
  }

  @Test
  void elcrKeepsItsReservedBitsZero() {
    pics.elcr().write(0, 1, 0xff);
    pics.elcr().write(1, 1, 0xff);
    assertEquals(0xf8, pics.elcr().read(0, 1));
    assertEquals(0xde, pics.elcr().read(1, 1));
  }

  @Test
  void anAcknowledgeWithoutRequestIsASpuriousIrq7NotInService() {
    pics.elcr().write(0, 1, 1 << 5);
    pics.line(5).set(true);
    pics.line(5).set(false);
    assertEquals(BASE1 + 7, pics.acknowledge());
    assertEquals(0, isr());
  }

  @Test
  void theSecondarysSpuriousInterruptIsIrq15() {
    I8259 chip = new I8259(0, 0xde);
    chip.write(0, 0x13);
    chip.write(1, BASE2);
    chip.write(1, 1);
    assertEquals(15, chip.vector(chip.acknowledge()) - BASE2 + 8);
    chip.write(0, READ_ISR);
    assertEquals(0, chip.read(0));
  }

  @Test
  void intrFallsAndRisesWithTheRequests() {
    pulse(4);
    pics.acknowledge();
    pulse(5);
    command(EOI);
    pics.acknowledge();
    assertEquals(List.of(true, false, true, false), intr.edges());
  }

  @Test
  void theCascadesOwnInputLeadsNowhereAndOthersDoNotExist() {
    pics.line(2).set(true);
    assertFalse(pics.pending());
    assertThrows(IllegalArgumentException.class, () -> pics.line(16));
  }

  @Test
  void resetReturnsToPowerOnAndLowersIntr() {
    pulse(4);
    pics.reset();
    assertFalse(intr.level());
    pulse(4);
    assertFalse(pics.pending());
  }

  /**
   * The resolver against the datasheet's definition: the first request from IR(lowest + 1) on that
   * no service of the same or a higher priority blocks.
   */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7})
  void resolverAgreesWithTheDefinitionForAllRequestsAndServices(int lowest) {
    for (int service = 0; service < 256; service++) {
      for (int requests = 0; requests < 256; requests++) {
        I8259 chip = new I8259(0, 0);
        I8259.State s = chip.save();
        chip.restore(
            new I8259.State(
                0, requests, service, 0, 0, 0x11, 0, 1, lowest, 1, false, false, false, false));
        int expected = I8259.NONE;
        for (int priority = 0; priority < 8 && expected == I8259.NONE; priority++) {
          int ir = (lowest + 1 + priority) % 8;
          if ((service >> ir & 1) != 0) {
            break;
          }
          expected = (requests >> ir & 1) != 0 ? ir : I8259.NONE;
        }
        assertEquals(expected, chip.request());
        chip.restore(s);
      }
    }
  }

  @Test
  void snapshotRoundTripKeepsRequestsAndDrivesIntr() {
    pulse(4);
    pics.acknowledge();
    pulse(1, 12);
    command(POLL);
    RecordingIrqLine otherIntr = new RecordingIrqLine();
    PicPair other = new PicPair(otherIntr);
    SnapshotCheck.roundTrip(pics, other);
    assertTrue(otherIntr.level());
    assertEquals(0x81, other.primary().read(0, 1));
  }

  @Test
  void aSnapshotWithImpossibleRegistersIsRefused() {
    I8259.State bad = new I8259.State(0, 256, 0, 0, 0, 0, 0, 0, 7, 0, false, false, false, false);
    I8259.State good = pics.save().secondary();
    assertThrows(SnapshotException.class, () -> pics.restore(new PicPair.State(1, bad, good)));
  }

  @Test
  void randomAccessesNeverThrow() {
    for (PortDevice device : List.of(pics.primary(), pics.secondary(), pics.elcr())) {
      BusFuzz.ports(device, 2, 1)
          .beside(random -> pics.line(random.nextInt(16)).set(random.nextBoolean()))
          .beside(random -> pics.acknowledge())
          .run(50_000);
    }
  }
}
