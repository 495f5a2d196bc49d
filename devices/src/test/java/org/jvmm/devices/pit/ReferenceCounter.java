package org.jvmm.devices.pit;

/**
 * A counter of the 8254 that is really clocked, one CLK pulse after the other, in the words of the
 * datasheet's mode definitions: slow and plain, to check {@link Counter} against. Binary or BCD,
 * counts as whole words.
 */
final class ReferenceCounter {
  private final boolean bcd;
  private final int mode;
  private boolean gate;
  private boolean trigger;
  private boolean written;
  private boolean loadPending;
  private boolean loaded;
  private boolean halfWritten;
  private boolean strobeArmed;
  private int cr;
  private int ce;
  boolean out;
  boolean nullCount = true;

  ReferenceCounter(int mode, boolean bcd, boolean gate) {
    this.mode = mode;
    this.bcd = bcd;
    this.gate = gate;
    out = mode != 0;
  }

  void writeFirstByte() {
    halfWritten = true;
    if (mode == 0) {
      out = false;
    }
  }

  void writeCount(int count) {
    halfWritten = false;
    cr = count;
    written = true;
    nullCount = true;
    switch (mode) {
      case 0 -> {
        out = false;
        loadPending = true;
      }
      case 2, 3 -> loadPending |= !loaded;
      case 4 -> loadPending = true;
      default -> {}
    }
  }

  void gate(boolean high) {
    if (high && !gate && written) {
      trigger = true;
    }
    gate = high;
    if (!high && (mode == 2 || mode == 3)) {
      out = true;
      stopped = true;
      if (mode == 3) {
        ceOfHighHalf = true;
      }
    }
  }

  private boolean stopped;
  private boolean ceOfHighHalf = true;
  private int n;

  private int full() {
    int max = bcd ? 10_000 : 0x1_0000;
    int count = cr % max;
    if (count == 1 && (mode == 2 || mode == 3)) {
      count = 2;
    }
    return count == 0 ? max : count;
  }

  private void load() {
    n = full();
    ce = n;
    loaded = true;
    nullCount = false;
    loadPending = false;
  }

  /** One CLK pulse. */
  void clock() {
    boolean triggered = trigger && mode != 0 && mode != 4;
    trigger = false;
    if (loadPending || triggered) {
      load();
      stopped = !gate;
      ceOfHighHalf = true;
      strobeArmed = true;
      switch (mode) {
        case 1 -> out = false;
        case 2, 3, 4, 5 -> out = true;
        default -> {}
      }
      if (mode == 3) {
        ce = n & ~1;
      }
      return;
    }
    if (!loaded) {
      return;
    }
    switch (mode) {
      case 0 -> {
        if (gate && !halfWritten && count() == 0) {
          out = true;
        }
      }
      case 1 -> {
        if (count() == 0) {
          out = true;
        }
      }
      case 2 -> clockRateGenerator();
      case 3 -> clockSquareWave();
      default -> {
        if (mode == 5 || gate) {
          boolean zero = count() == 0;
          out = !(zero && strobeArmed);
          strobeArmed &= !zero;
        }
      }
    }
  }

  private int count() {
    int max = bcd ? 10_000 : 0x1_0000;
    ce = Math.floorMod(ce - 1, max);
    return ce;
  }

  private void clockRateGenerator() {
    if (stopped) {
      return;
    }
    if (ce == 1) {
      load();
      out = true;
    } else {
      ce--;
      out = ce != 1;
    }
  }

  private void clockSquareWave() {
    if (stopped) {
      return;
    }
    boolean odd = (n & 1) != 0;
    boolean expired = odd && ceOfHighHalf ? ce == 0 : ce == 2;
    if (expired) {
      load();
      ce = n & ~1;
      ceOfHighHalf = !ceOfHighHalf;
      out = ceOfHighHalf;
    } else {
      ce -= 2;
    }
  }

  /** What a count latch command would latch. */
  int register() {
    int value = ce % (bcd ? 10_000 : 0x1_0000);
    return bcd
        ? value / 1000 << 12 | value / 100 % 10 << 8 | value / 10 % 10 << 4 | value % 10
        : value;
  }
}
