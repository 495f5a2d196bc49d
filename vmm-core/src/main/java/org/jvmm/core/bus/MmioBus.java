package org.jvmm.core.bus;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The memory-mapped I/O space: disjoint windows, holes that float to all ones.
 *
 * <p>Look-up is a binary search in an immutable table that wiring replaces as a whole, so accesses
 * take no lock but the device's own monitor. Accesses wider than the window's width, or straddling
 * its end, are split.
 */
public final class MmioBus {
  /** Owner id of an address that no device claims. */
  public static final int NO_OWNER = 0;

  private static final Table EMPTY = new Table(new long[0], new Window[0]);

  private volatile Table table = EMPTY;
  private final List<String> owners = new ArrayList<>(List.of("unassigned"));

  private record Window(String owner, int id, long first, long size, int width, MmioDevice device) {
    boolean contains(long gpa) {
      return gpa >= first && gpa - first < size;
    }

    boolean takes(long gpa, int bytes) {
      return bytes <= width && gpa - first + bytes <= size;
    }

    long read(long gpa, int bytes) {
      synchronized (device) {
        return device.read(gpa - first, bytes);
      }
    }

    void write(long gpa, int bytes, long value) {
      synchronized (device) {
        device.write(gpa - first, bytes, value);
      }
    }
  }

  private record Table(long[] firsts, Window[] windows) {
    Window at(long gpa) {
      int index = Arrays.binarySearch(firsts, gpa);
      int candidate = index >= 0 ? index : -index - 2;
      return candidate >= 0 && windows[candidate].contains(gpa) ? windows[candidate] : null;
    }
  }

  /**
   * Attaches a device.
   *
   * @param owner the name by which statistics and error messages call it
   * @param first lowest GPA, not negative
   * @param size in bytes, at least 1
   * @param width widest access in bytes that the device takes: 1, 2, 4 or 8; wider ones are split
   * @throws WiringException if the window wraps or overlaps another one
   */
  public synchronized void attach(
      String owner, long first, long size, int width, MmioDevice device) {
    if (first < 0 || size < 1 || first + size < 0) {
      throw new WiringException("%s: MMIO %#x+%#x wraps".formatted(owner, first, size));
    }
    if (width != 1 && width != 2 && width != 4 && width != 8) {
      throw new WiringException("%s: access width %d is not 1, 2, 4 or 8".formatted(owner, width));
    }
    for (Window taken : table.windows) {
      if (first < taken.first + taken.size && taken.first < first + size) {
        throw new WiringException(
            "MMIO %#x+%#x: %s overlaps %s (%#x+%#x)"
                .formatted(first, size, owner, taken.owner, taken.first, taken.size));
      }
    }
    Window[] next = Arrays.copyOf(table.windows, table.windows.length + 1);
    int at = table.windows.length;
    while (at > 0 && next[at - 1].first > first) {
      next[at] = next[at - 1];
      at--;
    }
    next[at] = new Window(owner, ownerId(owner), first, size, width, device);
    table = tableOf(next);
  }

  /** Whether a window does not wrap and nothing is attached there. */
  public synchronized boolean isFree(long first, long size) {
    if (first < 0 || size < 1 || first + size < 0) {
      return false;
    }
    for (Window taken : table.windows) {
      if (first < taken.first + taken.size && taken.first < first + size) {
        return false;
      }
    }
    return true;
  }

  /**
   * Detaches the window that starts at an address.
   *
   * @throws WiringException if no window starts there
   */
  public synchronized void detach(long first) {
    List<Window> next = new ArrayList<>(List.of(table.windows));
    if (!next.removeIf(window -> window.first == first)) {
      throw new WiringException("no device is attached at GPA %#x".formatted(first));
    }
    table = tableOf(next.toArray(new Window[0]));
  }

  private static Table tableOf(Window[] sorted) {
    long[] firsts = new long[sorted.length];
    for (int i = 0; i < sorted.length; i++) {
      firsts[i] = sorted[i].first;
    }
    return new Table(firsts, sorted);
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
   * The id of the device that answers at an address, or {@link #NO_OWNER}: small, dense, stable.
   */
  public int ownerAt(long gpa) {
    Window window = table.at(gpa);
    return window == null ? NO_OWNER : window.id;
  }

  /** Owner names by id. */
  public synchronized List<String> owners() {
    return List.copyOf(owners);
  }

  /**
   * Reads from the bus.
   *
   * @param size 1 to 8; sizes that are no power of two are split
   * @return the value, zero-extended; all ones where no device answers
   */
  public long read(long gpa, int size) {
    Window window = table.at(gpa);
    if (window != null && window.takes(gpa, size) && Integer.bitCount(size) == 1) {
      return window.read(gpa, size) & mask(size);
    }
    int piece = pieceSize(gpa, window, size);
    long value = 0;
    for (int done = 0; done < size; done += piece) {
      Window owner = table.at(gpa + done);
      long part = owner == null ? -1 : owner.read(gpa + done, piece);
      value |= (part & mask(piece)) << (8 * done);
    }
    return value;
  }

  /**
   * Writes to the bus; a write that no device takes is lost.
   *
   * @param size 1 to 8; sizes that are no power of two are split
   */
  public void write(long gpa, int size, long value) {
    Window window = table.at(gpa);
    if (window != null && window.takes(gpa, size) && Integer.bitCount(size) == 1) {
      window.write(gpa, size, value & mask(size));
      return;
    }
    int piece = pieceSize(gpa, window, size);
    for (int done = 0; done < size; done += piece) {
      Window owner = table.at(gpa + done);
      if (owner != null) {
        owner.write(gpa + done, piece, (value >>> (8 * done)) & mask(piece));
      }
    }
  }

  private static int pieceSize(long gpa, Window window, int size) {
    boolean whole =
        window != null && gpa - window.first + size <= window.size && Integer.bitCount(size) == 1;
    return whole ? Math.min(size, window.width) : 1;
  }

  private static long mask(int size) {
    return size == 8 ? -1L : (1L << (8 * size)) - 1;
  }
}
