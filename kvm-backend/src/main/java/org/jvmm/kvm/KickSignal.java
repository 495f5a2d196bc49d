package org.jvmm.kvm;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jvmm.core.mem.RawMemory;
import org.jvmm.kvm.abi.KvmAbi;
import org.jvmm.kvm.abi.KvmStructs.kvm_run;
import org.jvmm.kvm.abi.KvmStructs.kvm_signal_mask;
import org.jvmm.kvm.nativecall.NativeCalls;
import org.jvmm.kvm.nativecall.NativeException;
import org.jvmm.kvm.nativecall.NativeMemory;

/**
 * Gets a vCPU out of KVM_RUN without a native signal handler: one real-time signal stays blocked on
 * the vCPU's thread, but KVM_SET_SIGNAL_MASK opens it inside KVM_RUN. There it makes KVM_RUN return
 * EINTR; back outside it is blocked again, so it is never delivered, and taken with
 * rt_sigtimedwait.
 *
 * <p>The state word tells who may send: a signal goes out only while the thread is inside, and the
 * thread does not leave before a sender is done. So each signal is eaten by the run that it was
 * meant for, and never hits a thread that has ended.
 */
final class KickSignal implements AutoCloseable {
  /** A real-time signal that neither glibc (32-34) nor HotSpot uses. */
  static final int SIGNAL = 37;

  private static final int OUTSIDE = 0;
  private static final int INSIDE = 1;
  private static final int SENDING = 2;
  private static final int SENT = 3;

  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(KickSignal.class, "state", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** Layout of {@link #memory}. */
  private static final int SET = 0, OLD = 8, NO_TIME = 16, MASK = 32;

  private final NativeCalls calls;
  private final KvmFd vcpu;
  private final long run;
  private final NativeMemory memory;
  private final int process;

  private Thread thread;
  private int threadId;
  private boolean closed;

  @SuppressWarnings("unused") // through STATE
  private volatile int state;

  /**
   * @param run host address of the vCPU's struct kvm_run
   */
  KickSignal(KvmFd vcpu, long run) {
    this.calls = vcpu.calls();
    this.vcpu = vcpu;
    this.run = run;
    this.memory = new NativeMemory(calls, 64);
    this.process = calls.getpid();
    memory.putLong(SET, 1L << (SIGNAL - 1));
  }

  /**
   * Enters on the calling thread. What is announced before and asked after this cannot be missed.
   */
  void enter() {
    if (Thread.currentThread() != thread) {
      adoptThread();
    }
    STATE.setVolatile(this, INSIDE);
  }

  /** Leaves; afterwards no signal is pending. */
  void leave() {
    if (!STATE.compareAndSet(this, INSIDE, OUTSIDE)) {
      eatSignal();
    }
  }

  private void eatSignal() {
    while ((int) STATE.getVolatile(this) == SENDING) {
      Thread.onSpinWait();
    }
    calls.sigtimedwait(memory.address() + SET, memory.address() + NO_TIME);
    STATE.setVolatile(this, OUTSIDE);
  }

  /** The current run, or else the next one, returns EINTR when nothing is half done. Any thread. */
  synchronized void kick() {
    if (!closed) {
      RawMemory.putByte(run + kvm_run.immediate_exit, (byte) 1);
      poke();
    }
  }

  /** Gets the vCPU out if it is inside now. Any thread. */
  void poke() {
    // A full fence between the announcement and this look at the state; enter() has the other one.
    VarHandle.fullFence();
    if (STATE.compareAndSet(this, INSIDE, SENDING)) {
      calls.tgkill(process, threadId, SIGNAL);
      STATE.setVolatile(this, SENT);
    }
  }

  boolean kicked() {
    return RawMemory.getByte(run + kvm_run.immediate_exit) != 0;
  }

  /**
   * The kick has been obeyed. Before {@link #leave}, whose fence lets the caller see the order
   * behind a kick that is cleared here.
   */
  void obeyed() {
    RawMemory.putByte(run + kvm_run.immediate_exit, (byte) 0);
  }

  private void adoptThread() {
    int result =
        calls.sigmask(NativeCalls.SIG_BLOCK, memory.address() + SET, memory.address() + OLD);
    if (result < 0) {
      throw new NativeException("rt_sigprocmask SIG_BLOCK %d".formatted(SIGNAL), -result);
    }
    memory.putInt(MASK + kvm_signal_mask.len, 8);
    memory.putLong(MASK + kvm_signal_mask.sigset, memory.getLong(OLD) & ~memory.getLong(SET));
    vcpu.ioctl(KvmAbi.KVM_SET_SIGNAL_MASK, memory.address() + MASK);
    threadId = calls.gettid();
    thread = Thread.currentThread();
  }

  /** kvm_run goes away; late kicks are dropped. */
  @Override
  public synchronized void close() {
    closed = true;
    memory.close();
  }
}
