package org.jvmm.rescue;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;

/**
 * Stops the other vCPUs of a VM while one executes a LOCKed instruction in Java: atomic whatever
 * its width and alignment, against vCPUs in the accelerator as against those being rescued.
 *
 * <p>Each vCPU is inside while it may touch memory. Who wants to be alone shuts the gate and waits
 * until all others are outside; who comes in looks at the gate after it has said so, hence one of
 * the two sees the other (Dekker).
 */
final class Standstill {
  /** One vCPU. */
  abstract static class Member {
    private volatile boolean inside;

    /** Makes it leave the accelerator soon. */
    abstract void disturb();
  }

  private static final long WAIT_NANOS = 20_000;

  private final List<Member> members = new CopyOnWriteArrayList<>();
  private volatile Member alone;

  void add(Member member) {
    members.add(member);
  }

  void remove(Member member) {
    members.remove(member);
  }

  /** Whether there is nobody to stop. */
  boolean isSingle() {
    return members.size() < 2;
  }

  /** Comes in, after those who want to be alone. */
  void enter(Member member) {
    member.inside = true;
    if (alone != null) {
      awaitGate(member);
    }
  }

  private synchronized void awaitGate(Member member) {
    member.inside = false;
    boolean interrupted = false;
    while (alone != null) {
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    member.inside = true;
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Goes out. */
  void leave(Member member) {
    member.inside = false;
  }

  /** Does something while all others are outside; the member is inside. */
  void alone(Member member, Runnable work) {
    leave(member);
    synchronized (this) {
      awaitGate(member);
      alone = member;
    }
    try {
      for (Member other : members) {
        while (other != member && other.inside) {
          other.disturb();
          LockSupport.parkNanos(this, WAIT_NANOS);
        }
      }
      work.run();
    } finally {
      synchronized (this) {
        alone = null;
        notifyAll();
      }
    }
  }
}
