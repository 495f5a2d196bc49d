package org.jvmm.softcpu.exec;

import org.jvmm.softcpu.cpu.Cpu;

/**
 * Whether HotSpot has compiled a {@link Region}. Before that, and after it took that back, the
 * blocks run faster one by one: interpreted bytecode is several times slower than their handlers.
 * HotSpot does not say what it has compiled, but calls that do nothing tell by their time.
 */
final class Warmth {
  /** Calls that are timed together. */
  private static final int CALLS = 16;

  /** Calls after which HotSpot compiles (Tier3InvocationThreshold). */
  private static final int FIRST_CALLS = 256;

  /** After how many chances to run it is looked again: twice as many each time, up to a limit. */
  private static final int LOOK = 64, LOOK_AT_LEAST = 4096;

  private final Region region;
  private final Cpu cpu;

  /** Times that it is timed: the first calls also take what caches miss. */
  private static final int TRIES = 3;

  /** What {@link #CALLS} took while the bytecode was interpreted. */
  private final long interpretedNanos;

  private boolean compiled;
  private int pause = LOOK;

  Warmth(Region region, Cpu cpu) {
    this.region = region;
    this.cpu = cpu;
    interpretedNanos = fastest();
    time(FIRST_CALLS);
  }

  private long fastest() {
    long fastest = Long.MAX_VALUE;
    for (int i = 0; i < TRIES; i++) {
      fastest = Math.min(fastest, time(CALLS));
    }
    return fastest;
  }

  private long time(int calls) {
    long start = System.nanoTime();
    for (int i = 0; i < calls; i++) {
      region.run(cpu, 0, Region.NOTHING, 0);
    }
    return System.nanoTime() - start;
  }

  /** Whether it may run now. */
  boolean look() {
    boolean was = compiled;
    compiled = fastest() < interpretedNanos / 4;
    pause = was && !compiled ? LOOK : Math.min(2 * pause, LOOK_AT_LEAST);
    return compiled;
  }

  /** After how many chances to run to look again. */
  int pause() {
    return compiled ? LOOK_AT_LEAST : pause;
  }
}
