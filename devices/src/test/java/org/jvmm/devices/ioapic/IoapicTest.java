package org.jvmm.devices.ioapic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.core.device.SnapshotException;
import org.jvmm.testkit.BusFuzz;
import org.jvmm.testkit.SnapshotCheck;

final class IoapicTest {
  private static final int IOREGSEL = 0x00, IOWIN = 0x10, EOIR = 0x40;
  private static final int LEVEL = 1 << 15, REMOTE_IRR = 1 << 14, MASK = 1 << 16, LOGICAL = 1 << 11;
  private static final int LOW_ACTIVE = 1 << 13;

  private final List<String> messages = new ArrayList<>();
  private final List<String> routes = new ArrayList<>();
  private final Ioapic ioapic =
      new Ioapic(
          (address, data) -> messages.add("%x %x".formatted(address, data)),
          (pin, masked, address, data) ->
              routes.add("%d %b %x %x".formatted(pin, masked, address, data)));

  private int read(int register) {
    ioapic.write(IOREGSEL, 4, register);
    return (int) ioapic.read(IOWIN, 4);
  }

  private void write(int register, int value) {
    ioapic.write(IOREGSEL, 4, register);
    ioapic.write(IOWIN, 4, value & 0xffff_ffffL);
  }

  private void entry(int pin, int low, int destination) {
    write(0x11 + 2 * pin, destination << 24);
    write(0x10 + 2 * pin, low);
  }

  private int low(int pin) {
    return read(0x10 + 2 * pin);
  }

  @Test
  void afterResetAllPinsAreMasked() {
    for (int pin = 0; pin < Ioapic.PINS; pin++) {
      assertEquals(MASK, low(pin));
      assertEquals(0, read(0x11 + 2 * pin));
    }
    assertEquals(0x0017_0020, read(1));
  }

  @Test
  void theIdHasFourBitsAndTheArbitrationIdFollows() {
    write(0, -1);
    assertEquals(0x0f00_0000, read(0));
    assertEquals(0x0f00_0000, read(2));
  }

  @Test
  void entriesKeepTheirWritableBitsOnly() {
    write(0x10, -1);
    write(0x11, -1);
    assertEquals(0x1_afff, read(0x10));
    assertEquals(0xff00_0000, read(0x11));
    write(0x3f, -1);
    assertEquals(0xff00_0000, read(0x3f), "upper half of the last pin");
    write(0x40, -1);
    assertEquals(0, read(0x40));
  }

  @Test
  void anEdgeIsOneMessagePerRise() {
    entry(4, 0x34, 2);
    ioapic.line(4).set(true);
    ioapic.line(4).set(true);
    ioapic.line(4).set(false);
    assertEquals(List.of("fee02000 34"), messages);
    ioapic.line(4).pulse();
    assertEquals(2, messages.size());
  }

  @Test
  void anEdgeOnAMaskedPinIsLost() {
    ioapic.line(4).set(true);
    entry(4, 0x34, 0);
    assertEquals(List.of(), messages);
  }

  @Test
  void theEntrysFieldsGoIntoTheMessage() {
    entry(9, 0x51 | 1 << 8 | LOGICAL | LEVEL | LOW_ACTIVE, 0xc3);
    ioapic.line(9).set(true);
    assertEquals(List.of("feec3004 c151"), messages);
  }

  @Test
  void aLevelSetsRemoteIrrAndIsDeliveredAgainAfterEoiWhileHigh() {
    entry(10, 0x51 | LEVEL, 0);
    ioapic.line(10).set(true);
    ioapic.line(10).set(false);
    ioapic.line(10).set(true);
    assertEquals(1, messages.size(), "remote IRR holds it back");
    assertEquals(0x51 | LEVEL | REMOTE_IRR, low(10));
    ioapic.endOfInterrupt(0x52);
    assertEquals(1, messages.size(), "another vector");
    ioapic.endOfInterrupt(0x51);
    assertEquals(2, messages.size());
    ioapic.line(10).set(false);
    ioapic.endOfInterrupt(0x51);
    assertEquals(2, messages.size());
    assertEquals(0x51 | LEVEL, low(10));
  }

  @Test
  void theEoiRegisterEndsAsABroadcastDoes() {
    entry(10, 0x51 | LEVEL, 0);
    ioapic.line(10).set(true);
    ioapic.line(10).set(false);
    ioapic.write(EOIR, 4, 0x51);
    assertEquals(0x51 | LEVEL, low(10));
  }

