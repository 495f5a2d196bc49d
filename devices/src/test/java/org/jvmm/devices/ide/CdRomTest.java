package org.jvmm.devices.ide;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.jvmm.devices.ide.IdeRig.DATA;
import static org.jvmm.devices.ide.IdeRig.FAILED;
import static org.jvmm.devices.ide.IdeRig.GOOD;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
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

/** Packet commands. */
final class CdRomTest {
  private static final int BLOCKS = 1000, ANY = 0xfffe;

  private final HeapDisk disc = new HeapDisk(BLOCKS * 2048);
  private final IdeRig.Events events = new IdeRig.Events();
  private final CdRom cd =
      new CdRom(disc, IdeRig.identity("jvmm DVD-ROM"), ErrorPolicy.USUAL, events);
  private final IdeRig rig = new IdeRig(cd, null);

  CdRomTest() {
    new Random(1).nextBytes(disc.bytes());
  }

  @AfterEach
  void close() {
    rig.close();
  }

  private byte[] blocks(int first, int count) {
    return Arrays.copyOfRange(disc.bytes(), first * 2048, (first + count) * 2048);
  }

  private byte[] reply(int... packet) {
    rig.packet(ANY, packet);
    disc.completeAll();
    return rig.packetData();
  }

  private void succeeds(int... packet) {
    assertEquals(0, reply(packet).length);
  }

  private int sense(int... packet) {
    rig.packet(ANY, packet);
    disc.completeAll();
    return rig.senseAfterFailure();
  }

  // Transport

  @Test
  void thePacketIsAskedForWithoutAnInterrupt() {
    rig.out(AtaRegister.DEVICE, 0xa0);
    rig.out(AtaRegister.COMMAND, AtaCommand.PACKET);
    assertEquals(DATA, rig.status());
    assertEquals(1, rig.in(AtaRegister.SECTOR_COUNT) & 7, "interrupt reason: command");
    assertFalse(rig.irq.level());
  }

  @Test
  void aReadByPioComesInBlocksOfTheByteCountLimit() {
    rig.packet(5120, 0x28, 0, 0, 0, 0, 7, 0, 0, 4);
    disc.completeAll();
    assertTrue(rig.irq.level());
    assertEquals(DATA, rig.status());
    assertEquals(5120, rig.byteCount());
    assertArrayEquals(blocks(7, 4), rig.packetData());
    assertEquals(3, rig.irq.rises(), "two blocks and the end");
    assertEquals(List.of("READ 0x3800+0x2000"), disc.log());
  }

  @Test
  void anOddLimitIsRoundedDown() {
    rig.packet(0xffff, 0x28, 0, 0, 0, 0, 0, 0, 0, 100);
    disc.completeAll();
    assertEquals(0xfffe, rig.byteCount());
    assertArrayEquals(blocks(0, 100), rig.packetData());
  }

  @Test
  void readsGoOnBeyondTheBuffer() {
    rig.packet(0x8000, 0xa8, 0, 0, 0, 0, 1, 0, 0, 3, 0xe0 - 1);
    byte[] all = new byte[0];
    while (all.length < 991 * 2048) {
      disc.completeAll();
      assertEquals(DATA, rig.status());
      byte[] block = rig.dataIn(rig.byteCount());
      int old = all.length;
      all = Arrays.copyOf(all, old + block.length);
      System.arraycopy(block, 0, all, old, block.length);
    }
    assertArrayEquals(blocks(1, 991), all);
    assertEquals(GOOD, rig.status());
  }

  @Test
  void aReadByDmaNeedsNoLimit() {
    rig.prds(0x10_0000, 0x1000);
    rig.features(1).packet(0, 0x28, 0, 0, 0, 0, 9, 0, 0, 2);
    rig.startDma(true);
    disc.completeAll();
    assertEquals(4, rig.masterStatus());
    assertEquals(GOOD, rig.status());
    byte[] ram = new byte[0x1000];
    rig.memory.copyOut(0x10_0000, ram, 0, ram.length);
    assertArrayEquals(blocks(9, 2), ram);
  }

