package org.jvmm.devices.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.jvmm.devices.net.Ne2kRig.BNRY;
import static org.jvmm.devices.net.Ne2kRig.CNTR2;
import static org.jvmm.devices.net.Ne2kRig.CR;
import static org.jvmm.devices.net.Ne2kRig.CURR;
import static org.jvmm.devices.net.Ne2kRig.DATA;
import static org.jvmm.devices.net.Ne2kRig.DCR;
import static org.jvmm.devices.net.Ne2kRig.END;
import static org.jvmm.devices.net.Ne2kRig.FIFO;
import static org.jvmm.devices.net.Ne2kRig.FIRST;
import static org.jvmm.devices.net.Ne2kRig.IMR;
import static org.jvmm.devices.net.Ne2kRig.ISR;
import static org.jvmm.devices.net.Ne2kRig.MAR0;
import static org.jvmm.devices.net.Ne2kRig.PSTOP;
import static org.jvmm.devices.net.Ne2kRig.RCR;
import static org.jvmm.devices.net.Ne2kRig.RESET;
import static org.jvmm.devices.net.Ne2kRig.RSR;
import static org.jvmm.devices.net.Ne2kRig.START;
import static org.jvmm.devices.net.Ne2kRig.STOP;
import static org.jvmm.devices.net.Ne2kRig.TCR;
import static org.jvmm.devices.net.Ne2kRig.TPSR;
import static org.jvmm.devices.net.Ne2kRig.TRANSMIT;
import static org.jvmm.devices.net.Ne2kRig.TSR;
import static org.jvmm.devices.net.Ne2kRig.frame;
import static org.jvmm.devices.net.Ne2kRig.ours;

import java.util.Arrays;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.jvmm.core.device.SnapshotException;
import org.jvmm.devices.net.NicBits.Cr;
import org.jvmm.devices.net.NicBits.Isr;
import org.jvmm.devices.net.NicBits.Rcr;
import org.jvmm.devices.net.NicBits.Rsr;
import org.jvmm.devices.net.NicBits.Tsr;
import org.jvmm.devices.pci.PciConfig;
import org.jvmm.testkit.BusFuzz;
import org.jvmm.testkit.SnapshotCheck;

/** The card, driven through its ports and its cable. What QEMU answers too is in the recording. */
final class Ne2kPciTest {
  /** A frame of this many bytes takes six pages, of 58 in the ring. */
  private static final int LARGE = 1514, LARGE_PAGES = 6, RING_PAGES = END - FIRST;

  private final Ne2kRig rig = new Ne2kRig();

  // Reset and registers

  @Test
  void afterPowerOnTheNicIsStopped() {
    assertEquals(STOP, rig.in(CR));
    assertEquals(Isr.RST, rig.in(ISR));
    assertFalse(rig.irq.level());
  }

  @Test
  void theResetPortStopsTheNicMasksItsInterruptsAndEndsLoopback() {
    rig.started();
    rig.out(TCR, 0x1F);
    rig.receive(ours(60));
    rig.in(RESET);
    assertEquals(STOP, rig.in(CR));
    assertEquals(Isr.RST, rig.in(ISR));
    rig.out(CR, STOP | 2 << 6);
    assertEquals(0, rig.in(IMR));
    assertEquals(0x19, rig.in(TCR));
  }

  @Test
  void theFunctionIsARealtek8029WithThirtyTwoPortsAndInta() {
    assertEquals(0x8029_10EC, rig.config(PciConfig.VENDOR_ID, 4));
    assertEquals(0x02_0000, rig.config(PciConfig.CLASS_CODE, 2) | rig.config(0x0B, 1) << 16);
    assertEquals(1, rig.config(PciConfig.INTERRUPT_PIN, 1));
    rig.config(PciConfig.BAR0, 4, -1);
    assertEquals(-32 | 1, rig.config(PciConfig.BAR0, 4));
  }

  @Test
  void writingOnesToIsrAcknowledgesAllButRst() {
    rig.started();
    rig.receive(ours(60));
    assertTrue(rig.irq.level());
    rig.out(ISR, Isr.PRX);
    assertFalse(rig.irq.level());
    rig.out(CR, STOP);
    rig.out(ISR, 0xFF);
    assertEquals(Isr.RST, rig.in(ISR));
  }

  @Test
  void rstDoesNotInterrupt() {
    rig.started();
    rig.out(IMR, 0xFF);
    rig.out(CR, STOP);
    assertFalse(rig.irq.level());
  }

