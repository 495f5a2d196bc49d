package org.jvmm.softcpu;

import java.util.function.BooleanSupplier;

/**
 * Who runs: one vCPU at a time executes, so the guest's memory and the decoded code are never
 * touched by two. Turns go round by number among the vCPUs that have something to do.
 *
 * <p>A vCPU keeps its turn while the VMM handles its exit, and one that gets its turn is waited
 * for. So which instruction of which vCPU comes next follows from the guest alone, not from the
 * host's scheduler: the run is deterministic. Only a vCPU that stays away for long, because its
 * thread does something else, loses its turn.
 */
final class Baton {
  private static final long PATIENCE_MILLIS = 2_000;

  private static final int NOBODY = -1;

  private final boolean[] ready;

  /** How long the others wait for a vCPU that has its turn and does not come. */
  private final long patienceMillis;

  /** The VMM's number, behind the vCPUs'. */
  private final int vmm;

  /** Whose turn it is, and since when it has been away. */
  private int turn;

  private long awaySince = System.nanoTime();

  /** Who executes now. */
  private int executing = NOBODY;

  /** The thread that the VMM has back from an exit: if it runs another vCPU, that has the turn. */
  private Thread thread;

  private boolean vmmWaits;
  private volatile boolean wanted;

  /** For the vCPUs 0 to {@code vcpus} - 1, and the VMM. */
  Baton(int vcpus) {
    this(vcpus, PATIENCE_MILLIS);
  }

  Baton(int vcpus, long patienceMillis) {
    this.patienceMillis = patienceMillis;
    ready = new boolean[vcpus];
    vmm = vcpus;
  }

  /** Whether another vCPU has something to do, or the VMM waits. */
  boolean wanted() {
    return wanted;
  }

  /** A vCPU has something to do: it gets turns. By any thread. */
  synchronized void ready(int id) {
    ready[id] = true;
    changed();
  }

  /**
   * Waits until a vCPU may execute.
   *
   * @param leave looked at while it waits: whether it does not want to any more
   * @return false if it left
   */
  synchronized boolean take(int id, BooleanSupplier leave) {
    ready[id] = true;
    changed();
    boolean interrupted = false;
    while (executing != NOBODY || vmmWaits || !hasTurn(id)) {
      if (leave.getAsBoolean()) {
        return false;
      }
      try {
        wait(patienceMillis);
      } catch (InterruptedException e) {
        interrupted = true;
      }
      if (!ready[id]) { // its turn was taken from it while it waited
        ready[id] = true;
        changed();
      }
    }
    executing = id;
    thread = Thread.currentThread();
    if (interrupted) {
      thread.interrupt();
    }
    return true;
  }

  /** Whether it has the turn, or takes it from one that does not come. */
  private boolean hasTurn(int id) {
    if (turn == id) {
      return true;
    }
    boolean sameThread = thread == Thread.currentThread();
    if (!sameThread && System.nanoTime() - awaySince < patienceMillis * 1_000_000) {
      return false;
    }
    ready[turn] = false;
    turn = id;
    changed();
    return true;
  }

  /** Stops executing, for an exit; keeps the turn. */
  synchronized void leave() {
    executing = NOBODY;
    awaySince = System.nanoTime();
    notifyAll();
  }

  /** Stops executing and has nothing to do until it is {@link #ready}. */
  synchronized void idle(int id) {
    ready[id] = false;
    changed();
    leave();
    thread = null; // the turn is the next one's, however soon this thread has something to do again
  }

  /**
   * Nothing is left to do of what it was {@link #ready} for, and it does not execute: its thread
   * may have been quicker than who told so. By its thread; a new cause makes it run again.
   */
  synchronized void rest(int id) {
    if (ready[id]) {
      ready[id] = false;
      changed();
    }
  }

  /** The next gets its turn; comes back in turn, or at once if there is none. */
  void pass(int id) {
    synchronized (this) {
      next();
      changed();
      leave();
      thread = null;
    }
    take(id, () -> false);
  }

  /** Lets the VMM in, if it waits. */
  void letVmmIn(int id) {
    if (vmmWaits()) {
      leave();
      take(id, () -> false);
    }
  }

  private synchronized boolean vmmWaits() {
    return vmmWaits;
  }

  private void next() {
    for (int i = 1; i <= ready.length; i++) {
      int id = (turn + i) % ready.length;
      if (ready[id]) {
        turn = id;
        return;
      }
    }
  }

  /** What depends on who is ready: nobody waits for one that has nothing to do. */
  private void changed() {
    if (!ready[turn]) {
      next();
    }
    boolean others = vmmWaits;
    for (int i = 0; i < ready.length; i++) {
      others |= i != turn && ready[i];
    }
    wanted = others;
    notifyAll();
  }

  /** Looks again at whoever waits: {@code leave} of {@link #take} may have changed. */
  synchronized void wake() {
    notifyAll();
  }

  /** Does something while no vCPU executes; by the VMM, between a vCPU's runs or on its threads. */
  void exclusively(Runnable work) {
    synchronized (ready) { // the VMM's threads count as one
      enter();
      try {
        work.run();
      } finally {
        leave();
      }
    }
  }

  private synchronized void enter() {
    boolean interrupted = false;
    vmmWaits = true;
    changed();
    while (executing != NOBODY) {
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    vmmWaits = false;
    executing = vmm;
    changed();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
