package org.jvmm.pc.acpi;

import static org.jvmm.pc.acpi.Aml.littleEndian;
import static org.jvmm.pc.acpi.Aml.terms;

/** Resource descriptors for {@link Aml#resources} (ACPI 6.5 section 6.4). */
public final class AmlResource {
  /** End tag without a checksum (6.4.2.9). */
  static final byte[] END_TAG = {0x79, 0};

  private static final int MEMORY = 0, IO = 1, BUS = 2;

  /** General flags of an address space: minimum and maximum are fixed; produced, not consumed. */
  private static final int FIXED = 0x0C;

  /** Type-specific flags: cacheable is no, read-write; and the whole I/O range (6.4.3.5.5). */
  private static final int READ_WRITE = 1, ENTIRE_RANGE = 3;

  private static final int CONSUMER_LEVEL_HIGH_SHARED = 0x09;

  private AmlResource() {}

  /** IO(Decode16): fixed ports (6.4.2.5). */
  public static byte[] io(int port, int count) {
    return terms(
        littleEndian(0x0147, 2),
        littleEndian(port, 2),
        littleEndian(port, 2),
        littleEndian(1, 1),
        littleEndian(count, 1));
  }

  /** IRQNoFlags: an edge-triggered, active-high ISA interrupt, 0 to 15 (6.4.2.1). */
  public static byte[] irq(int irq) {
    return terms(littleEndian(0x22, 1), littleEndian(1 << irq, 2));
  }

  /** DMA(Compatibility, NotBusMaster, Transfer8): an 8-bit ISA DMA channel, 0 to 3 (6.4.2.2). */
  public static byte[] dma(int channel) {
    return terms(littleEndian(0x2A, 1), littleEndian(1 << channel, 1), littleEndian(0, 1));
  }

  /** Where the first interrupt stands in {@link #levelInterrupt}. */
  static final int INTERRUPT_NUMBER = 5;

  /** Interrupt(ResourceConsumer, Level, ActiveHigh, Shared), one of several (6.4.3.6). */
  public static byte[] levelInterrupt(int... choices) {
    byte[] numbers = new byte[0];
    for (int choice : choices) {
      numbers = terms(numbers, littleEndian(choice, 4));
    }
    return terms(
        littleEndian(0x89, 1),
        littleEndian(2 + numbers.length, 2),
        littleEndian(CONSUMER_LEVEL_HIGH_SHARED, 1),
        littleEndian(choices.length, 1),
        numbers);
  }

  /** Memory32Fixed, read-write (6.4.3.4). */
  public static byte[] memory(long start, long size) {
    return terms(
        littleEndian(0x86, 1),
        littleEndian(9, 2),
        littleEndian(1, 1),
        littleEndian(start, 4),
        littleEndian(size, 4));
  }

  /** Bus numbers that a host bridge produces. */
  public static byte[] busWindow(int first, int last) {
    return window(0x88, 2, BUS, 0, first, last);
  }

  /** Ports that a host bridge passes on. */
  public static byte[] ioWindow(int first, int last) {
    return window(0x88, 2, IO, ENTIRE_RANGE, first, last);
  }

  /** Memory below 4 GiB that a host bridge passes on. */
  public static byte[] memoryWindow(long first, long last) {
    return window(0x87, 4, MEMORY, READ_WRITE, first, last);
  }

  /** Memory anywhere that a host bridge passes on. */
  public static byte[] memoryWindow64(long first, long last) {
    return window(0x8A, 8, MEMORY, READ_WRITE, first, last);
  }

  /**
   * Word, DWord and QWord address space descriptors (6.4.3.5.1 to 3): the fields' width differs.
   */
  private static byte[] window(int tag, int width, int type, int flags, long first, long last) {
    return terms(
        littleEndian(tag, 1),
        littleEndian(3 + 5 * width, 2),
        littleEndian(type, 1),
        littleEndian(FIXED, 1),
        littleEndian(flags, 1),
        littleEndian(0, width),
        littleEndian(first, width),
        littleEndian(last, width),
        littleEndian(0, width),
        littleEndian(last - first + 1, width));
  }
}
