package org.jvmm.testkit;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Assertions;
import org.jvmm.core.bus.MmioDevice;
import org.jvmm.core.bus.PortDevice;

/**
 * Random accesses to a device, as a hostile guest makes them: none may throw, none may loop without
 * bound. The same seed makes the same accesses; a failure names the seed and the last accesses.
 *
 * <pre>{@code
 * BusFuzz.ports(uart, 8, 1).clock(clock).beside(random -> uart.receiveBreak()).run(100_000);
 * }</pre>
 */
public final class BusFuzz {
  /** Far beyond what a run takes: only a hang is to be found. */
  private static final Duration TIME_LIMIT = Duration.ofMinutes(5);

  private static final int HISTORY = 16;

  /** The two kinds of device seen alike. */
  private interface Target {
    long read(long offset, int size);

    void write(long offset, int size, long value);
  }

  /** One thing done, formatted only for the report of a failure. */
  private record Step(String kind, long offset, int size, long value) {
    @Override
    public String toString() {
      return "%s %#x/%d=%#x".formatted(kind, offset, size, value);
    }
  }

  private final Object device;
  private final Target target;
  private final long window;
  private final int width;
  private final Deque<Step> history = new ArrayDeque<>();
  private long seed = 1;
  private Consumer<Random> beside = random -> {};

  private BusFuzz(Object device, Target target, long window, int width) {
    this.device = device;
    this.target = target;
    this.window = window;
    this.width = width;
  }

  /**
   * Fuzzes a port device.
   *
   * @param count number of ports in its window
   * @param width widest access in bytes, as at wiring
   */
  public static BusFuzz ports(PortDevice device, int count, int width) {
    return new BusFuzz(
        device,
        new Target() {
          @Override
          public long read(long offset, int size) {
            return device.read((int) offset, size);
          }

          @Override
          public void write(long offset, int size, long value) {
            device.write((int) offset, size, (int) value);
          }
        },
        count,
        width);
  }

  /**
   * Fuzzes an MMIO device.
   *
   * @param window size of its window in bytes
   * @param width widest access in bytes, as at wiring
   */
  public static BusFuzz mmio(MmioDevice device, long window, int width) {
    return new BusFuzz(
        device,
        new Target() {
          @Override
          public long read(long offset, int size) {
            return device.read(offset, size);
          }

          @Override
          public void write(long offset, int size, long value) {
            device.write(offset, size, value);
          }
        },
        window,
        width);
  }

  /** Chooses another sequence of accesses than the default one. */
  public BusFuzz seed(long value) {
    seed = value;
    return this;
  }

  /** Lets time go on by up to 100 ms now and then, mostly by much less. */
  public BusFuzz clock(ManualClock clock) {
    return beside(
        random -> clock.advance(random.nextLong(1L << random.nextInt(10, 27)))); // 1 us to 134 ms
  }

  /** Something else that happens now and then, about every 16 accesses: input, reset, time. */
  public BusFuzz beside(Consumer<Random> event) {
    beside = beside.andThen(event);
    return this;
  }

  /**
   * Makes the accesses.
   *
   * @throws AssertionError if the device throws or does not come to an end
   */
  public void run(int accesses) {
    Assertions.assertTimeoutPreemptively(
        TIME_LIMIT, () -> accessAtRandom(accesses), () -> "seed " + seed + ": hangs");
  }

  private void accessAtRandom(int accesses) {
    Random random = new Random(seed);
    for (int i = 0; i < accesses; i++) {
      try {
        if (random.nextInt(16) == 0) {
          note(new Step("event", 0, 0, 0));
          beside.accept(random);
        }
        access(random);
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError(
            "seed %d, access %d: %s, after %s".formatted(seed, i, e, history), e);
      }
    }
  }

  private void access(Random random) {
    int size = 1 << random.nextInt(Integer.numberOfTrailingZeros(width) + 1);
    if (size > window) {
      return;
    }
    long offset = random.nextLong(window - size + 1);
    if (random.nextBoolean()) {
      note(new Step("read", offset, size, 0));
      synchronized (device) {
        target.read(offset, size);
      }
    } else {
      long value = value(random) & (size == 8 ? -1L : (1L << (8 * size)) - 1);
      note(new Step("write", offset, size, value));
      synchronized (device) {
        target.write(offset, size, value);
      }
    }
  }

  /** Registers react to few bits, to all and to none more often than to noise. */
  private static long value(Random random) {
    return switch (random.nextInt(6)) {
      case 0 -> 0;
      case 1 -> -1;
      case 2 -> 1L << random.nextInt(64);
      case 3 -> random.nextInt(16);
      default -> random.nextLong();
    };
  }

  private void note(Step step) {
    if (history.size() == HISTORY) {
      history.removeFirst();
    }
    history.addLast(step);
  }
}