  @Test
  void theInterruptFollowsTheMask() {
    rig.started();
    rig.out(IMR, 0);
    rig.receive(ours(60));
    assertFalse(rig.irq.level());
    rig.out(IMR, Isr.PRX);
    assertTrue(rig.irq.level());
  }

  // Transmit

  @Test
  void aFrameGoesAsItStandsInTheBuffer() {
    byte[] frame = frame("01:02:03:04:05:06", 101, 3);
    rig.started().send(frame);
    assertArrayEquals(frame, rig.cable.frames.get(0));
    assertEquals(Isr.PTX, rig.in(ISR));
    assertEquals(Tsr.PTX | Tsr.NDT, rig.in(TSR));
    assertTrue(rig.irq.level());
  }

  @Test
  void aFrameThatTheCableHasNoRoomForGoesWhenItHas() {
    rig.started();
    rig.cable.full = true;
    rig.send(ours(60));
    assertEquals(Cr.TXP, rig.in(CR) & Cr.TXP);
    assertEquals(0, rig.in(ISR));
    rig.cable.full = false;
    rig.card.transmitterReady();
    assertEquals(0, rig.in(CR) & Cr.TXP);
    assertEquals(Isr.PTX, rig.in(ISR));
    assertEquals(1, rig.cable.frames.size());
  }

  @Test
  void aCommandWithoutTxpDoesNotTakeAWaitingTransmissionBack() {
    rig.started();
    rig.cable.full = true;
    rig.send(ours(60));
    rig.out(CR, START);
    assertEquals(Cr.TXP, rig.in(CR) & Cr.TXP);
    rig.out(CR, STOP);
    rig.cable.full = false;
    rig.card.transmitterReady();
    assertEquals(0, rig.cable.frames.size());
  }

  @Test
  void aStoppedNicSendsNothing() {
    rig.started();
    rig.out(CR, STOP | Cr.TXP);
    assertEquals(0, rig.cable.frames.size());
    assertEquals(0, rig.in(CR) & Cr.TXP);
  }

  @Test
  void withTheCrcInhibitedTheLastFourBytesAreTheGuestsCheckSequence() {
    rig.started().out(TCR, 1);
    rig.send(ours(64));
    assertArrayEquals(Arrays.copyOf(ours(64), 60), rig.cable.frames.get(0));
  }

  @Test
  void withoutACarrierTheFrameIsSentAndTheCarrierIsReportedLost() {
    rig.started();
    rig.card.carrier(false);
    rig.send(ours(60));
    assertEquals(Tsr.PTX | Tsr.NDT | Tsr.CRS, rig.in(TSR));
    assertEquals(Isr.PTX, rig.in(ISR));
  }

  @Test
  void aFrameOutsideTheRamIsAnUnderrun() {
    rig.started();
    rig.out(TPSR, 0x80);
    rig.out(5, 60);
    rig.out(CR, TRANSMIT);
    assertEquals(Tsr.FU, rig.in(TSR));
    assertEquals(Isr.TXE, rig.in(ISR));
    assertEquals(0, rig.cable.frames.size());
  }

  // Loopback

  @Test
  void aLoopedFrameEndsInTheFifoWithItsLength() {
    rig.started().out(TCR, 2);
    byte[] frame = ours(65); // with the CRC 8 * 8 + 5 bytes, as section 12.1 aligns them
    rig.send(frame);
    assertEquals(0x53, rig.in(TSR));
    assertEquals(Isr.PTX, rig.in(ISR));
    assertEquals(Rsr.CRC, rig.in(RSR));
    CRC32 crc = new CRC32();
    crc.update(frame);
    long fcs = crc.getValue();
    assertEquals(frame[64] & 0xFF, rig.in(FIFO));
    for (int i = 0; i < 4; i++) {
      assertEquals(fcs >> 8 * i & 0xFF, rig.in(FIFO));
    }
    assertEquals(69, rig.in(FIFO));
    assertEquals(0, rig.in(FIFO));
    assertEquals(0, rig.in(FIFO));
    assertEquals(0, rig.cable.frames.size());
  }

