package org.jvmm.core.bus;

import java.util.ArrayList;
import java.util.List;

/**
 * The 64 KiB port space: disjoint windows, holes that float to all ones.
 *
 * <p>Look-up is one array load, without a lock; the device's own monitor is taken around each
 * access. Accesses wider than the window's width, or straddling its end, are split into
 * little-endian pieces, as an ISA bridge does.
 */
public final class PortBus {
  /** Number of ports; addresses wrap at this size. */
  public static final int PORTS = 0x1_0000;

  /** Owner id of a port that no device claims. */
  public static final int NO_OWNER = 0;

  /** Told which ports' writes may be posted. */
  @FunctionalInterface
  public interface PostedPorts {
    /** Writes to a range may be posted from now on, or no longer. */
    void set(int first, int count, boolean posted);
  }

  private final Window[] windows = new Window[PORTS];
  private final List<String> owners = new ArrayList<>(List.of("unassigned"));
  private PostedPorts postedPorts = (first, count, posted) -> {};

  private record Window(String owner, int id, int first, int count, int width, PortDevice device) {
    int read(int port, int size) {
      synchronized (device) {
        return device.read(port - first, size);
      }
    }

    void write(int port, int size, int value) {
      synchronized (device) {
        device.write(port - first, size, value);
      }
    }

    void read(int port, int size, PortItems items) {
      synchronized (device) {
        device.read(port - first, size, items);
      }
    }

    void write(int port, int size, PortItems items) {
      synchronized (device) {
        device.write(port - first, size, items);
      }
    }

    boolean takes(int port, int size) {
      return size <= width && port - first + size <= count;
    }

    void announce(PostedPorts to, boolean posted) {
      long offsets = device.posted();
      while (offsets != 0) {
        int offset = Long.numberOfTrailingZeros(offsets);
        int run = Long.numberOfTrailingZeros(~(offsets >>> offset));
        to.set(first + offset, run, posted);
        offsets &= offsets + (1L << offset); // the carry clears the run
      }
    }
  }

  /**
   * Attaches a device.
   *
   * @param owner the name by which statistics and error messages call it
   * @param first lowest port, 0..0xffff
   * @param count number of ports, at least 1
   * @param width widest access in bytes that the device takes: 1, 2 or 4; wider ones are split
   * @throws WiringException if the window leaves the port space or overlaps another one
   */
  public synchronized void attach(
      String owner, int first, int count, int width, PortDevice device) {
    if (first < 0 || count < 1 || first + count > PORTS) {
      throw new WiringException(
          "%s: ports %#x+%#x leave the port space".formatted(owner, first, count));
    }
    if (width != 1 && width != 2 && width != 4) {
      throw new WiringException("%s: access width %d is not 1, 2 or 4".formatted(owner, width));
    }
    for (int port = first; port < first + count; port++) {
      Window taken = windows[port];
      if (taken != null) {
        throw new WiringException(
            "port %#x: %s (%#x+%#x) overlaps %s (%#x+%#x)"
                .formatted(port, owner, first, count, taken.owner, taken.first, taken.count));
      }
    }
    int id = ownerId(owner);
    Window window = new Window(owner, id, first, count, width, device);
    for (int port = first; port < first + count; port++) {
      windows[port] = window;
    }
    window.announce(postedPorts, true);
  }

  /** Announces {@link PortDevice#posted} of the windows that are there, come and go. */
  public synchronized void announcePosted(PostedPorts to) {
    postedPorts = to;
    for (int port = 0; port < PORTS; port++) {
      Window window = windows[port];
      if (window != null && window.first == port) {
        window.announce(to, true);
      }
    }
  }

  /** Whether a window lies in the port space and nothing is attached there. */
  public synchronized boolean isFree(int first, int count) {
    if (first < 0 || count < 1 || first > PORTS - count) {
      return false;
    }
    for (int port = first; port < first + count; port++) {
      if (windows[port] != null) {
        return false;
      }
    }
    return true;
  }

