package org.jvmm.cli;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.jvmm.pc.PcMachine;

/**
 * The monitor on a socket, for programs: {@code unix:PATH,server=on,wait=off} or {@code
 * tcp:HOST:PORT,server=on,wait=off}. One connection at a time; the others wait.
 */
final class SocketMonitor implements AutoCloseable {
  private final ServerSocketChannel server;

  /** The socket's file, or null. */
  private final Path file;

  private SocketMonitor(ServerSocketChannel server, Path file) {
    this.server = server;
    this.file = file;
  }

  /** Whether a device's name is that of a socket. */
  static boolean isMeant(String device) {
    return device.startsWith("unix:") || device.startsWith("tcp:");
  }

  /**
   * Listens, and lets those who connect wait until {@link #serve}.
   *
   * @throws UsageException if the name is not well formed, or nobody can listen there
   */
  static SocketMonitor listen(String device) {
    SubOptions options = new SubOptions("-monitor", withoutShortForms(device), "address");
    String address = options.take("address", "");
    boolean listens = options.takeSwitch("server", false);
    boolean waits = options.takeSwitch("wait", true);
    options.ignore(Set.of("nodelay")).end();
    if (!listens || waits) {
      throw options.fault("server=on,wait=off is needed");
    }
    String name = address.substring(address.indexOf(':') + 1);
    try {
      return address.startsWith("unix:") ? unix(Path.of(name)) : tcp(options, name);
    } catch (IOException e) {
      throw new UsageException(options.fault("%s", e.getMessage()).getMessage(), e);
    }
  }

  /** As QEMU had it before its options were all key=value. */
  private static String withoutShortForms(String device) {
    return device
        .replace(",server,", ",server=on,")
        .replaceFirst(",server$", ",server=on")
        .replaceFirst(",nowait(,|$)", ",wait=off$1");
  }

  private static SocketMonitor unix(Path file) throws IOException {
    Files.deleteIfExists(file); // of an earlier process; the listener does not take it over
    file.toFile().deleteOnExit();
    return new SocketMonitor(
        bound(StandardProtocolFamily.UNIX, UnixDomainSocketAddress.of(file)), file);
  }

  private static SocketMonitor tcp(SubOptions options, String name) throws IOException {
    int colon = name.lastIndexOf(':');
    String port = name.substring(colon + 1);
    if (colon < 0 || !port.matches("\\d{1,5}") || Integer.parseInt(port) > 0xFFFF) {
      throw options.fault("'%s' is not HOST:PORT", name);
    }
    int number = Integer.parseInt(port);
    String host = name.substring(0, colon);
    InetSocketAddress address =
        host.isEmpty() ? new InetSocketAddress(number) : new InetSocketAddress(host, number);
    if (address.isUnresolved()) {
      throw options.fault("host '%s' is not known", host);
    }
    return new SocketMonitor(bound(StandardProtocolFamily.INET, address), null);
  }

  private static ServerSocketChannel bound(StandardProtocolFamily family, SocketAddress address)
      throws IOException {
    ServerSocketChannel server = ServerSocketChannel.open(family);
    try {
      return server.bind(address);
    } catch (IOException | RuntimeException e) {
      server.close();
      throw e;
    }
  }

  /** Takes commands for a machine from now on, on a thread of its own. */
  void serve(PcMachine pc, DriveCommands drives) {
    Thread thread = new Thread(() -> accept(pc, drives), "monitor");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept(PcMachine pc, DriveCommands drives) {
    while (server.isOpen()) {
      try (SocketChannel user = server.accept()) {
        converse(user, pc, drives);
      } catch (IOException e) {
        continue; // the user has gone, or the server is closed
      }
    }
  }

  private static void converse(SocketChannel user, PcMachine pc, DriveCommands drives)
      throws IOException {
    Monitor monitor = new Monitor(text -> answer(user, text));
    monitor.attach(pc, drives);
    monitor.greet();
    ByteBuffer typed = ByteBuffer.allocate(4096);
    while (user.read(typed) >= 0) {
      for (int i = 0; i < typed.position(); i++) {
        monitor.type(typed.get(i));
      }
      typed.clear();
    }
  }

  private static void answer(SocketChannel user, String text) {
    ByteBuffer bytes = ByteBuffer.wrap(text.replace("\n", "\r\n").getBytes(StandardCharsets.UTF_8));
    try {
      while (bytes.hasRemaining()) {
        user.write(bytes);
      }
    } catch (IOException e) {
      return; // who has gone is missed at the next read
    }
  }

  @Override
  public void close() {
    try {
      server.close();
      if (file != null) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      return; // the process ends
    }
  }
}
