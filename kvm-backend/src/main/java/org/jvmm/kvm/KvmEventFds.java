package org.jvmm.kvm;

import java.util.ArrayList;
import java.util.List;
import org.jvmm.core.accel.EventFds;
import org.jvmm.kvm.abi.KvmAbi;
import org.jvmm.kvm.abi.KvmStructs.kvm_ioeventfd;
import org.jvmm.kvm.abi.KvmStructs.kvm_irqfd;
import org.jvmm.kvm.nativecall.NativeCalls;
import org.jvmm.kvm.nativecall.NativeException;
import org.jvmm.kvm.nativecall.NativeMemory;

/** KVM_IOEVENTFD and KVM_IRQFD. */
final class KvmEventFds implements EventFds, AutoCloseable {
  private final KvmFd vm;
  private final List<Event> open = new ArrayList<>();

  KvmEventFds(KvmFd vm) {
    this.vm = vm;
  }

  @Override
  public Doorbell doorbell(boolean port, long address, int size) {
    Bell bell = new Bell(port, address, size);
    bell.assign(0);
    return bell;
  }

  @Override
  public Trigger trigger(int gsi) {
    Irq irq = new Irq(gsi);
    irq.assign(0);
    return irq;
  }

  @Override
  public void close() {
    List<Event> all;
    synchronized (open) {
      all = List.copyOf(open);
    }
    all.forEach(Event::close);
  }

  /** An eventfd with a buffer for its counter. */
  private abstract class Event {
    private final NativeCalls calls = vm.calls();
    final NativeMemory counter = new NativeMemory(calls, 8);
    final NativeMemory struct = new NativeMemory(calls, 64);
    final int fd;
    private boolean closed;

    Event() {
      fd = calls.eventfd(0, NativeCalls.EFD_CLOEXEC);
      if (fd < 0) {
        throw new NativeException("eventfd", -fd);
      }
      synchronized (open) {
        open.add(this);
      }
    }

    abstract void assign(int flags);

    public abstract void close();

    public int fd() {
      return fd;
    }

    public void signal() {
      try (NativeMemory one = new NativeMemory(calls, 8)) {
        one.putLong(0, 1);
        calls.write(fd, one.address(), 8);
      }
    }

    boolean isClosed() {
      synchronized (open) {
        return closed;
      }
    }

    /** Waits for the counter to become positive and takes it. */
    void take() {
      calls.read(fd, counter.address(), 8);
    }

    void free() {
      calls.close(fd);
      counter.close();
      struct.close();
    }

    /** Detaches it from KVM; false if that has been done. */
    boolean detach(int flag) {
      synchronized (open) {
        if (closed) {
          return false;
        }
        closed = true;
        open.remove(this);
      }
      assign(flag);
      return true;
    }
  }

  private final class Bell extends Event implements Doorbell {
    private final boolean port;
    private final long address;
    private final int size;
    private boolean waiting;

    Bell(boolean port, long address, int size) {
      this.port = port;
      this.address = address;
      this.size = size;
    }

    @Override
    void assign(int flags) {
      struct.putLong(kvm_ioeventfd.addr, address);
      struct.putInt(kvm_ioeventfd.len, size);
      struct.putInt(kvm_ioeventfd.fd, fd);
      struct.putInt(kvm_ioeventfd.flags, flags | (port ? KvmAbi.KVM_IOEVENTFD_FLAG_PIO : 0));
      vm.ioctl(
          KvmAbi.KVM_IOEVENTFD,
          struct.address(),
          "addr=%#x len=%d port=%b flags=%d",
          address,
          size,
          port,
          flags);
    }

    @Override
    public boolean await() {
      synchronized (this) {
        if (isClosed()) {
          return false;
        }
        waiting = true;
      }
      take();
      synchronized (this) {
        waiting = false;
        notifyAll();
      }
      return !isClosed();
    }

    @Override
    public void close() {
      if (!detach(KvmAbi.KVM_IOEVENTFD_FLAG_DEASSIGN)) {
        return;
      }
      synchronized (this) {
        boolean interrupted = false;
        while (waiting) {
          signal();
          try {
            wait();
          } catch (InterruptedException e) {
            interrupted = true;
          }
        }
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
      }
      free();
    }
  }

  private final class Irq extends Event implements Trigger {
    private final int gsi;

    Irq(int gsi) {
      this.gsi = gsi;
    }

    @Override
    void assign(int flags) {
      struct.putInt(kvm_irqfd.fd, fd);
      struct.putInt(kvm_irqfd.gsi, gsi);
      struct.putInt(kvm_irqfd.flags, flags);
      vm.ioctl(KvmAbi.KVM_IRQFD, struct.address(), "gsi=%d flags=%d", gsi, flags);
    }

    @Override
    public void close() {
      if (detach(KvmAbi.KVM_IRQFD_FLAG_DEASSIGN)) {
        free();
      }
    }
  }
}