  /**
   * Detaches the window that starts at a port.
   *
   * @throws WiringException if no window starts there
   */
  public synchronized void detach(int first) {
    Window window = windows[first];
    if (window == null || window.first != first) {
      throw new WiringException("no device is attached at port %#x".formatted(first));
    }
    for (int port = first; port < first + window.count; port++) {
      windows[port] = null;
    }
    window.announce(postedPorts, false);
  }

  private int ownerId(String owner) {
    int known = owners.indexOf(owner);
    if (known >= 0) {
      return known;
    }
    owners.add(owner);
    return owners.size() - 1;
  }

  /**
   * The id of the device that answers at a port, or {@link #NO_OWNER}: small, dense, stable; an
   * index for statistics.
   */
  public int ownerAt(int port) {
    Window window = windows[port & 0xffff];
    return window == null ? NO_OWNER : window.id;
  }

  /** Owner names by id. */
  public synchronized List<String> owners() {
    return List.copyOf(owners);
  }

  /**
   * Reads from the bus.
   *
   * @param size 1, 2 or 4
   * @return the value, zero-extended; all ones where no device answers
   */
  public int read(int port, int size) {
    int at = port & 0xffff;
    Window window = windows[at];
    if (window != null && window.takes(at, size)) {
      return window.read(at, size) & mask(size);
    }
    return window == null && size == 1 ? 0xff : readSplit(at, window, size);
  }

  /**
   * Reads a port once for each item (REP INS). The device's monitor is taken once for all, which is
   * most of the cost of a data port.
   *
   * @param size 1, 2 or 4
   */
  public void read(int port, int size, PortItems items) {
    int at = port & 0xffff;
    Window window = windows[at];
    if (window != null && window.takes(at, size)) {
      window.read(at, size, items);
      return;
    }
    for (int i = 0, n = items.count(); i < n; i++) {
      items.reply(i, read(port, size));
    }
  }

  private int readSplit(int port, Window window, int size) {
    int piece = pieceSize(port, window, size);
    int value = 0;
    for (int done = 0; done < size; done += piece) {
      int at = (port + done) & 0xffff;
      Window owner = windows[at];
      int part = owner == null ? -1 : owner.read(at, piece);
      value |= (part & mask(piece)) << (8 * done);
    }
    return value;
  }

  /**
   * Writes to the bus; a write that no device takes is lost.
   *
   * @param size 1, 2 or 4
   */
  public void write(int port, int size, int value) {
    int at = port & 0xffff;
    Window window = windows[at];
    if (window != null && window.takes(at, size)) {
      window.write(at, size, value & mask(size));
    } else if (window != null || size > 1) {
      writeSplit(at, window, size, value);
    }
  }

  /**
   * Writes each item to a port (REP OUTS), the device's monitor being taken once.
   *
   * @param size 1, 2 or 4
   */
  public void write(int port, int size, PortItems items) {
    int at = port & 0xffff;
    Window window = windows[at];
    if (window != null && window.takes(at, size)) {
      window.write(at, size, items);
      return;
    }
    for (int i = 0, n = items.count(); i < n; i++) {
      write(port, size, (int) items.data(i));
    }
  }

  private void writeSplit(int port, Window window, int size, int value) {
    int piece = pieceSize(port, window, size);
    for (int done = 0; done < size; done += piece) {
      int at = (port + done) & 0xffff;
      Window owner = windows[at];
      if (owner != null) {
        owner.write(at, piece, (value >>> (8 * done)) & mask(piece));
      }
    }
  }

  /** The widest pieces the window takes when all of them stay inside it, else bytes. */
  private static int pieceSize(int port, Window window, int size) {
    boolean inside = window != null && port - window.first + size <= window.count;
    return inside ? Math.min(size, window.width) : 1;
  }

  private static int mask(int size) {
    return size == 4 ? -1 : (1 << (8 * size)) - 1;
  }
}
