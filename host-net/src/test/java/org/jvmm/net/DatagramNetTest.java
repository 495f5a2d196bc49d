package org.jvmm.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.jvmm.core.backend.NetBackend;
import org.jvmm.testkit.NetBackendContract;
import org.jvmm.testkit.RecordingCard;

final class DatagramNetTest extends NetBackendContract {
  private static final InetAddress HOST = InetAddress.getLoopbackAddress();

  @Override
  protected List<NetBackend> wire() throws IOException {
    for (int attempt = 0; ; attempt++) {
      InetSocketAddress one = free();
      InetSocketAddress other = free();
      DatagramNet first = new DatagramNet("one", one, other);
      try {
        return List.of(first, new DatagramNet("other", other, one));
      } catch (BindException e) {
        first.close(); // somebody else was given the port meanwhile
        if (attempt == 10) {
          throw e;
        }
      }
    }
  }

  private static InetSocketAddress free() throws IOException {
    try (DatagramSocket socket = new DatagramSocket(0, HOST)) {
      return new InetSocketAddress(HOST, socket.getLocalPort());
    }
  }

  @Test
  void aFrameIsADatagramOfItsOwn() throws IOException, InterruptedException {
    try (DatagramSocket peer = new DatagramSocket(0, HOST)) {
      InetSocketAddress local = free();
      try (DatagramNet net =
          new DatagramNet("udp", local, new InetSocketAddress(HOST, peer.getLocalPort()))) {
        RecordingCard card = new RecordingCard();
        net.connect(card);
        byte[] frame = "destinsourcetype, and data".getBytes();
        assertTrue(net.offer(frame, 0, frame.length));
        DatagramPacket packet = new DatagramPacket(new byte[100], 100);
        peer.receive(packet);
        assertArrayEquals(frame, java.util.Arrays.copyOf(packet.getData(), packet.getLength()));
        peer.send(new DatagramPacket(frame, frame.length, local));
        assertArrayEquals(frame, card.awaitFrame(0));
      }
    }
  }

  @Test
  void aPeerThatComesLaterIsReachedByTheFirstFrameAfterwards()
      throws IOException, InterruptedException {
    InetSocketAddress late = free();
    try (DatagramNet net = new DatagramNet("udp", free(), late)) {
      byte[] frame = new byte[60];
      for (int i = 0; i < 10; i++) {
        assertTrue(net.offer(frame, 0, 60), "lost, as nobody listens");
      }
      try (DatagramSocket peer = new DatagramSocket(late)) {
        assertTrue(net.offer(frame, 0, 60));
        peer.receive(new DatagramPacket(new byte[100], 100));
      }
    }
  }

  @Test
  void strangersAreNotHeard() throws IOException, InterruptedException {
    InetSocketAddress local = free();
    try (DatagramSocket peer = new DatagramSocket(0, HOST);
        DatagramSocket stranger = new DatagramSocket(0, HOST);
        DatagramNet net =
            new DatagramNet("udp", local, new InetSocketAddress(HOST, peer.getLocalPort()))) {
      RecordingCard card = new RecordingCard();
      net.connect(card);
      stranger.send(new DatagramPacket(new byte[64], 64, local));
      peer.send(new DatagramPacket(new byte[77], 77, local));
      assertArrayEquals(new byte[77], card.awaitFrame(0));
    }
  }
}
