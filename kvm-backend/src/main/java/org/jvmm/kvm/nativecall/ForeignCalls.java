package org.jvmm.kvm.nativecall;

import java.util.Optional;

/**
 * Where the implementation over java.lang.foreign comes from: the multi-release form for 22+ has
 * it.
 */
final class ForeignCalls {
  private ForeignCalls() {}

  /** The implementation; absent, because this Java has no java.lang.foreign. */
  static Optional<NativeCalls> find() {
    return Optional.empty();
  }
}
