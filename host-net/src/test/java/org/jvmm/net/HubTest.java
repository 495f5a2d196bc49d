package org.jvmm.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.jvmm.core.backend.NetBackend;
import org.jvmm.testkit.NetBackendContract;
import org.jvmm.testkit.RecordingCard;

final class HubTest extends NetBackendContract {
  private final Hub hub = new Hub("hub-test");

  @Override
  protected List<NetBackend> wire() {
    return List.of(hub.port(), hub.port());
  }

  @Override
  protected void closeRest() {
    hub.close();
  }

  private RecordingCard card() {
    RecordingCard card = new RecordingCard();
    hub.port().connect(card);
    return card;
  }

  @Test
  void aFrameGoesToAllOtherPorts() throws InterruptedException {
    RecordingCard one = card();
    RecordingCard two = card();
    NetBackend port = hub.port();
    RecordingCard sender = new RecordingCard();
    port.connect(sender);
    byte[] frame = new byte[60];
    frame[0] = 1;
    assertTrue(port.offer(frame, 0, 60));
    assertArrayEquals(frame, one.awaitFrame(0));
    assertArrayEquals(frame, two.awaitFrame(0));
    assertEquals(0, sender.frames().size());
  }

  @Test
  void aCardThatStandsStillMissesWhatOthersGet() throws InterruptedException {
    RecordingCard still = card().limitTo(0);
    RecordingCard alive = card();
    NetBackend port = hub.port();
    byte[] frame = new byte[1514];
    for (int i = 0; i < 1000; i++) {
      assertTrue(port.offer(frame, 0, frame.length));
      alive.awaitFrame(i);
    }
    assertEquals(0, still.frames().size());
  }

  @Test
  void aPortRefusesWhenTheOnlyOtherIsFullAndTellsWhenItIsNot() throws InterruptedException {
    Hub two = new Hub("two");
    NetBackend port = two.port();
    RecordingCard sender = new RecordingCard();
    port.connect(sender);
    NetBackend other = two.port();
    RecordingCard still = new RecordingCard().limitTo(0);
    other.connect(still);
    byte[] frame = new byte[1514];
    int taken = 0;
    while (port.offer(frame, 0, frame.length)) {
      taken++;
      assertTrue(taken < 1000, "the queue has no bound");
    }
    still.limitTo(Integer.MAX_VALUE);
    other.receiverReady();
    sender.await(() -> sender.writables() > 0);
    int all = taken;
    still.await(() -> still.frames().size() == all);
    two.close();
  }

  @Test
  void aPortThatIsClosedNoLongerTakesPart() throws InterruptedException {
    NetBackend port = hub.port();
    NetBackend leaver = hub.port();
    RecordingCard stays = card();
    leaver.connect(new RecordingCard().limitTo(0));
    leaver.close();
    byte[] frame = new byte[60];
    for (int i = 0; i < 100; i++) {
      assertTrue(port.offer(frame, 0, 60));
      stays.awaitFrame(i);
    }
  }

  @Test
  void portsOfAClosedHubHaveNoCarrier() {
    hub.close();
    assertFalse(hub.port().linkUp());
  }
}
