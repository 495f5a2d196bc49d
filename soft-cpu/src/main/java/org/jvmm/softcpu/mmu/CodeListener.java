package org.jvmm.softcpu.mmu;

/** Hears of writes to pages that decoded code came from: self-modifying code. */
public interface CodeListener {
  /** Bytes of a page marked by {@link PhysicalMemory#markCode} have changed. */
  void codeWritten(long gpa, long length);
}
