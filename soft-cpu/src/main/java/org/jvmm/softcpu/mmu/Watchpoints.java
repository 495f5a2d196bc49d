package org.jvmm.softcpu.mmu;

/** Who wants to see every data access: the debug registers' breakpoints. */
@FunctionalInterface
public interface Watchpoints {
  /** Nobody. */
  Watchpoints NONE = (va, width, write) -> {};

  /** An access is about to be made. */
  void accessed(long va, int width, boolean write);
}
