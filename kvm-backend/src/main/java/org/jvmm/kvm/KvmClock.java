package org.jvmm.kvm;

import java.util.List;
import org.jvmm.core.accel.GuestClock;
import org.jvmm.kvm.abi.KvmAbi;
import org.jvmm.kvm.abi.KvmStructs.kvm_clock_data;
import org.jvmm.kvm.nativecall.NativeMemory;

/** kvmclock: KVM_GET_CLOCK and KVM_SET_CLOCK; KVM_KVMCLOCK_CTRL tells the guest of a pause. */
final class KvmClock implements GuestClock {
  private final KvmFd vm;
  private final List<KvmVcpu> vcpus;
  private boolean paused;
  private long stoppedAt;

  /**
   * @param vcpus a live list
   */
  KvmClock(KvmFd vm, List<KvmVcpu> vcpus) {
    this.vm = vm;
    this.vcpus = vcpus;
  }

  @Override
  public synchronized void pause() {
    if (!paused) {
      stoppedAt = read();
      paused = true;
    }
  }

  @Override
  public synchronized void resume() {
    if (paused) {
      try (NativeMemory data = new NativeMemory(vm.calls(), kvm_clock_data.sizeof)) {
        data.putLong(kvm_clock_data.clock, stoppedAt);
        vm.ioctl(KvmAbi.KVM_SET_CLOCK, data.address(), "clock=%d", stoppedAt);
      }
      for (KvmVcpu vcpu : vcpus) {
        // EINVAL: this guest does not use kvmclock.
        vcpu.fd().attempt(KvmAbi.KVM_KVMCLOCK_CTRL, 0);
      }
      paused = false;
    }
  }

  @Override
  public synchronized long nanos() {
    return paused ? stoppedAt : read();
  }

  @Override
  public synchronized void set(long nanos) {
    if (!paused) {
      throw new IllegalStateException("the guest's clock runs");
    }
    stoppedAt = nanos;
  }

  private long read() {
    try (NativeMemory data = new NativeMemory(vm.calls(), kvm_clock_data.sizeof)) {
      vm.ioctl(KvmAbi.KVM_GET_CLOCK, data);
      return data.getLong(kvm_clock_data.clock);
    }
  }
}
