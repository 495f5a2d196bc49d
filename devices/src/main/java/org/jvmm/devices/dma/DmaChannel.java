package org.jvmm.devices.dma;

/** A DMA channel as its peripheral sees it: DREQ, DACK and TC. */
public interface DmaChannel {
  /** Drives DREQ, which the guest sees in the status register. */
  void request(boolean high);

  /**
   * Whether a transfer would go on now: the controller is on, the channel set up and not masked.
   */
  boolean ready();

  /**
   * Who hears that {@link #ready()} may have become true, with no monitor held that a peripheral
   * takes.
   */
  void onReady(Runnable listener);

  /**
   * Moves data from the peripheral to memory, or nowhere if the guest asked to verify.
   *
   * @param length bytes; even on a 16-bit channel
   * @return bytes moved: fewer up to the terminal count, 0 while not ready or set up for the other
   *     direction
   */
  int toMemory(byte[] data, int offset, int length);

  /**
   * Moves data from memory to the peripheral; the same rules as for {@link #toMemory}. While
   * verifying the data is zeros.
   */
  int fromMemory(byte[] data, int offset, int length);

  /** TC: whether the last transfer reached the terminal count. */
  boolean terminalCount();
}