  @Test
  void dataByPioWithoutALimitAborts() {
    rig.packet(0, 0x28, 0, 0, 0, 0, 0, 0, 0, 1);
    assertEquals(FAILED, rig.status());
    assertEquals(4, rig.error());
    rig.packet(0, 0x00);
    assertEquals(GOOD, rig.status(), "a command without data needs none");
  }

  @Test
  void aReplyOfOddLengthIsPadded() {
    rig.packet(ANY, 0x12, 0, 0, 0, 5);
    assertEquals(DATA, rig.status());
    assertEquals(5, rig.byteCount());
    rig.dataIn(6);
    assertEquals(GOOD, rig.status());
  }

  // ATA commands of a packet device

  @Test
  void identifyPacketDeviceTellsOfARemovableCdRom() {
    rig.command(AtaCommand.IDENTIFY_PACKET_DEVICE, 0, 0);
    assertEquals(DATA, rig.status());
    byte[] page = rig.dataIn(512);
    assertEquals(0x85c0, rig.word(page, 0));
    assertEquals('j' << 8 | 'v', rig.word(page, 27));
    assertEquals(GOOD, rig.status());
  }

  @ParameterizedTest
  @ValueSource(ints = {AtaCommand.IDENTIFY_DEVICE, AtaCommand.READ_SECTORS})
  void commandsOfDisksAbortWithTheSignature(int code) {
    rig.command(code, 0, 0);
    assertEquals(FAILED, rig.status());
    assertEquals(4, rig.error());
    assertEquals(0x14, rig.in(AtaRegister.LBA_MID));
    assertEquals(0xeb, rig.in(AtaRegister.LBA_HIGH));
  }

  @Test
  void deviceResetEndsWhatIsUnderWay() {
    rig.packet(ANY, 0x28, 0, 0, 0, 0, 0, 0, 0, 1);
    rig.out(AtaRegister.COMMAND, AtaCommand.DEVICE_RESET);
    disc.completeAll();
    assertEquals(0, rig.status());
    assertEquals(0xeb, rig.in(AtaRegister.LBA_HIGH));
    assertArrayEquals(blocks(0, 1), reply(0x28, 0, 0, 0, 0, 0, 0, 0, 1));
  }

  // Commands

  @Test
  void inquiryNamesTheDrive() {
    byte[] data = reply(0x12, 0, 0, 0, 96);
    assertEquals(36, data.length);
    assertEquals(5, data[0]);
    assertEquals(
        "jvmm    DVD-ROM         vers", new String(data, 8, 28, StandardCharsets.US_ASCII));
    assertEquals(Sense.INVALID_FIELD, sense(0x12, 1, 0, 0, 96));
  }

  @Test
  void capacityIsTheLastBlockAndItsSize() {
    ByteBuffer data = ByteBuffer.wrap(reply(0x25));
    assertEquals(BLOCKS - 1, data.getInt());
    assertEquals(2048, data.getInt());
  }

  @Test
  void readsBeyondTheEndAreOutOfRange() {
    assertEquals(Sense.LBA_OUT_OF_RANGE, sense(0x28, 0, 0, 0, 3, 0xe7, 0, 0, 2));
    assertEquals(Sense.LBA_OUT_OF_RANGE, sense(0xa8, 0, 255, 255, 255, 255, 255, 255, 255, 255));
    assertEquals(Sense.LBA_OUT_OF_RANGE, sense(0x2b, 0, 0, 0, 3, 0xe8));
    succeeds(0x28, 0, 0, 0, 0, 0, 0, 0, 0);
    succeeds(0x2b, 0, 0, 0, 3, 0xe7);
  }

  @Test
  void hostErrorsAreMediumErrors() {
    disc.fail(BlockError.IO, 0);
    rig.packet(ANY, 0x28, 0, 0, 0, 0, 0, 0, 0, 1);
    disc.completeAll();
    assertEquals(FAILED, rig.alternateStatus());
    assertEquals(0x30, rig.error(), "the sense key");
    assertEquals(Sense.UNRECOVERED_READ, rig.senseAfterFailure());
  }

