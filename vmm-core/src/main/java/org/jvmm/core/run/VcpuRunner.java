package org.jvmm.core.run;

import java.util.concurrent.locks.LockSupport;
import org.jvmm.core.accel.AccelException;
import org.jvmm.core.accel.Vcpu;
import org.jvmm.core.accel.VcpuExit;
import org.jvmm.core.irq.VcpuPins;
import org.jvmm.core.stats.ExitRecorder;

/**
 * Runs one vCPU on its own thread: a small state machine around an inner loop that takes no lock
 * and allocates nothing.
 *
 * <p>The inner loop is left only on {@code INTERRUPTED}, when nothing is half done, so a paused
 * vCPU can be saved. The runner is also the vCPU's pins: what arrives wakes it from HLT.
 */
public final class VcpuRunner implements VcpuPins {
  /** What the runner has been told to do. */
  private enum Order {
    PAUSE,
    RUN,
    STOP
  }

  private final Machine machine;
  private final Vcpu vcpu;
  private final Buses buses;
  private final ExitRecorder recorder;
  private final VcpuThread thread;
  private volatile Order order = Order.PAUSE;
  private volatile boolean event;
  private boolean parked;

  VcpuRunner(Machine machine, Vcpu vcpu, Buses buses, ExitRecorder recorder) {
    this.machine = machine;
    this.vcpu = vcpu;
    this.buses = buses;
    this.recorder = recorder;
    this.thread = new VcpuThread(vcpu.id(), this::obey);
  }

  /** The vCPU; its state may be read and written while the machine is paused. */
  public Vcpu vcpu() {
    return vcpu;
  }

  void start() {
    thread.start();
  }

  /** Tells the runner what to do; it does so soon. */
  private void order(Order next) {
    synchronized (this) {
      if (order == Order.STOP || order == next) {
        return;
      }
      order = next;
      notifyAll();
    }
    if (next != Order.RUN) {
      vcpu.kick();
      wake();
    }
  }

  void orderRun() {
    order(Order.RUN);
  }

  void orderPause() {
    order(Order.PAUSE);
  }

  void orderStop() {
    order(Order.STOP);
  }

  /** Waits until the runner stands, after an order to pause. */
  synchronized void awaitParked() throws InterruptedException {
    while (!parked && thread.isAlive()) {
      wait(100);
    }
  }

  void join() throws InterruptedException {
    if (Thread.currentThread() != thread) {
      thread.join();
    }
  }

  private void obey() {
    while (true) {
      switch (awaitOrder()) {
        case RUN -> runGuest();
        case STOP -> {
          return;
        }
        case PAUSE -> throw new AssertionError("awaitOrder never returns PAUSE");
      }
    }
  }

  private synchronized Order awaitOrder() {
    parked = true;
    notifyAll();
    while (order == Order.PAUSE) {
      try {
        wait();
      } catch (InterruptedException e) {
        order = Order.STOP; // nobody interrupts this thread but a host that shuts down
      }
    }
    parked = false;
    return order;
  }

  private void runGuest() {
    try {
      ExitDispatcher.Verdict verdict;
      do {
        VcpuExit exit = vcpu.run();
        recorder.begin(exit, buses);
        verdict = ExitDispatcher.dispatch(exit, buses);
        recorder.end();
        switch (verdict) {
          case RESUME, INTERRUPTED -> {}
          case HALTED -> sleepUntilEvent();
          case SHUTDOWN -> fail(Outcome.Kind.TRIPLE_FAULT, exit);
          case DEBUG, FAILED -> fail(Outcome.Kind.ACCELERATOR_FAILURE, exit);
        }
      } while (goesOn(verdict));
    } catch (AccelException e) {
      machine.stop(new Outcome(Outcome.Kind.ACCELERATOR_FAILURE, 0, e.getMessage()));
    } catch (RuntimeException | Error e) {
      machine.stop(
          new Outcome(Outcome.Kind.ACCELERATOR_FAILURE, 0, HostFault.describe(vcpu.id(), e)));
    }
  }

  /**
   * An answered exit is half done until the next entry, so a pause waits for one; a stop does not.
   */
  private boolean goesOn(ExitDispatcher.Verdict last) {
    return switch (order) {
      case RUN -> true;
      case PAUSE -> last == ExitDispatcher.Verdict.RESUME;
      case STOP -> false;
    };
  }

  private void fail(Outcome.Kind kind, VcpuExit exit) {
    machine.stop(new Outcome(kind, 0, machine.failureReport().describe(vcpu, exit)));
  }

  private void sleepUntilEvent() {
    while (!event && order == Order.RUN) {
      LockSupport.park(this);
    }
    event = false;
  }

  private void wake() {
    event = true;
    LockSupport.unpark(thread);
  }

  @Override
  public void interruptPending() {
    vcpu.interruptPending();
    wake();
  }

  @Override
  public void nmi() {
    vcpu.nmi();
    wake();
  }

  @Override
  public void init() {
    vcpu.init();
    wake();
  }

  @Override
  public void startup(int vector) {
    vcpu.startup(vector);
    wake();
  }
}
