package org.jvmm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.jvmm.core.backend.NetBackend;
import org.jvmm.pc.NetCard;
import org.jvmm.testkit.RecordingCard;
import picocli.CommandLine;

@Timeout(60)
final class HostNetsTest {
  private final List<String> notices = new ArrayList<>();

  private HostNets open(String... arguments) {
    Options options = new Options();
    new CommandLine(options).parseArgs(arguments);
    return new HostNets(options.nets, DeviceOption.parse(options.devices).nics(), notices::add);
  }

  private static void assertJoined(NetBackend one, NetBackend other) throws InterruptedException {
    RecordingCard card = new RecordingCard();
    other.connect(card);
    assertTrue(one.offer(new byte[60], 0, 60));
    card.awaitFrame(0);
  }

  @Test
  void twoCardsOnOneHubHearEachOther() throws InterruptedException {
    try (HostNets nets =
        open(
            "-netdev",
            "hubport,id=a,hubid=3",
            "-netdev",
            "hubport,id=b,hubid=3",
            "-device",
            "ne2k_pci,netdev=a",
            "-device",
            "ne2k_pci,netdev=b,mac=02:00:00:00:00:01")) {
      List<NetCard> cards = nets.cards();
      assertEquals("52:54:00:12:34:56", cards.get(0).mac().toString());
      assertEquals("02:00:00:00:00:01", cards.get(1).mac().toString());
      assertJoined(cards.get(0).cable(), cards.get(1).cable());
      assertEquals(List.of(), notices);
    }
  }

  @Test
  void aHubMayLeadToASocket() throws InterruptedException, SocketException {
    String[] tunnel = tunnel();
    try (HostNets here = open("-nic", "socket," + tunnel[0]);
        HostNets there =
            open(
                "-netdev",
                "socket,id=s," + tunnel[1],
                "-netdev",
                "hubport,id=up,hubid=0,netdev=s",
                "-nic",
                "hubport,hubid=0")) {
      assertJoined(here.cards().get(0).cable(), there.cards().get(0).cable());
      assertEquals(List.of(), notices);
    }
  }

  @Test
  void theOldFormJoinsByAHub() throws InterruptedException, SocketException {
    String[] tunnel = tunnel();
    try (HostNets here =
            open("-net", "nic,macaddr=52:54:00:00:00:01", "-net", "socket," + tunnel[0]);
        HostNets there = open("-net", "nic,model=ne2k_pci", "-net", "socket," + tunnel[1])) {
      assertEquals("52:54:00:00:00:01", here.cards().get(0).mac().toString());
      assertJoined(here.cards().get(0).cable(), there.cards().get(0).cable());
    }
  }

  /** The two sides of a tunnel between ports that were free a moment ago. */
  private static String[] tunnel() throws SocketException {
    InetAddress host = InetAddress.getLoopbackAddress();
    try (DatagramSocket one = new DatagramSocket(new InetSocketAddress(host, 0));
        DatagramSocket other = new DatagramSocket(new InetSocketAddress(host, 0))) {
      String a = "127.0.0.1:" + one.getLocalPort();
      String b = "127.0.0.1:" + other.getLocalPort();
      return new String[] {
        "udp=" + a + ",localaddr=" + b, "udp=" + b + ",localaddr=" + a,
      };
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {"-net nic -net tap", "-nic user,model=e1000", "-net nic,model=virtio -net user"})
  void aNetworkThatIsNotThereIsToldInALineAndTheGuestHasNoCard(String line) {
    try (HostNets nets = open(line.split(" "))) {
      assertEquals(List.of(), nets.cards());
      assertEquals(1, notices.size());
      assertTrue(notices.get(0).contains("no network card"), notices.get(0));
    }
  }

  @Test
  void aCardWhoseNetworkIsNotThereIsUnplugged() {
    try (HostNets nets = open("-netdev", "user,id=n", "-device", "ne2k_pci,netdev=n")) {
      assertFalse(nets.cards().get(0).cable().linkUp());
      assertEquals(1, notices.size());
    }
  }

  @Test
  void noneMeansNone() {
    try (HostNets nets = open("-nic", "none", "-net", "none")) {
      assertEquals(List.of(), nets.cards());
      assertEquals(List.of(), notices);
    }
  }

  @Test
  void aHostEndThatNoCardHasIsTold() {
    try (HostNets nets = open("-netdev", "hubport,id=a,hubid=0")) {
      assertEquals(List.of(), nets.cards());
      assertEquals(List.of("-netdev a: no card has it"), notices);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "-netdev socket,id=a,udp=1.2.3.4:5 | both udp=HOST:PORT and localaddr=HOST:PORT are needed",
        "-netdev socket,id=a,udp=1.2.3.4:5,localaddr=6 | '6' is not HOST:PORT",
        "-netdev socket,id=a,udp=1.2.3.4:99999,localaddr=:1 | '1.2.3.4:99999' is not HOST:PORT",
        "-netdev socket,udp=1.2.3.4:5,localaddr=:6 | id= is needed",
        "-netdev sockets,id=a | 'sockets' is not known; there are socket and hubport",
        "-netdev hubport,id=a | hubid= is needed",
        "-netdev hubport,id=a,hubid=1,netdev=b | there is no -netdev with id=b",
        "-netdev hubport,id=a,hubid=1 -netdev hubport,id=a,hubid=2 | there is a netdev of that id",
        "-device ne2k_pci,netdev=x | there is no -netdev with id=x",
        "-device ne2k_pci,mac=52:54:00 | '52:54:00' is not like",
        "-device ne2k_pci,mac=01:00:00:00:00:00 | a group's address",
        "-device ne2k_pci,speed=1 | 'speed' is not known",
        "-nic hubport,hubid=0,model=e1000 | model=e1000 is not known; there is ne2k_pci",
      })
  void aMistakeIsNamed(String line, String what) {
    UsageException e = assertThrows(UsageException.class, () -> open(line.split(" ")));
    assertTrue(e.getMessage().contains(what), e.getMessage());
  }

  @Test
  void aHostEndHasOneCard() {
    UsageException e =
        assertThrows(
            UsageException.class,
            () ->
                open(
                    "-netdev",
                    "hubport,id=a,hubid=0",
                    "-device",
                    "ne2k_pci,netdev=a",
                    "-device",
                    "ne2k_pci,netdev=a"));
    assertEquals("-device ne2k_pci: netdev a is taken already", e.getMessage());
  }

  @Test
  void anAddressInUseIsNamed() throws SocketException {
    try (DatagramSocket taken = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      String spec = "socket,id=a,udp=127.0.0.1:9,localaddr=127.0.0.1:" + taken.getLocalPort();
      UsageException e = assertThrows(UsageException.class, () -> open("-netdev", spec));
      assertTrue(e.getMessage().startsWith("-netdev " + spec), e.getMessage());
    }
  }
}
