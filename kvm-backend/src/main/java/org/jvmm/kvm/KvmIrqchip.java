package org.jvmm.kvm;

import java.util.ArrayList;
import java.util.List;
import org.jvmm.core.accel.IrqchipMode;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.core.irq.MsiTarget;
import org.jvmm.kvm.abi.KvmAbi;
import org.jvmm.kvm.abi.KvmStructs.kvm_irq_level;
import org.jvmm.kvm.abi.KvmStructs.kvm_msi;
import org.jvmm.kvm.nativecall.NativeCalls.PreparedIoctl;
import org.jvmm.kvm.nativecall.NativeMemory;

/** The inputs of KVM's interrupt controllers: GSIs as levels, and messages. Any thread. */
final class KvmIrqchip implements MsiTarget, AutoCloseable {
  private final KvmFd vm;
  private final IrqchipMode mode;
  private final NativeMemory message;
  private final List<Line> lines = new ArrayList<>();

  /** Devices may still talk when the VM has gone; nobody hears them. */
  private boolean closed;

  KvmIrqchip(KvmFd vm, IrqchipMode mode) {
    this.vm = vm;
    this.mode = mode;
    this.message = new NativeMemory(vm.calls(), kvm_msi.sizeof);
  }

  IrqLine line(int gsi) {
    if (mode != IrqchipMode.KERNEL) {
      throw new IllegalStateException("KVM has no interrupt lines with irqchip " + mode);
    }
    if (gsi < 0 || gsi >= KvmAbi.KVM_IOAPIC_NUM_PINS) {
      throw new IllegalArgumentException("gsi=" + gsi);
    }
    Line line = new Line(gsi);
    synchronized (lines) {
      lines.add(line);
    }
    return line;
  }

  @Override
  public void send(long address, int data) {
    synchronized (message) {
      if (closed) {
        return;
      }
      message.putInt(kvm_msi.address_lo, (int) address);
      message.putInt(kvm_msi.address_hi, (int) (address >>> 32));
      message.putInt(kvm_msi.data, data);
      // 0: no local APIC took it, as when the guest has masked it; that is the guest's business.
      vm.ioctl(KvmAbi.KVM_SIGNAL_MSI, message.address(), "address=%#x data=%#x", address, data);
    }
  }

  @Override
  public void close() {
    synchronized (message) {
      closed = true;
      message.close();
    }
    synchronized (lines) {
      lines.forEach(Line::close);
    }
  }

  /** A level by KVM_IRQ_LINE, only when it changes. */
  private final class Line implements IrqLine {
    private final NativeMemory struct = new NativeMemory(vm.calls(), kvm_irq_level.sizeof);
    private final PreparedIoctl request =
        vm.calls().prepareIoctl(vm.number(), KvmAbi.KVM_IRQ_LINE, struct.address());
    private final int gsi;
    private boolean level;
    private boolean disconnected;

    Line(int gsi) {
      this.gsi = gsi;
      struct.putInt(kvm_irq_level.irq, gsi);
    }

    @Override
    public synchronized void set(boolean high) {
      if (high != level && !disconnected) {
        level = high;
        struct.putInt(kvm_irq_level.level, high ? 1 : 0);
        int result = request.call();
        if (result < 0) {
          throw new KvmException("vm KVM_IRQ_LINE gsi=%d level=%b".formatted(gsi, high), -result);
        }
      }
    }

    synchronized void close() {
      disconnected = true;
      struct.close();
    }
  }
}