  @Test
  void theReceiverChecksALoopedCrcThatTheGuestAppended() {
    rig.started().out(TCR, 3);
    byte[] frame = ours(64);
    CRC32 crc = new CRC32();
    crc.update(frame, 0, 60);
    for (int i = 0; i < 4; i++) {
      frame[60 + i] = (byte) (crc.getValue() >> 8 * i);
    }
    rig.send(frame);
    assertEquals(Rsr.PRX, rig.in(RSR));
    frame[20] ^= 1;
    rig.send(frame);
    assertEquals(Rsr.CRC, rig.in(RSR));
  }

  @Test
  void eachLoopbackPathHasItsStatus() {
    rig.started();
    int[] expected = {0x53, 0x43, 0x03};
    for (int path = 1; path <= 3; path++) {
      rig.out(TCR, path << 1);
      rig.send(ours(60));
      assertEquals(expected[path - 1], rig.in(TSR), "LB = " + path);
    }
  }

  @Test
  void inLoopbackNothingComesFromTheCable() {
    rig.started().out(TCR, 2);
    assertTrue(rig.receive(ours(60)), "taken, and gone");
    assertEquals(0, rig.in(ISR));
  }

  // Receive

  @Test
  void aFrameStandsInTheRingBehindItsHeaderAndBeforeItsCheckSequence() {
    rig.started();
    byte[] frame = ours(300);
    assertTrue(rig.receive(frame));
    CRC32 crc = new CRC32();
    crc.update(frame);
    byte[] ring = rig.memory((FIRST + 1) * 256, 308);
    assertArrayEquals(
        new byte[] {Rsr.PRX, FIRST + 3, (byte) 304, 304 >> 8}, Arrays.copyOf(ring, 4));
    assertArrayEquals(frame, Arrays.copyOfRange(ring, 4, 304));
    for (int i = 0; i < 4; i++) {
      assertEquals((byte) (crc.getValue() >> 8 * i), ring[304 + i]);
    }
    assertEquals(FIRST + 3, rig.inPage1(CURR));
    assertEquals(Rsr.PRX, rig.in(RSR));
  }

  @Test
  void theRingGoesRoundFromPstopToPstart() {
    rig.started().outPage1(CURR, END - 1);
    rig.out(BNRY, END - 2);
    byte[] frame = ours(400);
    rig.receive(frame);
    assertEquals(FIRST + 1, rig.inPage1(CURR));
    byte[] ring = rig.memory((END - 1) * 256, 404);
    assertEquals(FIRST + 1, ring[1]);
    assertArrayEquals(frame, Arrays.copyOfRange(ring, 4, 404), "remote DMA goes round too");
  }

  @Test
  void aFrameWaitsAtTheHostUntilTheGuestMakesRoom() {
    rig.started();
    int taken = 0;
    while (rig.receive(ours(LARGE))) {
      taken++;
    }
    assertEquals((RING_PAGES - 2) / LARGE_PAGES, taken);
    assertEquals(Isr.PRX, rig.in(ISR), "nothing has been lost");
    assertEquals(0, rig.cable.ready);
    int behind = FIRST + 1 + taken * LARGE_PAGES + LARGE_PAGES - RING_PAGES;
    rig.out(BNRY, behind);
    assertEquals(0, rig.cable.ready, "the last page would be the boundary's");
    rig.out(BNRY, behind + 1);
    assertEquals(1, rig.cable.ready);
    assertTrue(rig.receive(ours(LARGE)));
  }

  @Test
  void whileAFrameWaitsAtTheHostTheReceiveInterruptComesBack() {
    rig.started();
    int taken = 0;
    while (rig.receive(ours(LARGE))) {
      taken++;
    }
    rig.out(ISR, 0xFF);
    assertEquals(Isr.PRX, rig.in(ISR), "the driver has not read all");
    assertTrue(rig.irq.level());
    rig.out(BNRY, FIRST + taken * LARGE_PAGES);
    rig.out(ISR, 0xFF);
    assertEquals(0, rig.in(ISR));
    assertFalse(rig.irq.level());
  }

  @Test
  void aBoundaryOnePageBeforeTheRingIsTheRingsLastPage() {
    rig.started().outPage1(CURR, FIRST);
    rig.out(BNRY, FIRST - 1);
    int taken = 0;
    while (taken < RING_PAGES && rig.receive(ours(LARGE))) {
      taken++;
    }
    assertEquals((RING_PAGES - 2) / LARGE_PAGES, taken);
  }

