package org.jvmm.core.time;

import java.util.PriorityQueue;
import java.util.concurrent.locks.LockSupport;

/** VM time from the host's monotonic clock, with one thread ("vm-clock") that expires timers. */
public final class HostClock implements VmClock, AutoCloseable {
  /** How VM time follows from host time; replaced as a whole so that a reader never mixes two. */
  private record Mode(boolean running, long base) {
    long nanos() {
      return running ? System.nanoTime() - base : base;
    }
  }

  private final PriorityQueue<Timer> queue =
      new PriorityQueue<>((a, b) -> Long.compare(a.queuedFor, b.queuedFor));
  private final Thread thread = new Thread(this::expireTimers, "vm-clock");
  private volatile Mode mode = new Mode(false, 0);
  private volatile boolean closed;

  /** A clock that stands at 0 until {@link #resume()}. */
  public HostClock() {
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public long nanos() {
    return mode.nanos();
  }

  /** Lets time go on. Idempotent. */
  public synchronized void resume() {
    if (!mode.running) {
      mode = new Mode(true, System.nanoTime() - mode.base);
      LockSupport.unpark(thread);
    }
  }

  /** Stops time. Idempotent. An expiry that is under way may still finish. */
  public synchronized void pause() {
    if (mode.running) {
      mode = new Mode(false, mode.nanos());
    }
  }

  /**
   * Sets the time, to restore a snapshot.
   *
   * @throws IllegalStateException if the clock runs
   */
  public synchronized void set(long nanos) {
    if (mode.running) {
      throw new IllegalStateException("the clock runs");
    }
    mode = new Mode(false, nanos);
  }

  @Override
  public VmTimer timer(Object owner, Runnable expiry) {
    return new Timer(owner, expiry);
  }

  /** Ends the thread; timers never expire again. */
  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
  }

  private void expireTimers() {
    while (!closed) {
      long left = Long.MAX_VALUE;
      Timer due = null;
      synchronized (this) {
        Timer first = mode.running ? queue.peek() : null;
        if (first != null) {
          left = first.queuedFor - nanos();
          due = left <= 0 ? queue.poll() : null;
        }
      }
      if (due != null) {
        due.expire();
      } else if (left == Long.MAX_VALUE) {
        LockSupport.park(this);
      } else {
        LockSupport.parkNanos(this, left);
      }
    }
  }

  private final class Timer implements VmTimer {
    private final Object owner;
    private final Runnable expiry;
    private volatile long deadline = NEVER;

    /** The queue's key: like {@link #deadline}, but it never changes while the timer is queued. */
    private long queuedFor;

    Timer(Object owner, Runnable expiry) {
      this.owner = owner;
      this.expiry = expiry;
    }

    @Override
    public void arm(long nanos) {
      synchronized (HostClock.this) {
        queue.remove(this);
        deadline = nanos;
        queuedFor = nanos;
        queue.add(this);
        if (queue.peek() == this) {
          LockSupport.unpark(thread);
        }
      }
    }

    @Override
    public void cancel() {
      synchronized (HostClock.this) {
        queue.remove(this);
        deadline = NEVER;
      }
    }

    @Override
    public long deadline() {
      return deadline;
    }

    /**
     * The owner's monitor comes first: a device that re-arms or cancels just now wins over this
     * expiry.
     */
    void expire() {
      synchronized (owner) {
        synchronized (HostClock.this) {
          if (deadline == NEVER || deadline > nanos()) {
            return;
          }
          deadline = NEVER;
        }
        expiry.run();
      }
    }
  }
}
