package org.jvmm.kvm.nativecall;

import org.jvmm.core.accel.AccelException;

/** A system call failed that must not. */
public class NativeException extends AccelException {
  private static final long serialVersionUID = 1L;

  private final int errno;

  /**
   * @param call the call with its arguments in hex
   * @param errno positive, as of {@link Errno}
   */
  public NativeException(String call, int errno) {
    super("%s: %s".formatted(call, Errno.name(errno)));
    this.errno = errno;
  }

  /** The error number, positive. */
  public int errno() {
    return errno;
  }
}