  @Test
  void theBoundaryPageIsNeverOverwritten() {
    rig.started();
    while (rig.receive(ours(60))) {
      assertFalse(rig.inPage1(CURR) == FIRST, "CURR has reached BNRY: a full ring looks empty");
    }
    assertEquals(END - 1, rig.inPage1(CURR));
  }

  @Test
  void whatIsLargerThanTheRingOverflowsIt() {
    rig.started().out(PSTOP, FIRST + 4);
    assertTrue(rig.receive(ours(LARGE)));
    assertEquals(Isr.OVW | Isr.RST, rig.in(ISR));
    assertTrue(rig.irq.level());
    assertEquals(Rsr.MPA, rig.in(RSR));
    assertEquals(1, rig.in(CNTR2));
    assertEquals(FIRST + 1, rig.inPage1(CURR), "aborted");
  }

  @Test
  void afterAnOverflowNothingComesUntilTheGuestHasRemovedAFrame() {
    rig.started().out(PSTOP, FIRST + 4);
    rig.receive(ours(LARGE));
    rig.out(ISR, 0xFF);
    assertEquals(Isr.RST, rig.in(ISR));
    assertFalse(rig.receive(ours(60)));
    rig.out(BNRY, FIRST);
    assertEquals(0, rig.in(ISR));
    assertEquals(1, rig.cable.ready);
    assertTrue(rig.receive(ours(60)));
    assertEquals(Isr.PRX, rig.in(ISR));
  }

  @Test
  void aStoppedNicTakesFramesAndDropsThem() {
    assertTrue(rig.receive(ours(60)));
    rig.started().out(CR, STOP);
    assertTrue(rig.receive(ours(60)));
    assertEquals(Isr.RST, rig.in(ISR));
  }

  @Test
  void aStopLetsGoWhatWaitsAtTheHost() {
    rig.started();
    while (rig.receive(ours(LARGE))) {}
    rig.out(CR, STOP);
    assertEquals(1, rig.cable.ready);
  }

  @Test
  void aShortFrameIsPadded() {
    rig.started();
    byte[] longer = ours(200);
    rig.receive(longer);
    rig.outPage1(CURR, FIRST + 1);
    rig.receive(ours(42));
    assertArrayEquals(
        Arrays.copyOf(ours(42), 60), Arrays.copyOfRange(rig.memory((FIRST + 1) * 256, 64), 4, 64));
  }

  // Address recognition

  private boolean receives(String destination) {
    rig.out(ISR, 0xFF);
    assertTrue(rig.receive(frame(destination, 60, 1)));
    rig.out(BNRY, rig.inPage1(CURR) == FIRST ? END - 1 : rig.inPage1(CURR) - 1);
    return rig.in(ISR) != 0;
  }

  @Test
  void eachKindOfAddressHasItsSwitch() {
    rig.started();
    String own = Ne2kRig.MAC.toString();
    String other = "52:54:00:12:34:57";
    String group = "01:00:5e:00:00:01";
    String all = "ff:ff:ff:ff:ff:ff";
    for (int i = 0; i < 8; i++) {
      rig.outPage1(MAR0 + i, 0xFF);
    }
    for (int rcr : new int[] {0, Rcr.AB, Rcr.AM, Rcr.PRO, Rcr.AB | Rcr.AM | Rcr.PRO}) {
      rig.out(RCR, rcr);
      assertTrue(receives(own), "own, RCR " + rcr);
      assertEquals((rcr & Rcr.PRO) != 0, receives(other), "other, RCR " + rcr);
      assertEquals((rcr & Rcr.AM) != 0, receives(group), "group, RCR " + rcr);
      assertEquals((rcr & Rcr.AB) != 0, receives(all), "broadcast, RCR " + rcr);
    }
  }

  @Test
  void aMulticastFrameComesByItsBitInTheFilterAlone() {
    rig.started().out(RCR, Rcr.AM);
    int bit = 31; // of 01:00:5e:00:00:01, by Linux' ether_crc
    rig.outPage1(MAR0 + bit / 8, 1 << bit % 8);
    assertTrue(receives("01:00:5e:00:00:01"));
    assertEquals(Rsr.PRX | Rsr.PHY, rig.in(RSR));
    assertFalse(receives("01:00:5e:00:00:02"));
    rig.outPage1(MAR0 + bit / 8, ~(1 << bit % 8));
    assertFalse(receives("01:00:5e:00:00:01"));
  }

