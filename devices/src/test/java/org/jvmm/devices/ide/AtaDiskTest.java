package org.jvmm.devices.ide;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.jvmm.devices.ide.IdeRig.DATA;
import static org.jvmm.devices.ide.IdeRig.FAILED;
import static org.jvmm.devices.ide.IdeRig.GOOD;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.core.backend.BlockError;
import org.jvmm.devices.drive.ErrorPolicy;
import org.jvmm.testkit.HeapDisk;

/** A disk's commands without DMA. */
final class AtaDiskTest {
  private static final int SECTORS = 8192;

  private final HeapDisk medium = new HeapDisk(SECTORS * 512);
  private final IdeRig rig = new IdeRig(IdeRig.disk(medium), null);

  AtaDiskTest() {
    new Random(1).nextBytes(medium.bytes());
  }

  @AfterEach
  void close() {
    rig.close();
  }

  private byte[] sectors(int first, int count) {
    return Arrays.copyOfRange(medium.bytes(), first * 512, (first + count) * 512);
  }

  private static byte[] noise(int sectors) {
    byte[] data = new byte[sectors * 512];
    new Random(2).nextBytes(data);
    return data;
  }

  private void assertAborted() {
    assertTrue(rig.irq.level(), "an abort interrupts");
    assertEquals(FAILED, rig.status());
    assertEquals(4, rig.error());
  }

  private void assertGood() {
    assertTrue(rig.irq.level(), "the end interrupts");
    assertEquals(GOOD, rig.status());
    assertFalse(rig.irq.level(), "reading status acknowledges");
  }

  // PIO in

  @Test
  void readSectorsInterruptsForEachSectorAndNotAtTheEnd() {
    rig.command(AtaCommand.READ_SECTORS, 5, 3);
    assertEquals(0xc0, rig.alternateStatus());
    medium.completeAll();
    for (int i = 0; i < 3; i++) {
      assertTrue(rig.irq.level());
      assertEquals(DATA, rig.status());
      assertArrayEquals(sectors(5 + i, 1), rig.dataIn(512));
    }
    assertEquals(3, rig.irq.rises());
    assertEquals(GOOD, rig.status());
    assertEquals(List.of("READ 0xa00+0x600"), medium.log(), "one request for all");
  }

  @Test
  void aCountOfZeroMeans256Sectors() {
    rig.command(AtaCommand.READ_SECTORS, 0, 0);
    medium.completeAll();
    assertArrayEquals(sectors(0, 256), rig.dataIn(256 * 512));
    assertEquals(GOOD, rig.status());
  }

  @Test
  void readMultipleInterruptsOncePerBlock() {
    rig.command(AtaCommand.SET_MULTIPLE_MODE, 0, 4);
    assertGood();
    rig.irq.forget();
    rig.command(AtaCommand.READ_MULTIPLE, 100, 10);
    medium.completeAll();
    byte[] all = new byte[0];
    for (int size : new int[] {4, 4, 2}) {
      assertEquals(DATA, rig.status());
      int old = all.length;
      all = Arrays.copyOf(all, old + size * 512);
      System.arraycopy(rig.dataIn(size * 512), 0, all, old, size * 512);
    }
    assertArrayEquals(sectors(100, 10), all);
    assertEquals(3, rig.irq.rises());
    assertEquals(GOOD, rig.status());
  }

