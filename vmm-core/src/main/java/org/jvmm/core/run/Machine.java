package org.jvmm.core.run;

import java.util.ArrayList;
import java.util.List;
import org.jvmm.core.accel.GuestClock;
import org.jvmm.core.accel.Vcpu;
import org.jvmm.core.accel.VirtualMachine;
import org.jvmm.core.device.Resettable;
import org.jvmm.core.stats.ExitStats;
import org.jvmm.core.time.HostClock;

/**
 * A virtual machine that runs: vCPU threads, clock and lifecycle; mechanism that knows no chip.
 *
 * <p>Order: the clock starts before the vCPUs and stops after them, so a guest never sees time
 * stand. {@link #stop} may be called by any thread, a vCPU's too; the first outcome wins, and
 * {@link #await} returns it when all vCPUs have ended.
 *
 * <p>{@link #reset} and {@link #pauseSoon} may be called by any thread too. The thread in {@link
 * #await} does the work, as a vCPU's cannot wait for itself. A reset is not a move: the machine
 * then runs, or is paused, as before.
 */
public final class Machine implements AutoCloseable {
  private final VirtualMachine vm;
  private final HostClock clock;
  private final Buses buses;
  private final ExitStats stats;
  private final FailureReport failureReport;
  private final List<VcpuRunner> runners = new ArrayList<>();

  /** Held while vCPUs and clock are stopped, reset or started. No vCPU's thread takes it. */
  private final Object moving = new Object();

  /** What waits for the machine to go on. */
  private final List<Runnable> atResume = new ArrayList<>();

  private Resettable board = () -> {};
  private Lifecycle state = Lifecycle.CREATED;
  private boolean resetDue;
  private boolean pauseDue;
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

  /**
   * Names what a reset does beside the accelerator's part, and after it; before the machine runs.
   *
   * @param newBoard called while no vCPU executes and the clock stands; what it throws ends the
   *     machine and goes to who is in {@link #await}
   */
  public void onReset(Resettable newBoard) {
    board = newBoard;
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

  private void start() {
    synchronized (moving) {
      synchronized (this) {
        boolean first = state == Lifecycle.CREATED;
        become(Lifecycle.RUNNING);
        if (first) {
          runners.forEach(VcpuRunner::start);
        }
        if (!resetDue) { // else they begin when it is done
          startVcpus();
        }
      }
    }
  }

  private void startVcpus() {
    clock.resume();
    vm.capability(GuestClock.class).ifPresent(GuestClock::resume);
    runners.forEach(VcpuRunner::orderRun);
  }

  /**
   * Pauses: when it returns, no vCPU executes, none has anything half done, and the clock stands.
   * Not for a vCPU's thread.
   *
   * @throws IllegalStateException if the machine does not run
   */
  public void pause() throws InterruptedException {
    synchronized (moving) {
      synchronized (this) {
        become(Lifecycle.PAUSED);
        runners.forEach(VcpuRunner::orderPause);
      }
      awaitStandstill();
    }
  }

  private void awaitStandstill() throws InterruptedException {
    for (VcpuRunner runner : runners) {
      runner.awaitParked();
    }
    vm.capability(GuestClock.class).ifPresent(GuestClock::pause);
    clock.pause();
  }

  /**
   * Resets everything but the contents of RAM, the time and the statistics: soon, when the vCPUs
   * stand. Returns at once. A machine that has never run is as after a reset, and one that has
   * stopped stays so: nothing happens.
   */
  public synchronized void reset() {
    if (state == Lifecycle.RUNNING || state == Lifecycle.PAUSED) {
      resetDue = true;
      runners.forEach(VcpuRunner::orderPause);
      notifyAll();
    }
  }

  /**
   * Pauses soon, as {@link #pause} does, and returns at once: for a vCPU's thread too. A machine
   * that does not run then stays as it is.
   */
  public synchronized void pauseSoon() {
    pauseDue = true;
    notifyAll();
  }

  private void performPause() throws InterruptedException {
    synchronized (this) {
      pauseDue = false;
    }
    try {
      pause();
    } catch (IllegalStateException e) {
      return; // somebody else paused or stopped it meanwhile
    }
  }

  private void performReset() throws InterruptedException {
    synchronized (moving) {
      awaitStandstill();
      if (state() == Lifecycle.STOPPED) {
        return;
      }
      try {
        vm.reset();
        runners.forEach(runner -> runner.vcpu().reset());
        board.reset();
      } catch (RuntimeException | Error e) {
        stop(Outcome.of(Outcome.Kind.QUIT));
        throw e;
      }
      synchronized (this) {
        resetDue = false;
        if (state == Lifecycle.RUNNING) {
          startVcpus();
        }
      }
    }
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

  /**
   * Waits until the machine has stopped and all vCPU threads have ended; resets and pauses it
   * meanwhile.
   */
  public Outcome await() throws InterruptedException {
    while (awaitWork()) {
      if (pauseIsDue()) {
        performPause();
      } else {
        performReset();
      }
    }
    for (VcpuRunner runner : runners) {
      runner.join();
    }
    clock.pause();
    return outcome;
  }

  private synchronized boolean pauseIsDue() {
    return pauseDue;
  }

  /** Waits until a reset or a pause is due; false if the machine has stopped. */
  private synchronized boolean awaitWork() throws InterruptedException {
    while (state != Lifecycle.STOPPED && !resetDue && !pauseDue) {
      wait();
    }
    return state != Lifecycle.STOPPED;
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
    synchronized (moving) { // against a reset that was under way
      vm.close();
      clock.close();
    }
  }
}
