package org.jvmm.testkit;

import java.util.ArrayList;
import java.util.List;
import org.jvmm.core.irq.IrqLine;

/** A wire that remembers its edges. Not thread-safe. */
public final class RecordingIrqLine implements IrqLine {
  private final List<Boolean> edges = new ArrayList<>();
  private boolean level;

  @Override
  public void set(boolean high) {
    if (level != high) {
      level = high;
      edges.add(high);
    }
  }

  /** The level now; low at first. */
  public boolean level() {
    return level;
  }

  /** All changes since the start or {@link #forget()}, oldest first; true is a rising edge. */
  public List<Boolean> edges() {
    return List.copyOf(edges);
  }

  /** Number of rising edges since the start or {@link #forget()}. */
  public int rises() {
    return (int) edges.stream().filter(high -> high).count();
  }

  /** Forgets the edges, keeps the level. */
  public void forget() {
    edges.clear();
  }
}
