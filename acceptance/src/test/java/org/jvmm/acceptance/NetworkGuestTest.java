package org.jvmm.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.jvmm.guests.GuestImage;
import org.jvmm.guests.GuestRecipe;

/**
 * Two Debian guests with ne2k_pci cards, their cables a tunnel between two processes: they ping
 * each other and send files both ways. Prints the times.
 */
@Tag("soak")
final class NetworkGuestTest {
  private static final Path JAR = Path.of("../jvmm.jar").toAbsolutePath().normalize();
  private static final Path QEMU = Path.of("/usr/bin/qemu-system-x86_64");

  /** A file of 2 MiB: more than every queue on the way holds. */
  private static final String MAKE_FILE = "dd if=/dev/urandom of=/tmp/sent bs=64k count=32 2>&-";

  @BeforeAll
  static void whatItNeeds() {
    assumeTrue(Files.isRegularFile(JAR), "jvmm.jar is not built: mvn package");
    assumeTrue(Files.isExecutable(Terminal.SCRIPT), "script (of util-linux) is not installed");
  }

  /** The tunnel as each of its ends names it. */
  private static List<String> tunnel() throws IOException {
    InetAddress host = InetAddress.getLoopbackAddress();
    try (DatagramSocket one = new DatagramSocket(0, host);
        DatagramSocket other = new DatagramSocket(0, host)) {
      String form = "socket,id=n0,udp=127.0.0.1:%d,localaddr=127.0.0.1:%d";
      return List.of(
          form.formatted(one.getLocalPort(), other.getLocalPort()),
          form.formatted(other.getLocalPort(), one.getLocalPort()));
    }
  }

  private static Terminal start(List<String> command, String netdev, int number)
      throws IOException {
    List<String> all = new ArrayList<>(command);
    all.addAll(List.of("-m", "256", "-netdev", netdev));
    all.addAll(List.of("-device", "ne2k_pci,netdev=n0,mac=52:54:00:00:00:0" + number));
    return Terminal.start(all, Map.of());
  }

  private static List<String> jvmm() {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return List.of(java, "-jar", JAR.toString(), "-accel", "soft");
  }

  private static List<String> qemu() throws IOException {
    assumeTrue(Files.isExecutable(QEMU), "qemu-system-x86_64 is not installed");
    GuestImage guest = SoftGuestRun.guest(GuestRecipe.DEBIAN);
    return List.of(
        QEMU.toString(),
        "-accel",
        "tcg",
        "-nographic",
        "-no-reboot",
        "-kernel",
        guest.kernel().toString(),
        "-initrd",
        guest.initrd().toString(),
        "-append",
        guest.append());
  }

  private static void setUp(Terminal guest, int number) throws IOException, InterruptedException {
    guest.see("jvmm: init");
    guest.ask("dmesg -n 1; killall udhcpc");
    guest.ask("ip addr add 10.9.8." + number + "/24 dev eth0; ip link set eth0 up");
    assertTrue(guest.ask("cat /sys/class/net/eth0/address").endsWith(":0" + number));
    assertTrue(guest.ask("readlink /sys/class/net/eth0/device/driver").endsWith("ne2k-pci"));
  }

  private static void assertPings(Terminal from, int number)
      throws IOException, InterruptedException {
    String sum = from.ask("ping -c 5 10.9.8." + number + " | grep received");
    assertTrue(sum.contains("5 packets received"), sum);
    String large = from.ask("ping -c 3 -s 8000 10.9.8." + number + " | grep received");
    assertTrue(large.contains("3 packets received"), "in fragments: " + large);
  }

  private static void assertFileArrives(Terminal from, int number, Terminal to)
      throws IOException, InterruptedException {
    from.ask(MAKE_FILE);
    String sum = from.ask("md5sum </tmp/sent");
    from.ask("nc -l -p 5000 </tmp/sent >&- 2>&- & sleep 1");
    long begin = System.nanoTime();
    to.ask("nc 10.9.8." + number + " 5000 >/tmp/got");
    System.out.printf("2 MiB in %.1f s%n", (System.nanoTime() - begin) / 1e9);
    assertEquals(sum, to.ask("md5sum </tmp/got"));
  }

  private static void assertTheyTalk(Terminal one, Terminal other)
      throws IOException, InterruptedException {
    setUp(one, 1);
    setUp(other, 2);
    assertPings(one, 2);
    assertPings(other, 1);
    assertFileArrives(one, 1, other);
    assertFileArrives(other, 2, one);
    // The other one may be QEMU's, which is not under test.
    assertEquals("0", one.ask("cat /sys/class/net/eth0/statistics/tx_errors"));
    assertEquals("0", one.ask("cat /sys/class/net/eth0/statistics/rx_errors"));
    for (Terminal guest : List.of(one, other)) {
      guest.type("poweroff");
      assertEquals(0, guest.ends(), guest::toString);
    }
  }

  @Test
  void twoGuestsOfOursTalkThroughATunnel() throws IOException, InterruptedException {
    List<String> tunnel = tunnel();
    try (Terminal one = start(jvmm(), tunnel.get(0), 1);
        Terminal other = start(jvmm(), tunnel.get(1), 2)) {
      assertTheyTalk(one, other);
    }
  }

  @Test
  void aGuestOfOursTalksToOneOfQemus() throws IOException, InterruptedException {
    List<String> tunnel = tunnel();
    try (Terminal one = start(jvmm(), tunnel.get(0), 1);
        Terminal other = start(qemu(), tunnel.get(1), 2)) {
      assertTheyTalk(one, other);
    }
  }
}
