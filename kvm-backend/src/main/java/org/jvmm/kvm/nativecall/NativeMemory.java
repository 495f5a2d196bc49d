package org.jvmm.kvm.nativecall;

import java.util.Objects;
import org.jvmm.core.mem.RawMemory;

/**
 * Zeroed, page-aligned memory of the process for the arguments of system calls: offsets are those
 * of the kernel's structs, accesses are checked against the size.
 */
public final class NativeMemory implements AutoCloseable {
  private final NativeCalls calls;
  private final long size;
  private long address;

  /**
   * @param size bytes, at least 1
   * @throws NativeException if the host has none
   */
  public NativeMemory(NativeCalls calls, long size) {
    this(calls, size, NativeCalls.MAP_PRIVATE | NativeCalls.MAP_ANONYMOUS, -1);
  }

  /** Maps a file descriptor's first bytes, shared. */
  public static NativeMemory shared(NativeCalls calls, int fd, long size) {
    return new NativeMemory(calls, size, NativeCalls.MAP_SHARED, fd);
  }

  private NativeMemory(NativeCalls calls, long size, int flags, int fd) {
    this.calls = calls;
    this.size = size;
    this.address =
        calls.mmap(0, size, NativeCalls.PROT_READ | NativeCalls.PROT_WRITE, flags, fd, 0);
    if (address < 0 && address > -4096) {
      throw new NativeException(
          "mmap length=%#x flags=%#x fd=%d".formatted(size, flags, fd), (int) -address);
    }
  }

  /** Host address of the first byte. */
  public long address() {
    return address;
  }

  /** Size in bytes. */
  public long size() {
    return size;
  }

  private long at(long offset, int length) {
    if (address == 0) {
      throw new IllegalStateException("unmapped");
    }
    return address + Objects.checkFromIndexSize(offset, (long) length, size);
  }

  public int getByte(long offset) {
    return RawMemory.getByte(at(offset, 1)) & 0xff;
  }

  public int getShort(long offset) {
    return RawMemory.getShort(at(offset, 2)) & 0xffff;
  }

  public int getInt(long offset) {
    return RawMemory.getInt(at(offset, 4));
  }

  public long getLong(long offset) {
    return RawMemory.getLong(at(offset, 8));
  }

  public void putByte(long offset, int value) {
    RawMemory.putByte(at(offset, 1), (byte) value);
  }

  public void putShort(long offset, int value) {
    RawMemory.putShort(at(offset, 2), (short) value);
  }

  public void putInt(long offset, int value) {
    RawMemory.putInt(at(offset, 4), value);
  }

  public void putLong(long offset, long value) {
    RawMemory.putLong(at(offset, 8), value);
  }

  /** Copies from here into an array. */
  public void copyOut(long offset, byte[] target, int length) {
    Objects.checkFromIndexSize(0, length, target.length);
    RawMemory.copyOut(at(offset, length), target, 0, length);
  }

  /** Copies an array here. */
  public void copyIn(byte[] source, int length, long offset) {
    Objects.checkFromIndexSize(0, length, source.length);
    RawMemory.copyIn(source, 0, length, at(offset, length));
  }

  /** Zeroes the first bytes. */
  public void clear(int length) {
    clear(0, length);
  }

  /** Zeroes bytes. */
  public void clear(long offset, int length) {
    RawMemory.fill(at(offset, length), length, (byte) 0);
  }

  /** Unmaps; idempotent. */
  @Override
  public void close() {
    if (address != 0) {
      calls.munmap(address, size);
      address = 0;
    }
  }
}
