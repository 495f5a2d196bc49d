package org.jvmm.softcpu.mmu;

/** Where accesses to guest-physical addresses go that no memory backs. */
public interface DeviceAccess {
  /** A load of 1, 2, 4 or 8 bytes, zero-extended. May leave the instruction with an exit. */
  long mmioRead(long gpa, int size);

  /** A store of 1, 2, 4 or 8 bytes. May leave the instruction with an exit. */
  void mmioWrite(long gpa, int size, long value);
}
