package org.jvmm.core.bus;

/**
 * A chip that answers to x86 port I/O (PIO).
 *
 * <p>The bus calls with offsets relative to the window at which the board attached the chip,
 * holding the chip's monitor ({@code synchronized (device)}), so an implementation is
 * single-threaded. Accesses never straddle the window and are never wider than the width given at
 * wiring.
 */
public interface PortDevice {
  /**
   * Reads a register.
   *
   * @param offset from the first port of the window, in bytes
   * @param size 1, 2 or 4
   * @return the value; bits above {@code 8 * size} are ignored
   */
  int read(int offset, int size);

  /**
   * Writes a register. Nonsense from the guest is ignored, never thrown.
   *
   * @param offset from the first port of the window, in bytes
   * @param size 1, 2 or 4
   * @param value zero-extended to 32 bits
   */
  void write(int offset, int size, int value);

  /**
   * Where writes may be posted: kept for a while, then delivered in their order, before the next
   * access that is not a posted write. A register qualifies if nobody can tell until such an
   * access.
   *
   * @return bit n for offset n
   */
  default long posted() {
    return 0;
  }

  /** Reads a register once for each item; a data port may know a shorter way. */
  default void read(int offset, int size, PortItems items) {
    for (int i = 0, n = items.count(); i < n; i++) {
      items.reply(i, read(offset, size));
    }
  }

  /** Writes each item to a register. */
  default void write(int offset, int size, PortItems items) {
    for (int i = 0, n = items.count(); i < n; i++) {
      write(offset, size, (int) items.data(i));
    }
  }
}