  @Test
  void unmaskingAHighLevelDeliversIt() {
    ioapic.line(11).set(true);
    entry(11, 0x61 | LEVEL | MASK, 0);
    assertEquals(0, messages.size());
    entry(11, 0x61 | LEVEL, 0);
    assertEquals(1, messages.size());
  }

  @Test
  void aLevelThatIsMaskedWhenItEndsIsDeliveredOnUnmasking() {
    entry(11, 0x61 | LEVEL, 0);
    ioapic.line(11).set(true);
    entry(11, 0x61 | LEVEL | MASK, 0);
    ioapic.endOfInterrupt(0x61);
    assertEquals(1, messages.size());
    entry(11, 0x61 | LEVEL, 0);
    assertEquals(2, messages.size());
  }

  @Test
  void switchingToEdgeClearsRemoteIrr() {
    entry(11, 0x61 | LEVEL, 0);
    ioapic.line(11).set(true);
    ioapic.line(11).set(false);
    entry(11, 0x61 | MASK, 0);
    entry(11, 0x61 | LEVEL, 0);
    assertEquals(0x61 | LEVEL, low(11));
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5, 7})
  void nmiInitAndExtIntAreEdgesWhateverTheirTriggerBit(int mode) {
    entry(0, mode << 8 | LEVEL, 0);
    ioapic.line(0).set(true);
    assertEquals(List.of("fee00000 %x".formatted(mode << 8)), messages);
    ioapic.line(0).pulse();
    ioapic.line(0).pulse();
    assertEquals(2, messages.size());
  }

  @Test
  void oneEoiServesAllPinsOfAVector() {
    entry(10, 0x51 | LEVEL, 0);
    entry(11, 0x51 | LEVEL, 0);
    ioapic.line(10).set(true);
    ioapic.line(11).set(true);
    ioapic.endOfInterrupt(0x51);
    assertEquals(4, messages.size());
  }

  @Test
  void routesAreToldAsTheyAreWritten() {
    entry(5, 0x45 | LEVEL, 1);
    assertEquals(List.of("5 true fee01000 0", "5 false fee01000 c045"), routes);
  }

  @Test
  void registersReadInBytesAndIgnoreNarrowWrites() {
    write(0x12, 0x1_0042);
    ioapic.write(IOREGSEL, 1, 0x12);
    assertEquals(0x42, ioapic.read(IOWIN, 1) & 0xff);
    assertEquals(1, ioapic.read(IOWIN + 2, 1) & 0xff);
    ioapic.write(IOWIN, 1, 0x55);
    assertEquals(0x1_0042, read(0x12));
  }

  @Test
  void snapshotRoundTripKeepsLinesAndEntries() {
    entry(10, 0x51 | LEVEL, 3);
    ioapic.line(10).set(true);
    ioapic.line(3).set(true);
    List<String> otherMessages = new ArrayList<>();
    Ioapic other = new Ioapic((address, data) -> otherMessages.add("" + data), Ioapic.Routes.NONE);
    SnapshotCheck.roundTrip(ioapic, other);
    assertEquals(List.of(), otherMessages, "the message was sent before the snapshot");
    other.endOfInterrupt(0x51);
    assertEquals(1, otherMessages.size());
  }

  @Test
  void aSnapshotWithReservedBitsIsRefused() {
    Ioapic.State s = ioapic.save();
    Ioapic.State bad = new Ioapic.State(1, 1 << 24, 0, 0, s.low(), s.high());
    assertThrows(SnapshotException.class, () -> ioapic.restore(bad));
    Ioapic.State few = new Ioapic.State(1, 0, 0, 0, List.of(), s.high());
    assertThrows(SnapshotException.class, () -> ioapic.restore(few));
  }

  @Test
  void resetMasksAgain() {
    entry(10, 0x51 | LEVEL, 3);
    ioapic.line(10).set(true);
    ioapic.reset();
    assertEquals(MASK, low(10));
    assertTrue(routes.contains("10 true fee00000 0"));
    assertThrows(IllegalArgumentException.class, () -> ioapic.line(24));
  }

  @Test
  void randomAccessesNeverThrow() {
    BusFuzz.mmio(ioapic, 0x50, 4)
        .beside(random -> ioapic.line(random.nextInt(24)).set(random.nextBoolean()))
        .beside(random -> ioapic.endOfInterrupt(random.nextInt(256)))
        .beside(random -> messages.clear())
        .beside(random -> routes.clear())
        .run(100_000);
  }
}
