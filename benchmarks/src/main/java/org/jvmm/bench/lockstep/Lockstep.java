package org.jvmm.bench.lockstep;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jvmm.core.accel.CpuState;
import org.jvmm.core.accel.VcpuExit;

/**
 * Runs a guest on two engines and finds the first instruction after which they differ.
 *
 * <p>They are compared every so many instructions. When they differ, both begin again, because a
 * run is the same each time, and go step by step from where they were last equal. Both are told the
 * same invented values when the guest asks a device.
 */
public final class Lockstep {
  private static final int REMEMBERED = 16;

  /** How a stretch of a run ended. */
  private enum End {
    REACHED,
    GUEST_ENDED,
    DIFFERENT
  }

  private final FlatGuest guest;

  /**
   * Exits to devices after which a guest is taken to be at its end: a repeated instruction of four
   * thousand million turns, where no RAM is, takes hours.
   */
  private static final int MAX_EXITS = 1 << 17;

  private final Function<FlatGuest, Engine> left;
  private final Function<FlatGuest, Engine> right;
  private final Deque<String> last = new ArrayDeque<>();
  private Engine a;
  private Engine b;
  private long answers;
  private List<String> differences = List.of();
  private long executed;

  /** Makes a run of a guest on two kinds of engine. */
  public Lockstep(
      FlatGuest guest, Function<FlatGuest, Engine> left, Function<FlatGuest, Engine> right) {
    this.guest = guest;
    this.left = left;
    this.right = right;
  }

  /** Instructions that were compared. */
  public long executed() {
    return executed;
  }

  /**
   * Compares.
   *
   * @param limit where to stop if the guest does not end by HLT, a triple fault, or more than
   *     {@link #MAX_EXITS} between two looks
   * @param every instructions between two looks; 1 where undefined flags may differ, as against KVM
   * @return where they differ first, or nothing
   */
  public Optional<Divergence> run(long limit, int every) {
    long equal = 0;
    begin();
    try {
      while (equal < limit) {
        End end = stretch(Math.min(limit, equal + every), every == 1);
        if (end == End.DIFFERENT) {
          return Optional.of(every == 1 ? divergence() : narrow(equal, every));
        }
        if (end == End.GUEST_ENDED) {
          break;
        }
        equal += every;
      }
      executed = a.instructions();
      return Optional.empty();
    } finally {
      finish();
    }
  }

  private void begin() {
    answers = 0;
    last.clear();
    a = left.apply(guest);
    b = right.apply(guest);
  }

  private void finish() {
    a.close();
    b.close();
  }

  private Divergence divergence() {
    return new Divergence(a.instructions(), List.copyOf(last), differences);
  }

  /** Goes step by step from where both were equal. */
  private Divergence narrow(long equal, int every) {
    List<String> coarse = differences;
    finish();
    begin();
    long from = Math.max(0, equal - REMEMBERED);
    if (from > 0 && stretch(from, false) != End.REACHED) {
      return irreproducible(coarse);
    }
    for (long at = from + 1; at <= equal + every; at++) {
      End end = stretch(at, true);
      if (end == End.DIFFERENT) {
        return divergence();
      }
      if (end == End.GUEST_ENDED) {
        break;
      }
    }
    return irreproducible(coarse);
  }

  /** One of the engines does not run the same way each time, or differs only at its own pace. */
  private Divergence irreproducible(List<String> coarse) {
    List<String> all = new ArrayList<>(coarse);
    all.add("  not seen again step by step");
    return new Divergence(a.instructions(), List.copyOf(last), all);
  }

  private End stretch(long to, boolean remember) {
    int undefined = 0;
    if (remember) {
      undefined = Listing.undefinedFlags(a.state(), a.memory());
      remember();
    }
    for (int exits = 0; exits < MAX_EXITS; exits++) {
      VcpuExit x = a.runTo(to);
      VcpuExit y = b.runTo(to);
      Comparison comparison = new Comparison().exits(x, y);
      if (x == null || y == null || !answer(x, y)) {
        comparison.states(a.state(), b.state(), undefined);
        comparison.memories(a.memory(), b.memory(), guest.ram());
        differences = comparison.found();
        if (!differences.isEmpty()) {
          return End.DIFFERENT;
        }
        adopt(undefined);
        return x == null && y == null ? End.REACHED : End.GUEST_ENDED;
      }
      if (!comparison.found().isEmpty()) {
        differences = comparison.found();
        return End.DIFFERENT;
      }
    }
    return End.GUEST_ENDED;
  }

  private void remember() {
    if (last.size() == REMEMBERED) {
      last.removeFirst();
    }
    last.addLast(Listing.line(a.state(), a.memory()));
  }

  /** What one engine makes of undefined flags the other one has to have too. */
  private void adopt(int undefined) {
    CpuState from = a.state();
    CpuState to = b.state();
    if (((from.rflags ^ to.rflags) & undefined) != 0) {
      to.rflags = to.rflags & ~undefined | from.rflags & undefined;
      b.adopt(to);
    }
  }

  /** Answers an exit; false if it is none that goes on. */
  private boolean answer(VcpuExit x, VcpuExit y) {
    switch (x.reason()) {
      case IO_OUT, MMIO_WRITE -> {
        return true;
      }
      case IO_IN, MMIO_READ -> {
        for (int i = 0; i < x.count(); i++) {
          long value = ++answers * 0x9e37_79b9_7f4a_7c15L >>> 8;
          x.reply(i, value);
          if (i < y.count()) {
            y.reply(i, value);
          }
        }
        return true;
      }
      default -> {
        return false;
      }
    }
  }
}
