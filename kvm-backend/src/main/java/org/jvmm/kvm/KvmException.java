package org.jvmm.kvm;

import org.jvmm.kvm.nativecall.NativeException;

/** KVM refused a request. The message names it, its arguments in hex and the error. */
public final class KvmException extends NativeException {
  private static final long serialVersionUID = 1L;

  KvmException(String request, int errno) {
    super(request, errno);
  }
}
