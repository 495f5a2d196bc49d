package org.jvmm.core.bus;

/**
 * A chip that answers to memory-mapped I/O. The same rules as for {@link PortDevice}: offsets are
 * relative, the bus holds the chip's monitor, accesses fit the window and the width given at
 * wiring.
 */
public interface MmioDevice {
  /**
   * Reads a register.
   *
   * @param offset from the start of the window, in bytes
   * @param size 1, 2, 4 or 8
   * @return the value; bits above {@code 8 * size} are ignored
   */
  long read(long offset, int size);

  /**
   * Writes a register. Nonsense from the guest is ignored, never thrown.
   *
   * @param offset from the start of the window, in bytes
   * @param size 1, 2, 4 or 8
   * @param value zero-extended to 64 bits
   */
  void write(long offset, int size, long value);
}
