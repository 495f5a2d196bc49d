package org.jvmm.softcpu;

/**
 * Who runs: one vCPU at a time has the baton, so the guest's memory and the decoded code are never
 * touched by two. Among those who wait it goes round by number.
 */
final class Baton {
  private static final int NOBODY = -1;

  private final boolean[] waits;
  private int waiting;
  private int holder = NOBODY;
  private int last;
  private volatile boolean wanted;

  /** For the vCPUs 0 to {@code vcpus} - 1, and the VMM as one more. */
  Baton(int vcpus) {
    waits = new boolean[vcpus + 1];
  }

  /** Whether somebody waits. */
  boolean wanted() {
    return wanted;
  }

  /** Waits for the baton. */
  synchronized void take(int id) {
    waits[id] = true;
    waiting++;
    wanted = true;
    boolean interrupted = false;
    while (holder != NOBODY || next() != id) {
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    waits[id] = false;
    waiting--;
    wanted = waiting > 0;
    holder = id;
    last = id;
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private int next() {
    int i = last;
    do {
      i = (i + 1) % waits.length;
    } while (!waits[i]);
    return i;
  }

  /** Lets it go. */
  synchronized void release() {
    holder = NOBODY;
    if (waiting > 0) {
      notifyAll();
    }
  }

  /** Gives it to the next who waits and gets it back in turn. */
  void pass(int id) {
    release();
    take(id);
  }

  /** Does something while no vCPU runs; by the VMM, not by a vCPU that has the baton. */
  void exclusively(Runnable work) {
    synchronized (waits) { // the VMM's threads count as one
      take(waits.length - 1);
      try {
        work.run();
      } finally {
        release();
      }
    }
  }
}
