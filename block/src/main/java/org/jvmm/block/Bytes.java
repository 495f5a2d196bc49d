package org.jvmm.block;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/**
 * Compares buffers. The JDK's comparison is a loop in Java until the compiler has seen it, which in
 * a short program is most of the time; the C library's is fast at once.
 */
public final class Bytes {
  private Bytes() {}

  /** Whether what remains of two buffers is the same; they stay as they are. */
  public static boolean equal(ByteBuffer a, ByteBuffer b) {
    if (!a.isDirect() || !b.isDirect() || !Posix.AVAILABLE) {
      return a.equals(b);
    }
    if (a.remaining() != b.remaining()) {
      return false;
    }
    long addressA = Posix.address(a) + a.position();
    long addressB = Posix.address(b) + b.position();
    boolean equal = Posix.memcmp(addressA, addressB, a.remaining()) == 0;
    Reference.reachabilityFence(a);
    Reference.reachabilityFence(b);
    return equal;
  }
}
