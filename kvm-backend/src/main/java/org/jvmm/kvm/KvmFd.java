package org.jvmm.kvm;

import org.jvmm.kvm.abi.KvmAbi;
import org.jvmm.kvm.abi.KvmCap;
import org.jvmm.kvm.abi.KvmStructs.kvm_enable_cap;
import org.jvmm.kvm.nativecall.NativeCalls;
import org.jvmm.kvm.nativecall.NativeMemory;

/** A file descriptor that takes KVM's requests: of the system, a VM or a vCPU. */
final class KvmFd implements AutoCloseable {
  private final NativeCalls calls;
  private final String what;
  private int fd;

  /**
   * @param what its name in error messages: "vm", "vcpu 0"
   */
  KvmFd(NativeCalls calls, int fd, String what) {
    this.calls = calls;
    this.fd = fd;
    this.what = what;
  }

  int number() {
    return fd;
  }

  NativeCalls calls() {
    return calls;
  }

  /** A request that may fail: the result, or minus errno. */
  int attempt(long request, long argument) {
    return calls.ioctl(fd, request, argument);
  }

  /**
   * A request that must succeed.
   *
   * @return what the kernel answers, 0 or more
   */
  int ioctl(long request, long argument) {
    return ioctl(request, argument, "arg=%#x", argument);
  }

  /** A request on a struct. */
  int ioctl(long request, NativeMemory struct) {
    return ioctl(request, struct.address());
  }

  /** A request that must succeed, with its arguments in words for the error message. */
  int ioctl(long request, long argument, String format, Object... details) {
    int result = calls.ioctl(fd, request, argument);
    if (result < 0) {
      throw new KvmException(
          "%s %s %s".formatted(what, KvmAbi.requestName(request), format.formatted(details)),
          -result);
    }
    return result;
  }

  /** The value of a capability, 0 if it is absent. */
  int check(KvmCap cap) {
    return Math.max(0, attempt(KvmAbi.KVM_CHECK_EXTENSION, cap.number()));
  }

  boolean has(KvmCap cap) {
    return check(cap) > 0;
  }

  /** Switches a capability on. */
  void enable(KvmCap cap, long argument) {
    try (NativeMemory struct = new NativeMemory(calls, kvm_enable_cap.sizeof)) {
      struct.putInt(kvm_enable_cap.cap, cap.number());
      struct.putLong(kvm_enable_cap.args, argument);
      ioctl(KvmAbi.KVM_ENABLE_CAP, struct.address(), "%s args[0]=%#x", cap, argument);
    }
  }

  /** Closes it; idempotent. */
  @Override
  public void close() {
    if (fd >= 0) {
      calls.close(fd);
      fd = -1;
    }
  }
}
