package org.jvmm.core.mem;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Little-endian loads and stores at host addresses: the floor under {@link GuestMemory}, and
 * nothing is checked here.
 *
 * <p>The form for Java 22+: one segment over the whole address space, a static final, so that C2
 * sees a constant base and drops its bounds check.
 */
public final class RawMemory {
  private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle ATOMIC_INT =
      ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();
  private static final VarHandle ATOMIC_LONG =
      ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();
  private static final Map<Long, Arena> ALLOCATIONS = new ConcurrentHashMap<>();

  private RawMemory() {}

  public static byte getByte(long address) {
    return ALL.get(JAVA_BYTE, address);
  }

  public static short getShort(long address) {
    return ALL.get(SHORT, address);
  }

  public static int getInt(long address) {
    return ALL.get(INT, address);
  }

  public static long getLong(long address) {
    return ALL.get(LONG, address);
  }

  public static void putByte(long address, byte value) {
    ALL.set(JAVA_BYTE, address, value);
  }

  public static void putShort(long address, short value) {
    ALL.set(SHORT, address, value);
  }

  public static void putInt(long address, int value) {
    ALL.set(INT, address, value);
  }

  public static void putLong(long address, long value) {
    ALL.set(LONG, address, value);
  }

  /** Atomic compare and set of four bytes; the address must be a multiple of 4. */
  public static boolean compareAndSetInt(long address, int expected, int value) {
    return ATOMIC_INT.compareAndSet(ALL, address, expected, value);
  }

  /** Atomic compare and set of eight bytes; the address must be a multiple of 8. */
  public static boolean compareAndSetLong(long address, long expected, long value) {
    return ATOMIC_LONG.compareAndSet(ALL, address, expected, value);
  }

  /** Copies host memory into an array. */
  public static void copyOut(long address, byte[] target, int offset, int length) {
    MemorySegment.copy(ALL, JAVA_BYTE, address, target, offset, length);
  }

  /** Copies an array into host memory. */
  public static void copyIn(byte[] source, int offset, int length, long address) {
    MemorySegment.copy(source, offset, ALL, JAVA_BYTE, address, length);
  }

  /** Copies host memory into a direct buffer, from an index of it on. */
  public static void copyOut(long address, ByteBuffer target, int index, int length) {
    MemorySegment.copy(
        ALL, address, MemorySegment.ofBuffer(target.duplicate().clear()), index, length);
  }

  /** Copies a direct buffer, from an index on, into host memory. */
  public static void copyIn(ByteBuffer source, int index, int length, long address) {
    MemorySegment.copy(
        MemorySegment.ofBuffer(source.duplicate().clear()), index, ALL, address, length);
  }

  /**
   * Where a direct buffer's index 0 lies, as long as the buffer is reachable.
   *
   * @throws IllegalArgumentException if it is not direct
   */
  public static long addressOf(ByteBuffer direct) {
    if (!direct.isDirect()) {
      throw new IllegalArgumentException("not a direct buffer");
    }
    return MemorySegment.ofBuffer(direct.duplicate().clear()).address();
  }

  /** Copies host memory to host memory; the ranges may overlap. */
  public static void copy(long from, long to, long length) {
    MemorySegment.copy(ALL, from, ALL, to, length);
  }

  /** Sets every byte of a range. */
  public static void fill(long address, long length, byte value) {
    ALL.asSlice(address, length).fill(value);
  }

  /** Zeroed memory from the C heap. */
  static long allocate(long size) {
    Arena arena = Arena.ofShared();
    long address = arena.allocate(size, 4096).address();
    ALLOCATIONS.put(address, arena);
    return address;
  }

  static void free(long address) {
    ALLOCATIONS.remove(address).close();
  }
}
