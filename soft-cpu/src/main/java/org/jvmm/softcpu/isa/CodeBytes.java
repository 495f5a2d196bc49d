package org.jvmm.softcpu.isa;

/**
 * Where the decoder gets instruction bytes from. An implementation may throw a guest's fault, which
 * the decoder lets pass.
 */
@FunctionalInterface
public interface CodeBytes {
  /** The byte at an offset from the instruction's first, 0 to 255. */
  int at(int offset);
}