  @Test
  void rawBlocksHaveSyncAddressAndMode() {
    byte[] raw = reply(0xbe, 0, 0, 0, 0, 149, 0, 0, 2, 0xf8);
    assertEquals(2 * 2352, raw.length);
    byte[] sync = {0, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0};
    assertArrayEquals(sync, Arrays.copyOf(raw, 12));
    assertArrayEquals(new byte[] {0, 3, 0x74, 1}, Arrays.copyOfRange(raw, 12, 16));
    assertArrayEquals(new byte[] {0, 4, 0, 1}, Arrays.copyOfRange(raw, 2352 + 12, 2352 + 16));
    assertArrayEquals(blocks(149, 1), Arrays.copyOfRange(raw, 16, 2064));
    assertArrayEquals(blocks(150, 1), Arrays.copyOfRange(raw, 2352 + 16, 2352 + 2064));
    assertArrayEquals(blocks(3, 2), reply(0xbe, 0, 0, 0, 0, 3, 0, 0, 2, 0x10));
    succeeds(0xbe, 0, 0, 0, 0, 3, 0, 0, 2, 0);
    assertEquals(Sense.INVALID_FIELD, sense(0xbe, 0, 0, 0, 0, 3, 0, 0, 2, 0x58));
  }

  @Test
  void theTableOfContentsHasOneDataTrackAndTheLeadOut() {
    byte[] toc = reply(0x43, 0, 0, 0, 0, 0, 0, 0, 100);
    assertArrayEquals(
        new byte[] {
          0, 18, 1, 1, 0, 0x14, 1, 0, 0, 0, 0, 0, 0, 0x14, (byte) 0xaa, 0, 0, 0, 3, (byte) 0xe8
        },
        toc);
    byte[] msf = reply(0x43, 2, 0, 0, 0, 0, 0xaa, 0, 100);
    assertArrayEquals(new byte[] {0, 10, 1, 1, 0, 0x14, (byte) 0xaa, 0, 0, 0, 15, 25}, msf);
    assertEquals(Sense.INVALID_FIELD, sense(0x43, 0, 0, 0, 0, 0, 2, 0, 100));
    assertArrayEquals(
        new byte[] {0, 10, 1, 1, 0, 0x14, 1, 0, 0, 0, 0, 0}, reply(0x43, 0, 1, 0, 0, 0, 0, 0, 100));
    assertEquals(4 + 4 * 11, reply(0x43, 0, 2, 0, 0, 0, 0, 0, 100).length);
    assertEquals(Sense.INVALID_FIELD, sense(0x43, 0, 5, 0, 0, 0, 0, 0, 100));
    byte[] old = reply(0x43, 0, 0, 0, 0, 0, 0, 0, 100, 0x40);
    assertEquals(12, old.length, "SFF-8020i's place of the format");
  }

  @Test
  void theConfigurationNamesProfileAndFeatures() {
    byte[] all = reply(0x46, 0, 0, 0, 0, 0, 0, 0, 255);
    assertEquals(all.length - 4, ByteBuffer.wrap(all).getInt());
    assertEquals(8, all[7], "CD-ROM");
    assertEquals(8 + 12 + 12 + 8, all.length);
    byte[] one = reply(0x46, 2, 0, 3, 0, 0, 0, 0, 255);
    assertEquals(8 + 8, one.length);
    assertEquals(3, one[9]);
    assertEquals(8, reply(0x46, 2, 0, 99, 0, 0, 0, 0, 255).length);
    assertEquals(8, reply(0x46, 0, 0, 0, 0, 0, 0, 0, 8).length, "cut to the allocation length");
  }

  @Test
  void modePagesHaveAHeaderThatCountsThem() {
    byte[] wide = reply(0x5a, 0, 0x3f, 0, 0, 0, 0, 0, 255);
    assertEquals(wide.length - 2, ByteBuffer.wrap(wide).getShort());
    assertEquals(8 + 8 + 16 + 20, wide.length);
    byte[] narrow = reply(0x1a, 0, 0x2a, 0, 255);
    assertEquals(narrow.length - 1, narrow[0]);
    assertEquals(0x2a, narrow[4]);
    assertEquals(Sense.INVALID_FIELD, sense(0x5a, 0, 0x22, 0, 0, 0, 0, 0, 255));
    assertEquals(Sense.SAVING_NOT_SUPPORTED, sense(0x5a, 0, 0xea, 0, 0, 0, 0, 0, 255));
  }

