package org.jvmm.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.jvmm.core.backend.NetBackend;
import org.jvmm.core.backend.NetFrontend;

/**
 * What every {@link NetBackend} must do. A subclass makes two that are joined: what the card at one
 * of them sends arrives at the other's.
 */
@Timeout(60)
public abstract class NetBackendContract {
  /** As many frames as any backend keeps while its card stands still. */
  private static final int WINDOW = 16;

  private final RecordingCard left = new RecordingCard();
  private final RecordingCard right = new RecordingCard();
  private List<NetBackend> ends;
  private NetBackend here;
  private NetBackend there;

  /** The two ends of a wire, closed by the test. */
  protected abstract List<NetBackend> wire() throws IOException;

  /** Closes what {@link #wire} opened beside the two ends. */
  protected void closeRest() {}

  @BeforeEach
  void joinTwoCards() throws IOException {
    ends = wire();
    here = ends.get(0);
    there = ends.get(1);
    here.connect(left);
    there.connect(right);
  }

  @AfterEach
  void closeAll() {
    ends.forEach(NetBackend::close);
    closeRest();
  }

  /** A frame of random bytes, the same for the same number. */
  private static byte[] frame(int number, int length) {
    byte[] frame = new byte[length];
    new Random(number).nextBytes(frame);
    return frame;
  }

  private static void send(NetBackend end, byte[] frame) {
    assertTrue(end.offer(frame, 0, frame.length), "a wire that is idle has room");
  }

  @Test
  void aFrameOfAnySizeArrivesAsItWasSent() throws InterruptedException {
    int[] sizes = {NetBackend.MIN_FRAME, 42, 60, 1514, 1518, NetBackend.MAX_FRAME};
    for (int i = 0; i < sizes.length; i++) {
      byte[] sent = frame(i, sizes[i]);
      send(here, sent);
      assertArrayEquals(sent, right.awaitFrame(i));
    }
  }

  @Test
  void aFrameMayBeAPartOfAnArrayWhichIsTheCardsAgainOnReturn() throws InterruptedException {
    byte[] memory = frame(1, 1000);
    byte[] sent = Arrays.copyOfRange(memory, 300, 400);
    assertTrue(here.offer(memory, 300, 100));
    Arrays.fill(memory, (byte) 0);
    assertArrayEquals(sent, right.awaitFrame(0));
  }

  @Test
  void framesArriveOnceAndInTheirOrderBothWays() throws InterruptedException {
    for (int i = 0; i < 50 * WINDOW; i++) {
      send(here, frame(i, 60 + i));
      send(there, frame(-i, 60 + i));
      if (i % WINDOW == WINDOW - 1) {
        left.awaitFrame(i);
        right.awaitFrame(i);
      }
    }
    for (int i = 0; i < 50 * WINDOW; i++) {
      assertArrayEquals(frame(i, 60 + i), right.frames().get(i));
      assertArrayEquals(frame(-i, 60 + i), left.frames().get(i));
    }
  }

  @Test
  void aCardDoesNotHearItself() throws InterruptedException {
    send(here, frame(1, 60));
    right.awaitFrame(0);
    send(there, frame(2, 60));
    assertArrayEquals(frame(2, 60), left.awaitFrame(0));
  }

  @Test
  void framesThatAreNoneAreTakenAndLost() throws InterruptedException {
    for (int length :
        new int[] {0, 1, NetBackend.MIN_FRAME - 1, NetBackend.MAX_FRAME + 1, 1 << 20}) {
      assertTrue(here.offer(new byte[length], 0, length), () -> length + " bytes");
    }
    send(here, frame(1, 60));
    assertArrayEquals(frame(1, 60), right.awaitFrame(0));
  }

  @Test
  void aCardWithoutRoomIsOfferedTheSameFrameWhenItSaysSoAndNothingBefore()
      throws InterruptedException {
    right.limitTo(1);
    for (int i = 0; i < WINDOW; i++) {
      send(here, frame(i, 100));
    }
    right.await(() -> right.refusals() == 1);
    Thread.sleep(20); // time for a wrong one to come
    assertEquals(1, right.refusals());
    assertEquals(1, right.frames().size());
    right.limitTo(Integer.MAX_VALUE);
    there.receiverReady();
    right.awaitFrame(WINDOW - 1);
    for (int i = 0; i < WINDOW; i++) {
      assertArrayEquals(frame(i, 100), right.frames().get(i));
    }
  }