  @Test
  void inMonitorModeFramesAreCountedUntilTheTallyStopsAndInterruptFromHalfOn() {
    rig.started().out(RCR, Rcr.MON);
    for (int i = 0; i < 127; i++) {
      rig.receive(ours(60));
    }
    assertEquals(0, rig.in(ISR));
    rig.receive(ours(60));
    assertEquals(Isr.CNT, rig.in(ISR));
    for (int i = 0; i < 100; i++) {
      rig.receive(ours(60));
    }
    assertEquals(192, rig.in(CNTR2));
    assertEquals(0, rig.in(CNTR2), "reading clears");
  }

  // Remote DMA

  @Test
  void sendPacketReadsTheNextFrameAndRemovesIt() {
    rig.started().out(DCR, 0x59);
    byte[] frame = ours(60);
    rig.receive(frame);
    rig.out(BNRY, FIRST + 1);
    rig.out(CR, Cr.SEND | Cr.STA);
    byte[] read = new byte[64];
    for (int i = 0; i < read.length; i += 2) {
      int word = rig.in(DATA, 2);
      read[i] = (byte) word;
      read[i + 1] = (byte) (word >> 8);
    }
    assertArrayEquals(frame, Arrays.copyOfRange(read, 4, 64));
    assertEquals(Isr.RDC, rig.in(ISR) & Isr.RDC);
    assertEquals(FIRST + 2, rig.in(BNRY));
  }

  @Test
  void anAbortedRemoteReadFloats() {
    rig.started().startRead(0x4000, 4);
    rig.out(CR, START);
    assertEquals(0xFFFF, rig.in(DATA, 2) & 0xFFFF);
    assertEquals(0, rig.in(ISR));
  }

  @Test
  void theDataPortAnswersEightBytesLongAndTheResetPortAnywhereBehind() {
    rig.started().memory(0x4000, new byte[] {1, 2, 3, 4});
    rig.startRead(0x4000, 4);
    assertEquals(0x0201, rig.in(DATA + 6, 2));
    rig.in(RESET - 7);
    assertEquals(STOP, rig.in(CR));
  }

  // Snapshot and fuzz

  @Test
  void aSavedCardGoesOnInAnother() {
    rig.started().memory(0x4000, ours(60));
    rig.receive(ours(LARGE));
    rig.cable.full = true;
    rig.send(ours(60));
    Ne2kRig other = new Ne2kRig();
    SnapshotCheck.roundTrip(rig.card, other.card);
    assertTrue(other.irq.level());
    other.card.transmitterReady();
    assertArrayEquals(ours(60), other.cable.frames.get(0));
    assertArrayEquals(ours(100), Arrays.copyOfRange(other.memory((FIRST + 1) * 256, 104), 4, 104));
    other.card.reset();
    assertEquals(new Ne2kRig().card.save().nic(), other.card.save().nic());
  }

  @Test
  void aDamagedSnapshotIsRefused() {
    Ne2kPci.State state = rig.card.save();
    Ne2kPci.State shorter =
        new Ne2kPci.State(state.version(), state.pci(), state.nic(), state.memory().substring(4));
    assertThrows(SnapshotException.class, () -> rig.card.restore(shorter));
    Ne2kPci.State foreign =
        new Ne2kPci.State(state.version(), state.pci(), state.nic(), "not base 64!");
    assertThrows(SnapshotException.class, () -> rig.card.restore(foreign));
  }

  @Test
  void noSequenceOfAccessesAndFramesThrowsOrHangs() {
    for (int seed = 1; seed <= 4; seed++) {
      Ne2kRig hostile = new Ne2kRig();
      BusFuzz.ports(hostile.card, Ne2kPci.PORTS, 4)
          .seed(seed)
          .beside(
              random -> {
                byte[] frame = ours(random.nextInt(14, 9019));
                frame[0] = (byte) random.nextInt(3);
                hostile.receive(frame);
                hostile.cable.full = random.nextBoolean();
                hostile.cable.frames.clear();
                hostile.card.transmitterReady();
              })
          .run(100_000);
    }
  }

  @Test
  void startedAtRandomPlacesTheRingSurvivesAnyFrame() {
    BusFuzz.ports(rig.card, Ne2kPci.PORTS, 1)
        .seed(7)
        .beside(
            random -> {
              rig.out(CR, START);
              rig.out(TCR, 0);
              rig.out(RCR, 0x1C);
              rig.receive(ours(random.nextInt(14, 9019)));
            })
        .run(200_000);
  }
}