  @Test
  void discTrackMechanismAndSubChannelAreAnswered() {
    assertEquals(34, reply(0x51, 0, 0, 0, 0, 0, 0, 0, 255).length);
    ByteBuffer track = ByteBuffer.wrap(reply(0x52, 1, 0, 0, 0, 1, 0, 0, 255));
    assertEquals(36, track.limit());
    assertEquals(BLOCKS, track.getInt(24));
    assertEquals(Sense.INVALID_FIELD, sense(0x52, 1, 0, 0, 0, 2, 0, 0, 255));
    assertEquals(8, reply(0xbd, 0, 0, 0, 0, 0, 0, 0, 0, 8).length);
    assertEquals(16, reply(0x42, 0, 0x40, 1, 0, 0, 0, 0, 255).length);
    assertEquals(24, reply(0x42, 0, 0x40, 2, 0, 0, 0, 0, 255).length);
    assertEquals(4, reply(0x42, 0, 0, 1, 0, 0, 0, 0, 255).length);
    succeeds(0xbb);
  }

  @Test
  void unknownOperationsAreIllegal() {
    assertEquals(Sense.INVALID_OPCODE, sense(0xff));
    assertEquals(Sense.NONE, reply(0x03, 0, 0, 0, 18)[2], "sense data is told once");
  }

  // Tray

  @Test
  void theGuestOpensAndClosesTheTray() {
    succeeds(0x1b, 0, 0, 0, 2);
    assertEquals(List.of(true), events.trays);
    assertTrue(cd.open());
    assertEquals(Sense.NO_MEDIUM_TRAY_OPEN, sense(0x00));
    succeeds(0x1b, 0, 0, 0, 3);
    assertEquals(List.of(true, false), events.trays);
    assertEquals(Sense.MEDIUM_CHANGED, sense(0x00));
    succeeds(0x00);
  }

  @Test
  void aLockedTrayStaysClosedAndTheGuestHearsOfTheRequest() {
    succeeds(0x1e, 0, 0, 0, 1);
    assertEquals(Sense.REMOVAL_PREVENTED, sense(0x1b, 0, 0, 0, 2));
    assertFalse(cd.remove(false));
    byte[] event = reply(0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8);
    assertArrayEquals(new byte[] {0, 6, 4, 0x10, 1, 2, 0, 0}, event);
    assertEquals(0, reply(0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8)[4], "told once");
    assertTrue(cd.remove(true));
    assertEquals(3, reply(0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8)[4], "removed");
  }

  @Test
  void anotherDiscIsAUnitAttention() {
    assertTrue(cd.remove(false));
    assertEquals(Sense.NO_MEDIUM_TRAY_OPEN, sense(0x25));
    HeapDisk other = new HeapDisk(2048 * 5);
    cd.insert(other);
    assertEquals(2, reply(0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8)[4], "new medium, attention or not");
    assertEquals(36, reply(0x12, 0, 0, 0, 36).length);
    assertEquals(Sense.MEDIUM_CHANGED, sense(0x25));
    assertEquals(4, ByteBuffer.wrap(reply(0x25)).getInt());
  }

  @Test
  void aDiscTakenOutInMidReadFailsTheRead() {
    rig.packet(ANY, 0x28, 0, 0, 0, 0, 0, 0, 0, 1);
    cd.remove(false);
    disc.completeAll();
    assertEquals(Sense.NO_MEDIUM_TRAY_OPEN, rig.senseAfterFailure());
  }

  @Test
  void eventsAreOnlyPolled() {
    assertEquals(Sense.INVALID_FIELD, sense(0x4a, 0, 0, 0, 0x10, 0, 0, 0, 8));
    assertArrayEquals(new byte[] {0, 2, (byte) 0x80, 0x10}, reply(0x4a, 1, 0, 0, 2, 0, 0, 0, 8));
  }

  @Test
  void anEmptyDriveHasNoMedium() {
    try (IdeRig empty = new IdeRig(IdeRig.cd(null), null)) {
      empty.packet(ANY, 0x00);
      assertEquals(Sense.NO_MEDIUM_TRAY_CLOSED, empty.senseAfterFailure());
      empty.packet(ANY, 0x46, 0, 0, 0, 0, 0, 0, 0, 255);
      assertEquals(0, empty.packetData()[7], "no profile is current");
    }
  }
}