  @Test
  void roomThatComesDuringTheRefusalIsNotMissed() throws InterruptedException {
    right.limitTo(0);
    right.onRefusal(
        () -> {
          right.limitTo(right.refusals() < 10 ? 0 : 1);
          there.receiverReady();
        });
    send(here, frame(1, 60));
    assertArrayEquals(frame(1, 60), right.awaitFrame(0));
    assertEquals(10, right.refusals());
  }

  @Test
  void aCardThatStandsStillNeitherBlocksTheSenderNorKeepsItForEver() throws InterruptedException {
    right.limitTo(0);
    boolean refused = false;
    for (int i = 0; i < 10_000 && !refused; i++) {
      refused = !here.offer(frame(i, 1514), 0, 1514);
    }
    right.limitTo(Integer.MAX_VALUE);
    there.receiverReady();
    if (refused) {
      left.await(() -> left.writables() > 0);
    }
    assertArrayEquals(frame(0, 1514), right.awaitFrame(0));
    send(there, frame(-1, 60));
    assertArrayEquals(frame(-1, 60), left.awaitFrame(0));
  }

  @Test
  void cardsThatSendWithTheirMonitorHeldDoNotDeadlock() throws InterruptedException {
    Thread other = new Thread(() -> sendUnderMonitor(there, right));
    other.start();
    sendUnderMonitor(here, left);
    other.join();
    left.awaitFrame(0);
    right.awaitFrame(0);
  }

  private static void sendUnderMonitor(NetBackend end, RecordingCard card) {
    byte[] frame = frame(1, 60);
    for (int i = 0; i < 20_000; i++) {
      synchronized (card) {
        end.offer(frame, 0, frame.length);
      }
    }
  }

  @Test
  void aNewCardTakesThePlaceOfTheOneBefore() throws InterruptedException {
    send(here, frame(1, 60));
    right.awaitFrame(0);
    RecordingCard replacement = new RecordingCard();
    there.connect(replacement);
    send(here, frame(2, 60));
    assertArrayEquals(frame(2, 60), replacement.awaitFrame(0));
    assertEquals(1, right.frames().size());
  }

  @Test
  void aNewCardIsNotKeptWaitingByOneThatStoodStill() throws InterruptedException {
    right.limitTo(0);
    send(here, frame(1, 60));
    right.await(() -> right.refusals() == 1);
    there.disconnect();
    RecordingCard replacement = new RecordingCard();
    there.connect(replacement);
    send(here, frame(2, 60));
    byte[] first = replacement.awaitFrame(0);
    byte[] second = Arrays.equals(first, frame(1, 60)) ? replacement.awaitFrame(1) : first;
    assertArrayEquals(frame(2, 60), second);
  }

  @Test
  void whatIsSentToNobodyIsTakenAndLost() {
    there.disconnect();
    for (int i = 0; i < 1000; i++) {
      int number = i;
      while (!here.offer(frame(number, 1514), 0, 1514)) {
        Thread.onSpinWait();
      }
    }
    assertEquals(0, right.frames().size());
  }

  @Test
  void theCarrierGoesWithTheCloseAndTheCardIsTold() throws InterruptedException {
    assertTrue(here.linkUp());
    here.close();
    assertFalse(here.linkUp());
    left.await(() -> left.linkChanges() == 1);
    assertTrue(here.offer(frame(1, 60), 0, 60), "taken and lost");
    here.receiverReady();
    here.close();
  }

  /** Takes everything and keeps nothing. */
  private static final class Sink implements NetFrontend {
    @Override
    public boolean receive(byte[] frame, int offset, int length) {
      return true;
    }

    @Override
    public void writable() {}

    @Override
    public void linkChanged() {}
  }

  @Test
  void sendingAllocatesNothing() {
    there.connect(new Sink());
    byte[] frame = frame(1, 1514);
    com.sun.management.ThreadMXBean threads =
        (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 20; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < 1000; i++) {
        here.offer(frame, 0, frame.length);
      }
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
    }
    assertNotEquals(-1, least, "the JVM counts no allocations");
    assertTrue(least < 1000, least + " bytes for 1000 frames");
  }
}
