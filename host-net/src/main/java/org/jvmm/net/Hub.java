package org.jvmm.net;

import java.util.ArrayList;
import java.util.List;
import org.jvmm.core.backend.NetBackend;
import org.jvmm.core.backend.NetFrontend;

/**
 * A repeater: what comes in at one port goes out at all others, between cards of one machine, of
 * several machines in this process, or to another backend by a {@link Joint}.
 *
 * <p>Each port has a bounded queue. A frame is refused if no port has room for it; a port without
 * room where others have some misses it, so that a guest that stands still does not stop the rest.
 * One thread delivers for all ports.
 */
public final class Hub implements AutoCloseable {
  private final Thread thread;
  private final List<Port> ports = new ArrayList<>();
  private int turn;
  private boolean closed;

  /**
   * A hub without ports.
   *
   * @param name names its thread
   */
  public Hub(String name) {
    thread = new Thread(this::run, "net-" + name);
    thread.setDaemon(true);
    thread.start();
  }

  /** A new port, which has a carrier from now on. */
  public synchronized NetBackend port() {
    Port port = new Port(!closed);
    ports.add(port);
    return port;
  }

  /** Closes all ports, tells their cards, and ends the thread, which is not the caller's. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      ports.forEach(Port::switchOff);
      notifyAll();
    }
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    byte[] frame = new byte[NetBackend.MAX_FRAME];
    for (Port port = nextWithNews(); port != null; port = nextWithNews()) {
      port.deliver(frame);
    }
  }

  /** Waits for a port whose card is to be called, each in its turn; null at the end. */
  private synchronized Port nextWithNews() {
    while (true) {
      for (int i = 0; i < ports.size(); i++) {
        turn = (turn + 1) % ports.size();
        if (ports.get(turn).hasNews()) {
          return ports.get(turn);
        }
      }
      if (closed) {
        return null;
      }
      try {
        wait();
      } catch (InterruptedException e) {
        closed = true; // only a host that shuts down interrupts this thread
      }
    }
  }

  /** Gives a frame to the other ports; false if there are cards, and none of them has room. */
  private boolean repeat(Port from, byte[] frame, int offset, int length) {
    boolean wanted = false;
    boolean taken = false;
    for (int i = 0; i < ports.size(); i++) {
      Port port = ports.get(i);
      if (port != from && port.card != null && port.up) {
        wanted = true;
        if (port.ring.hasRoom(length)) {
          port.ring.add(frame, offset, length);
          taken = true;
        }
      }
    }
    if (taken) {
      notifyAll();
    }
    return taken || !wanted;
  }

  /** Lets those hear of it who have been refused. */
  private void roomAgain() {
    for (int i = 0; i < ports.size(); i++) {
      Port port = ports.get(i);
      port.roomNews |= port.refused;
      port.refused = false;
    }
    notifyAll();
  }

  /** Everything is guarded by the hub's monitor, under which no card is called. */
  private final class Port implements NetBackend {
    private final FrameRing ring = new FrameRing();
    private NetFrontend card;
    private boolean up;

    /** Counts what empties the ring, to tell whether the frame that is under way is still in it. */
    private int generation;

    // What the card is to hear of.
    private boolean linkNews;
    private boolean roomNews;

    // What it has said, and was told.
    private boolean ready;
    private boolean stalled;
    private boolean refused;

    Port(boolean up) {
      this.up = up;
    }

    @Override
    public void connect(NetFrontend newCard) {
      synchronized (Hub.this) {
        card = newCard;
        empty();
        linkNews = false;
        roomNews = false;
        refused = false;
      }
    }

    @Override
    public void disconnect() {
      connect(null);
    }

    private void empty() {
      ring.clear();
      generation++;
      stalled = false;
      roomAgain();
    }

    @Override
    public boolean offer(byte[] frame, int offset, int length) {
      if (length < MIN_FRAME || length > MAX_FRAME) {
        return true;
      }
      synchronized (Hub.this) {
        refused = up && !repeat(this, frame, offset, length);
        return !refused;
      }
    }

    @Override
    public void receiverReady() {
      synchronized (Hub.this) {
        ready = true;
        stalled = false;
        Hub.this.notifyAll();
      }
    }

    @Override
    public boolean linkUp() {
      synchronized (Hub.this) {
        return up;
      }
    }

    @Override
    public void close() {
      synchronized (Hub.this) {
        switchOff();
        if (card == null) {
          ports.remove(this);
        }
        Hub.this.notifyAll();
      }
    }

    private void switchOff() {
      linkNews |= up;
      up = false;
      empty();
    }

    private boolean hasNews() {
      return card != null && (linkNews || roomNews || !stalled && !ring.isEmpty());
    }

    /** Calls the card, without the monitor. */
    private void deliver(byte[] frame) {
      NetFrontend to;
      boolean link;
      boolean room;
      int length;
      int at;
      synchronized (Hub.this) {
        to = card;
        link = linkNews;
        linkNews = false;
        room = roomNews;
        roomNews = false;
        length = stalled ? 0 : ring.peek(frame);
        at = generation;
        ready = false;
      }
      if (link && to != null) {
        gone();
        to.linkChanged();
      }
      if (room && to != null) {
        to.writable();
      }
      if (length > 0 && to != null) {
        delivered(at, to.receive(frame, 0, length));
      }
    }

    /** The carrier never comes back: the card is told, and that was the port. */
    private void gone() {
      synchronized (Hub.this) {
        ports.remove(this);
      }
    }

    private void delivered(int at, boolean taken) {
      synchronized (Hub.this) {
        if (at != generation) {
          return;
        }
        if (taken) {
          ring.remove();
          roomAgain();
        } else {
          stalled = !ready;
        }
      }
    }
  }
}