  @Test
  void readMultipleAbortsWhenMultipleModeIsOff() {
    rig.command(AtaCommand.SET_MULTIPLE_MODE, 0, 0);
    assertGood();
    rig.command(AtaCommand.READ_MULTIPLE, 0, 1);
    assertAborted();
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 32, 255})
  void multipleModeTakesPowersOfTwoUpTo16(int count) {
    rig.command(AtaCommand.SET_MULTIPLE_MODE, 0, count);
    assertAborted();
  }

  @Test
  void readSectorsExtGoesOnBeyondTheBuffer() {
    rig.commandExt(AtaCommand.READ_SECTORS_EXT, 1, 5000);
    byte[] all = new byte[5000 * 512];
    for (int i = 0; i < 5000; i++) {
      medium.completeAll();
      assertEquals(DATA, rig.status());
      System.arraycopy(rig.dataIn(512), 0, all, i * 512, 512);
    }
    assertArrayEquals(sectors(1, 5000), all);
    assertEquals(GOOD, rig.status());
    assertEquals(3, medium.log().size());
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 4})
  void aStringReadGoesOnInTheNextBlockAndEndsWithTheData(int width) {
    rig.command(AtaCommand.READ_SECTORS, 7, 3);
    medium.completeAll();
    byte[] first = rig.stringIn(width, 700);
    byte[] rest = rig.stringIn(width, 1536 - 700 + 8);
    assertArrayEquals(sectors(7, 3), Arrays.copyOf(concat(first, rest), 1536));
    assertArrayEquals(new byte[8], Arrays.copyOfRange(rest, 1536 - 700, rest.length));
    assertEquals(GOOD, rig.status());
  }

  private static byte[] concat(byte[] a, byte[] b) {
    byte[] both = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 4})
  void aStringWriteGoesOnInTheNextBlockAndTheRestIsLost(int width) {
    byte[] data = sectors(90, 2);
    rig.command(AtaCommand.WRITE_SECTORS, 3, 2);
    rig.stringOut(width, Arrays.copyOf(data, 300));
    rig.stringOut(width, Arrays.copyOfRange(data, 300, 1024 + 12));
    medium.completeAll();
    assertGood();
    assertArrayEquals(data, Arrays.copyOfRange(medium.bytes(), 3 * 512, 5 * 512));
  }

  @Test
  void theDataPortIs32BitsWideToo() {
    rig.command(AtaCommand.READ_SECTORS, 9, 1);
    medium.completeAll();
    byte[] expected = sectors(9, 1);
    for (int i = 0; i < 512; i += 4) {
      int value = rig.ports.read(IdeRig.BASE, 4);
      assertEquals(expected[i] & 0xff, value & 0xff);
      assertEquals(expected[i + 3], value >> 24);
    }
    assertEquals(GOOD, rig.status());
    assertEquals(0, rig.ports.read(IdeRig.BASE, 4), "no data without DRQ");
  }

  @Test
  void cylinderHeadAndSectorReachTheSameSectorAsLba() {
    rig.out(AtaRegister.SECTOR_COUNT, 1);
    rig.out(AtaRegister.LBA_LOW, 5);
    rig.out(AtaRegister.LBA_MID, 2);
    rig.out(AtaRegister.LBA_HIGH, 0);
    rig.out(AtaRegister.DEVICE, 0xa3);
    rig.out(AtaRegister.COMMAND, AtaCommand.READ_SECTORS);
    medium.completeAll();
    assertArrayEquals(sectors((2 * 16 + 3) * 63 + 4, 1), rig.dataIn(512));
  }

  @Test
  void initializeDeviceParametersChangesTheGeometry() {
    rig.out(AtaRegister.SECTOR_COUNT, 17);
    rig.out(AtaRegister.DEVICE, 0xa3); // four heads
    rig.out(AtaRegister.COMMAND, AtaCommand.INITIALIZE_DEVICE_PARAMETERS);
    assertGood();
    rig.out(AtaRegister.SECTOR_COUNT, 1);
    rig.out(AtaRegister.LBA_LOW, 17);
    rig.out(AtaRegister.LBA_MID, 1);
    rig.out(AtaRegister.LBA_HIGH, 0);
    rig.out(AtaRegister.DEVICE, 0xa2);
    rig.out(AtaRegister.COMMAND, AtaCommand.READ_SECTORS);
    medium.completeAll();
    assertArrayEquals(sectors((4 + 2) * 17 + 16, 1), rig.dataIn(512));
    rig.out(AtaRegister.DEVICE, 0xa4);
    rig.out(AtaRegister.COMMAND, AtaCommand.READ_SECTORS);
    assertEquals(FAILED, rig.status());
    assertEquals(0x10, rig.error(), "a head that the geometry does not have");
  }

  @Test
  void addressesBeyondTheEndAreNotFound() {
    rig.command(AtaCommand.READ_SECTORS, SECTORS - 1, 2);
    assertEquals(FAILED, rig.status());
    assertEquals(0x10, rig.error());
    rig.commandExt(AtaCommand.WRITE_SECTORS_EXT, 0xffff_ffff_ffffL, 1);
    assertEquals(FAILED, rig.status());
    assertEquals(0x10, rig.error());
    assertEquals(List.of(), medium.log());
  }

  @Test
  void hostErrorsOfReadsAreUncorrectableData() {
    medium.fail(BlockError.IO, 0);
    rig.command(AtaCommand.READ_SECTORS, 0x1234, 1);
    medium.completeAll();
    assertTrue(rig.irq.level());
    assertEquals(FAILED, rig.status());
    assertEquals(0x40, rig.error());
    assertEquals(0x34, rig.in(AtaRegister.LBA_LOW));
    assertEquals(0x12, rig.in(AtaRegister.LBA_MID));
  }

  // PIO out

  @Test
  void writeSectorsAsksForEachSectorAndEndsWhenTheHostHasThem() {
    byte[] data = noise(3);
    rig.command(AtaCommand.WRITE_SECTORS, 7, 3);
    assertFalse(rig.irq.level(), "the first block is not announced");
    for (int i = 0; i < 3; i++) {
      assertEquals(DATA, rig.status());
      rig.dataOut(Arrays.copyOfRange(data, i * 512, (i + 1) * 512));
      assertEquals(i < 2, rig.irq.level());
    }
    assertEquals(0xc0, rig.alternateStatus(), "busy until the host has it");
    medium.completeAll();
    assertGood();
    assertArrayEquals(data, sectors(7, 3));
    assertEquals(List.of("WRITE 0xe00+0x600"), medium.log());
  }

  @Test
  void writeMultipleExtCrossesTheBuffer() {
    byte[] data = noise(2500);
    rig.commandExt(AtaCommand.WRITE_MULTIPLE_EXT, 10, 2500);
    int blocks = 0;
    for (int at = 0; at < data.length; blocks++) {
      assertEquals(DATA, rig.status());
      int size = Math.min(16 * 512, data.length - at);
      rig.dataOut(Arrays.copyOfRange(data, at, at + size));
      at += size;
      medium.completeAll();
    }
    assertGood();
    assertEquals(157, blocks);
    assertArrayEquals(data, sectors(10, 2500));
  }

  @Test
  void withTheWriteCacheOffAWriteEndsWhenItIsDurable() {
    rig.features(0x82).command(AtaCommand.SET_FEATURES, 0, 0);
    assertEquals(0xc0, rig.alternateStatus(), "turning it off flushes");
    medium.completeAll();
    assertGood();
    byte[] data = noise(1);
    rig.command(AtaCommand.WRITE_SECTORS, 3, 1);
    rig.dataOut(data);
    medium.completeOne();
    assertEquals(0xc0, rig.alternateStatus());
    assertFalse(rig.irq.level());
    medium.completeOne();
    assertGood();
    assertArrayEquals(data, Arrays.copyOfRange(medium.durable(), 3 * 512, 4 * 512));
  }

  @ParameterizedTest
  @ValueSource(ints = {AtaCommand.FLUSH_CACHE, AtaCommand.FLUSH_CACHE_EXT})
  void aFlushEndsWhenTheHostHasFlushed(int code) {
    medium.bytes()[0] = 42;
    rig.command(code, 0, 0);
    assertEquals(0xc0, rig.alternateStatus());
    assertFalse(rig.irq.level());
    medium.completeAll();
    assertGood();
    assertEquals(42, medium.durable()[0]);
  }

  @Test
  void aFlushThatFailsIsReported() {
    medium.fail(BlockError.IO, 0);
    rig.command(AtaCommand.FLUSH_CACHE, 0, 0);
    medium.completeAll();
    assertAborted();
  }

  // Error policy

  private IdeRig rigWith(ErrorPolicy policy, IdeRig.Events events) {
    return new IdeRig(new AtaDisk(medium, IdeRig.identity("disk"), policy, events), null);
  }

  @Test
  void withStopTheGuestSeesNothingAndTheRetrySucceeds() {
    IdeRig.Events events = new IdeRig.Events();
    ErrorPolicy stop = new ErrorPolicy(ErrorPolicy.Action.STOP, ErrorPolicy.Action.STOP);
    try (IdeRig stopping = rigWith(stop, events)) {
      byte[] data = noise(1);
      medium.fail(BlockError.IO, 0);
      stopping.command(AtaCommand.WRITE_SECTORS, 3, 1);
      stopping.dataOut(data);
      medium.completeAll();
      assertEquals(List.of(BlockError.IO), events.stops);
      assertEquals(0xc0, stopping.alternateStatus());
      medium.fail(null, 0);
      events.retry.run();
      medium.completeAll();
      assertEquals(GOOD, stopping.status());
      assertArrayEquals(data, sectors(3, 1));
    }
  }

  @Test
  void byDefaultOnlyAFullHostStops() {
    IdeRig.Events events = new IdeRig.Events();
    try (IdeRig usual = rigWith(ErrorPolicy.USUAL, events)) {
      medium.fail(BlockError.IO, 0);
      usual.command(AtaCommand.WRITE_SECTORS, 3, 1);
      usual.dataOut(noise(1));
      medium.completeAll();
      assertEquals(FAILED, usual.status());
      medium.fail(BlockError.NO_SPACE, 0);
      usual.command(AtaCommand.WRITE_SECTORS, 3, 1);
      usual.dataOut(noise(1));
      medium.completeAll();
      assertEquals(List.of(BlockError.NO_SPACE), events.stops);
      assertEquals(0xc0, usual.alternateStatus());
    }
  }

  @Test
  void aBoardThatCannotStopHasTheErrorReported() {
    IdeRig.Events events = new IdeRig.Events();
    events.canStop = false;
    try (IdeRig usual = rigWith(ErrorPolicy.USUAL, events)) {
      medium.fail(BlockError.NO_SPACE, 0);
      usual.command(AtaCommand.WRITE_SECTORS, 3, 1);
      usual.dataOut(noise(1));
      medium.completeAll();
      assertEquals(FAILED, usual.status());
      assertEquals(4, usual.error());
    }
  }

  // Commands without data

  @Test
  void readVerifyReadsWithoutATransfer() {
    rig.command(AtaCommand.READ_VERIFY, 4, 8);
    medium.completeAll();
    assertGood();
    assertEquals(List.of("READ 0x800+0x1000"), medium.log());
    medium.fail(BlockError.IO, 0);
    rig.commandExt(AtaCommand.READ_VERIFY_EXT, 4, 8);
    medium.completeAll();
    assertEquals(FAILED, rig.status());
    assertEquals(0x40, rig.error());
  }

  @ParameterizedTest
  @ValueSource(ints = {0xe0, 0xe1, 0xe2, 0xe3, 0xe6, 0x94, 0x95, 0x96, 0x97, 0x99, 0x10, 0x1f})
  void powerCommandsAndRecalibrateSucceed(int code) {
    rig.command(code, 0, 0);
    assertGood();
  }

  @ParameterizedTest
  @ValueSource(ints = {0xe5, 0x98})
  void checkPowerModeSaysActive(int code) {
    rig.command(code, 0, 0);
    assertGood();
    assertEquals(0xff, rig.in(AtaRegister.SECTOR_COUNT));
  }

  @Test
  void seekChecksTheAddress() {
    rig.command(AtaCommand.SEEK, SECTORS - 1, 0);
    assertGood();
    rig.command(AtaCommand.SEEK, SECTORS, 0);
    assertEquals(FAILED, rig.status());
    assertEquals(0x10, rig.error());
  }

  @ParameterizedTest
  @ValueSource(
      ints = {0x00, 0x08, 0xa0, 0xa1, 0xf1, 0xf2, 0xf6, 0xf9, 0x37, 0x3d, 0xce, 0x92, 0x01})
  void nopSecurityPacketAndUnknownCommandsAbort(int code) {
    rig.command(code, 0, 0);
    assertAborted();
  }

  @Test
  void readNativeMaxAddressGivesTheLastSector() {
    rig.command(AtaCommand.READ_NATIVE_MAX, 0, 0);
    assertGood();
    assertEquals(0xff, rig.in(AtaRegister.LBA_LOW));
    assertEquals(0x1f, rig.in(AtaRegister.LBA_MID));
    assertEquals(0xe0, rig.in(AtaRegister.DEVICE));
  }

  @Test
  void setFeaturesRefusesWhatThereIsNot() {
    rig.features(0x5d).command(AtaCommand.SET_FEATURES, 0, 0);
    assertAborted();
    rig.features(0x03).command(AtaCommand.SET_FEATURES, 0, 0x47);
    assertAborted();
  }

  // Identity and health

  private byte[] identify() {
    rig.command(AtaCommand.IDENTIFY_DEVICE, 0, 0);
    assertEquals(DATA, rig.status());
    return rig.dataIn(512);
  }

  private static String text(byte[] page, int word, int length) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append((char) page[2 * word + (i ^ 1)]);
    }
    return text.toString().stripTrailing();
  }

  @Test
  void identifyTellsNamesAndSize() {
    byte[] page = identify();
    assertEquals("testdisk", text(page, 10, 20));
    assertEquals("version", text(page, 23, 8));
    assertEquals("jvmm HARDDISK", text(page, 27, 40));
    assertEquals(SECTORS, rig.word(page, 60) | rig.word(page, 61) << 16);
    assertEquals(SECTORS, rig.word(page, 100));
    assertEquals(8, rig.word(page, 1), "cylinders of 16 heads and 63 sectors");
    assertEquals(GOOD, rig.status());
  }

  @Test
  void identifyShowsTheTransferModeAndTheWriteCache() {
    assertEquals(0x203f, rig.word(identify(), 88));
    assertEquals(0x4021, rig.word(identify(), 85));
    rig.features(0x03).command(AtaCommand.SET_FEATURES, 0, 0x22);
    rig.features(0x82).command(AtaCommand.SET_FEATURES, 0, 0);
    medium.completeAll();
    byte[] page = identify();
    assertEquals(0x0407, rig.word(page, 63));
    assertEquals(0x003f, rig.word(page, 88));
    assertEquals(0x4001, rig.word(page, 85));
  }

  private void smart(int subcommand, int lbaLow, int count) {
    rig.features(subcommand).command(AtaCommand.SMART, 0xc24f00 | lbaLow, count);
  }

  private byte[] smartPage(int subcommand, int lbaLow) {
    smart(subcommand, lbaLow, 1);
    assertEquals(DATA, rig.status());
    byte[] page = rig.dataIn(512);
    int sum = 0;
    for (byte b : page) {
      sum += b;
    }
    assertEquals(0, sum & 0xff, "checksum");
    return page;
  }

  @Test
  void smartPagesHaveAttributesThresholdsAndLogs() {
    assertEquals(5, smartPage(Smart.READ_DATA, 0)[2 + 3 * 12], "reallocated sectors");
    assertEquals(36, smartPage(Smart.READ_THRESHOLDS, 0)[2 + 3 * 12 + 1]);
    assertEquals(1, smartPage(Smart.READ_LOG, 1)[0]);
    assertEquals(1, smartPage(Smart.READ_LOG, 6)[0]);
    smart(Smart.READ_LOG, 0x77, 1);
    assertAborted();
  }

  @Test
  void smartStatusOfAHealthyDriveLeavesTheKey() {
    smart(Smart.RETURN_STATUS, 0, 0);
    assertGood();
    assertEquals(0x4f, rig.in(AtaRegister.LBA_MID));
    assertEquals(0xc2, rig.in(AtaRegister.LBA_HIGH));
  }

  @Test
  void smartNeedsItsKeyAndToBeEnabled() {
    rig.features(Smart.READ_DATA).command(AtaCommand.SMART, 0, 1);
    assertAborted();
    smart(Smart.DISABLE, 0, 0);
    assertGood();
    smart(Smart.READ_DATA, 0, 1);
    assertAborted();
    smart(Smart.ENABLE, 0, 0);
    assertGood();
    smartPage(Smart.READ_DATA, 0);
  }
}
