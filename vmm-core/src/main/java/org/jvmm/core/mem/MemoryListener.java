package org.jvmm.core.mem;

/**
 * Hears of changes of a {@link MemoryMap}: accelerators keep their own view (KVM memslots, soft
 * TLBs) by it.
 */
public interface MemoryListener {
  /** A slot has been mapped. */
  void added(MemorySlot slot);

  /** A slot is about to be unmapped; when this returns, nobody uses it any more. */
  void removed(MemorySlot slot);
}
