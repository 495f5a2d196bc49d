package org.jvmm.net;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import org.jvmm.core.backend.NetBackend;
import org.jvmm.core.backend.NetFrontend;

/**
 * A tunnel to one peer by UDP, a frame in each datagram, as QEMU's {@code -netdev socket,udp=} has
 * it: the peer may be a QEMU. Datagrams from elsewhere are not taken. While nobody listens at the
 * peer, frames are lost. One thread waits for datagrams, and for room in the socket's buffer.
 */
public final class DatagramNet implements NetBackend {
  /** The socket's buffers, in bytes, as far as the host allows them. */
  private static final int SOCKET_BUFFER = 1 << 20;

  /** Most frames between two looks at the rest. */
  private static final int BATCH = 64;

  private final DatagramChannel channel;
  private final Selector selector;
  private final SelectionKey key;
  private final Thread thread;
  private final ByteBuffer incoming = ByteBuffer.allocate(MAX_FRAME + 1);

  /** A frame on its way out, guarded by its monitor, under which nothing else is called. */
  private final ByteBuffer outgoing = ByteBuffer.allocateDirect(MAX_FRAME);

  private volatile NetFrontend card;
  private volatile boolean refused;
  private volatile boolean ready;
  private volatile boolean closed;

  /**
   * A tunnel.
   *
   * @param name names its thread
   * @param local where it listens and sends from
   * @param peer the other end
   * @throws IOException if the host does not give the local address, or there is no way to the peer
   */
  public DatagramNet(String name, InetSocketAddress local, InetSocketAddress peer)
      throws IOException {
    channel = DatagramChannel.open();
    try {
      channel.setOption(StandardSocketOptions.SO_RCVBUF, SOCKET_BUFFER);
      channel.setOption(StandardSocketOptions.SO_SNDBUF, SOCKET_BUFFER);
      channel.bind(local).connect(peer);
      channel.configureBlocking(false);
      selector = Selector.open();
      key = channel.register(selector, SelectionKey.OP_READ);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    thread = new Thread(this::run, "net-" + name);
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void connect(NetFrontend newCard) {
    card = newCard;
    receiverReady();
  }

  @Override
  public void disconnect() {
    connect(null);
  }

  @Override
  public boolean offer(byte[] frame, int offset, int length) {
    if (length < MIN_FRAME || length > MAX_FRAME || closed) {
      return true;
    }
    synchronized (outgoing) {
      if (sent(frame, offset, length)) {
        return true;
      }
    }
    refused = true;
    selector.wakeup();
    return false;
  }

  private boolean sent(byte[] frame, int offset, int length) {
    for (int attempt = 0; attempt < 2; attempt++) {
      outgoing.clear().put(frame, offset, length).flip();
      try {
        return channel.write(outgoing) > 0;
      } catch (PortUnreachableException e) {
        continue; // tells of an earlier datagram that found nobody; this one has not been sent yet
      } catch (IOException e) {
        return true; // no way to the peer at the moment: lost, as on a cable that is cut
      }
    }
    return true;
  }

  @Override
  public void receiverReady() {
    ready = true;
    selector.wakeup();
  }

  @Override
  public boolean linkUp() {
    return !closed;
  }

  private void run() {
    try {
      int held = 0;
      while (!closed) {
        key.interestOps(
            (held == 0 ? SelectionKey.OP_READ : 0) | (refused ? SelectionKey.OP_WRITE : 0));
        if (held == 0 || !ready) {
          selector.select(this::tellOfRoom);
        }
        if (held == 0 || ready) {
          held = receive(held);
        }
      }
    } catch (IOException e) {
      closed = true; // the selector itself failed: the cable is dead
    }
    NetFrontend last = card;
    if (last != null) {
      last.linkChanged();
    }
  }

  private void tellOfRoom(SelectionKey selected) {
    NetFrontend to = card;
    if (refused && selected.isWritable()) {
      refused = false;
      if (to != null) {
        to.writable();
      }
    }
  }

  /**
   * Delivers what has come, beginning with what was held back.
   *
   * @param held length of a frame that the card refused, or 0
   * @return the same for the next time
   */
  private int receive(int held) {
    int length = held == 0 ? read() : held;
    for (int i = 1; length > 0; i++) {
      ready = false;
      NetFrontend to = card;
      boolean fits = length >= MIN_FRAME && length <= MAX_FRAME;
      if (to != null && fits && !to.receive(incoming.array(), 0, length)) {
        return length;
      }
      length = i < BATCH ? read() : 0;
    }
    return 0;
  }

  /** The length of the next datagram; 0 if there is none. */
  private int read() {
    try {
      incoming.clear();
      return channel.read(incoming);
    } catch (IOException e) {
      return 0; // a datagram of ours found nobody
    }
  }

  @Override
  public void close() {
    closed = true;
    selector.wakeup();
    try {
      thread.join();
      selector.close();
      channel.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
