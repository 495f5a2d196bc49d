package org.jvmm.core.mem;

import java.lang.reflect.Field;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.util.Objects;
import sun.misc.Unsafe;

/**
 * Little-endian loads and stores at host addresses: the floor under {@link GuestMemory}, and
 * nothing is checked here.
 *
 * <p>Only memory providers, accelerators and the exit decoders may use it; devices see {@link
 * GuestMemory}. This form stands on Unsafe for Java 17 to 21; the multi-release form for 22+ stands
 * on java.lang.foreign.
 */
public final class RawMemory {
  private static final Unsafe UNSAFE = unsafe();
  private static final long BYTES = Unsafe.ARRAY_BYTE_BASE_OFFSET;

  private static final long BUFFER_ADDRESS = bufferAddress();

  private RawMemory() {}

  private static long bufferAddress() {
    try {
      return UNSAFE.objectFieldOffset(Buffer.class.getDeclaredField("address"));
    } catch (NoSuchFieldException e) {
      throw new LinkageError("java.nio.Buffer has no address on this Java", e);
    }
  }

  private static Unsafe unsafe() {
    try {
      Field field = Unsafe.class.getDeclaredField("theUnsafe");
      field.setAccessible(true);
      return (Unsafe) field.get(null);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("sun.misc.Unsafe is closed on this Java", e);
    }
  }

  public static byte getByte(long address) {
    return UNSAFE.getByte(address);
  }

  public static short getShort(long address) {
    return UNSAFE.getShort(address);
  }

  public static int getInt(long address) {
    return UNSAFE.getInt(address);
  }

  public static long getLong(long address) {
    return UNSAFE.getLong(address);
  }

  public static void putByte(long address, byte value) {
    UNSAFE.putByte(address, value);
  }

  public static void putShort(long address, short value) {
    UNSAFE.putShort(address, value);
  }

  public static void putInt(long address, int value) {
    UNSAFE.putInt(address, value);
  }

  public static void putLong(long address, long value) {
    UNSAFE.putLong(address, value);
  }

  /** Atomic compare and set of four bytes; the address must be a multiple of 4. */
  public static boolean compareAndSetInt(long address, int expected, int value) {
    return UNSAFE.compareAndSwapInt(null, address, expected, value);
  }

  /** Atomic compare and set of eight bytes; the address must be a multiple of 8. */
  public static boolean compareAndSetLong(long address, long expected, long value) {
    return UNSAFE.compareAndSwapLong(null, address, expected, value);
  }

  /** Copies host memory into an array. */
  public static void copyOut(long address, byte[] target, int offset, int length) {
    UNSAFE.copyMemory(null, address, target, BYTES + offset, length);
  }

  /** Copies an array into host memory. */
  public static void copyIn(byte[] source, int offset, int length, long address) {
    UNSAFE.copyMemory(source, BYTES + offset, null, address, length);
  }

  /** Copies host memory into a direct buffer, from an index of it on. */
  public static void copyOut(long address, ByteBuffer target, int index, int length) {
    Objects.checkFromIndexSize(index, length, target.capacity());
    UNSAFE.copyMemory(address, addressOf(target) + index, length);
  }

  /** Copies a direct buffer, from an index on, into host memory. */
  public static void copyIn(ByteBuffer source, int index, int length, long address) {
    Objects.checkFromIndexSize(index, length, source.capacity());
    UNSAFE.copyMemory(addressOf(source) + index, address, length);
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
    return UNSAFE.getLong(direct, BUFFER_ADDRESS);
  }

  /** Copies host memory to host memory; the ranges may overlap. */
  public static void copy(long from, long to, long length) {
    UNSAFE.copyMemory(from, to, length);
  }

  /** Sets every byte of a range. */
  public static void fill(long address, long length, byte value) {
    UNSAFE.setMemory(address, length, value);
  }

  /**
   * Zeroed memory from the C heap; pages are committed as they are touched where the host does so.
   */
  static long allocate(long size) {
    long address = UNSAFE.allocateMemory(size);
    UNSAFE.setMemory(address, size, (byte) 0);
    return address;
  }

  static void free(long address) {
    UNSAFE.freeMemory(address);
  }
}
