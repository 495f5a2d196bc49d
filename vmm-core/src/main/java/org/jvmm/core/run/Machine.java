package org.jvmm.core.run;

import java.util.ArrayList;
import java.util.List;
import org.jvmm.core.accel.GuestClock;
import org.jvmm.core.accel.Vcpu;
import org.jvmm.core.accel.VirtualMachine;
import org.jvmm.core.stats.ExitStats;
import org.jvmm.core.time.HostClock;

/**
 * A virtual machine that runs: vCPU threads, clock and lifecycle; mechanism that knows no chip.
 *
 * <p>Order: the clock starts before the vCPUs and stops after them, so a guest never sees time
 * stand. {@link #stop} may be called by any thread, a vCPU's too; the first outcome wins, and
 * {@link #await} returns it when all vCPUs have ended.
 */
public final class Machine implements AutoCloseable {
  private final VirtualMachine vm;
  private final HostClock clock;
  private final Buses buses;
  private final ExitStats stats;
  private final FailureReport failureReport;
  private final List<VcpuRunner> runners = new ArrayList<>();

  /** What waits for the machine to go on. */
  private final List<Runnable> atResume = new ArrayList<>();

  private Lifecycle state = Lifecycle.CREATED;
  private Outcome outcome;

  /**
   * A machine without vCPUs yet.
   *
   * @param stats where exits are counted
   */
  public Machine(
      VirtualMachine vm,
      HostClock clock,
      Buses buses,
      ExitStats stats,
      FailureReport failureReport) {
    this.vm = vm;
    this.clock = clock;
    this.buses = buses;
    this.stats = stats;
    this.failureReport = failureReport;
  }

  /** Adds a vCPU, before the machine runs. */
  public VcpuRunner addVcpu(int id) {
    if (state != Lifecycle.CREATED) {
      throw new IllegalStateException("vCPUs cannot be added to a machine that is " + state);
    }
    Vcpu vcpu = vm.createVcpu(id);
    VcpuRunner runner = new VcpuRunner(this, vcpu, buses, stats.recorder(id));
    runners.add(runner);
    return runner;
  }

  /** The vCPUs by id. */
  public List<VcpuRunner> vcpus() {
    return List.copyOf(runners);
  }

  /** Where the exits are counted. */
  public ExitStats stats() {
    return stats;
  }

  FailureReport failureReport() {
    return failureReport;
  }

  /** The state now. */
  public synchronized Lifecycle state() {
    return state;
  }

  /**
   * Starts, or goes on after a pause.
   *
   * @throws IllegalStateException if the machine runs or has stopped
   */
  public void resume() {
    start();
    List<Runnable> due;
    synchronized (this) {
      due = List.copyOf(atResume);
      atResume.clear();
    }
    due.forEach(Runnable::run);
  }

  private synchronized void start() {
    boolean first = state == Lifecycle.CREATED;
    become(Lifecycle.RUNNING);
    clock.resume();
    vm.capability(GuestClock.class).ifPresent(GuestClock::resume);
    if (first) {
      runners.forEach(VcpuRunner::start);
    }
    runners.forEach(VcpuRunner::orderRun);
  }

  /**
   * Pauses: when it returns, no vCPU executes, none has anything half done, and the clock stands.
   * Not for a vCPU's thread.
   *
   * @throws IllegalStateException if the machine does not run
   */
  public void pause() throws InterruptedException {
    synchronized (this) {
      become(Lifecycle.PAUSED);
      runners.forEach(VcpuRunner::orderPause);
    }
    for (VcpuRunner runner : runners) {
      runner.awaitParked();
    }
    vm.capability(GuestClock.class).ifPresent(GuestClock::pause);
    clock.pause();
  }

  /**
   * Stops for good. The first outcome wins; later ones are dropped. Any thread; returns at once.
   */
  public synchronized void stop(Outcome why) {
    if (state == Lifecycle.STOPPED) {
      return;
    }
    state = Lifecycle.STOPPED;
    outcome = why;
    runners.forEach(VcpuRunner::orderStop);
    notifyAll();
  }

  /**
   * Pauses for a cause that the user has to mend. A machine that stands already stays so. For a
   * host thread that holds no chip's monitor, and not for a vCPU's.
   *
   * @param retry what to do when the machine goes on, once
   * @return false if the machine has stopped for good, or the thread was interrupted
   */
  public boolean pauseUntilResumed(Runnable retry) {
    boolean runs;
    synchronized (this) {
      if (state == Lifecycle.STOPPED) {
        return false;
      }
      atResume.add(retry);
      runs = state == Lifecycle.RUNNING;
    }
    try {
      if (runs) {
        pause();
      }
      return true;
    } catch (IllegalStateException e) {
      return true; // somebody else paused or stopped it meanwhile
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return !withdraw(retry);
    }
  }

  private synchronized boolean withdraw(Runnable retry) {
    return atResume.remove(retry);
  }

  private void become(Lifecycle next) {
    if (!state.mayBecome(next)) {
      throw new IllegalStateException(
          "a machine that is %s cannot become %s".formatted(state, next));
    }
    state = next;
  }

  /** Waits until the machine has stopped and all vCPU threads have ended. */
  public Outcome await() throws InterruptedException {
    synchronized (this) {
      while (state != Lifecycle.STOPPED) {
        wait();
      }
    }
    for (VcpuRunner runner : runners) {
      runner.join();
    }
    clock.pause();
    return outcome;
  }

  /** Stops if need be, waits for the vCPUs and frees the accelerator's VM. */
  @Override
  public void close() {
    stop(Outcome.of(Outcome.Kind.QUIT));
    try {
      await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return; // threads may still run: freeing the VM under them would be worse than leaking it
    }
    vm.close();
    clock.close();
  }
}
