package org.jvmm.block;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/**
 * A sequence of operations, the same for the same seed, in which each sector tells which operation
 * wrote it: so it can be said after a crash what a sector may hold.
 */
public final class StampedDisk {
  /** Bytes of a sector. */
  public static final int SECTOR = 512;

  private enum Kind {
    WRITE,
    ZERO,
    DISCARD,
    FLUSH
  }

  private record Step(Kind kind, int first, int count) {}

  private final int sectors;
  private final List<Step> steps = new ArrayList<>();

  /** Operations on a disk of so many sectors. */
  public StampedDisk(long seed, int sectors, int count) {
    this.sectors = sectors;
    Random random = new Random(seed);
    for (int i = 0; i < count; i++) {
      int most = random.nextInt(4) == 0 ? 300 : 20;
      int first = random.nextInt(sectors);
      int length = Math.min(sectors - first, 1 + random.nextInt(most));
      steps.add(new Step(kind(random.nextInt(16)), first, length));
    }
  }

  private static Kind kind(int number) {
    return switch (number) {
      case 0, 1, 2 -> Kind.FLUSH;
      case 3, 4 -> Kind.DISCARD;
      case 5, 6 -> Kind.ZERO;
      default -> Kind.WRITE;
    };
  }

  /** How many operations there are. */
  public int size() {
    return steps.size();
  }

  /** Whether an operation is a flush. */
  public boolean flushes(int index) {
    return steps.get(index).kind == Kind.FLUSH;
  }

  /** Does an operation. */
  public void apply(BlockImage image, int index) throws IOException {
    Step step = steps.get(index);
    long offset = (long) step.first * SECTOR;
    long length = (long) step.count * SECTOR;
    switch (step.kind) {
      case FLUSH -> image.flush();
      case ZERO -> image.writeZeroes(offset, length);
      case DISCARD -> image.discard(offset, length);
      case WRITE -> {
        ByteBuffer data = ByteBuffer.allocate((int) length);
        for (int i = 0; i < step.count; i++) {
          for (int j = 0; j < SECTOR; j += Long.BYTES) {
            data.putLong(stamp(index, step.first + i));
          }
        }
        image.write(offset, data.flip());
      }
    }
  }

  private static long stamp(int index, int sector) {
    return (index + 1L) << 32 | sector;
  }

  /**
   * Checks each sector.
   *
   * @param flushed operations before this one are durable
   * @param begun operations before this one may have happened, each sector of them or not
   */
  public void verify(BlockImage image, int flushed, int begun) throws IOException {
    ByteBuffer disk = ByteBuffer.allocate(sectors * SECTOR);
    image.read(0, disk);
    List<Set<Long>> allowed = new ArrayList<>();
    for (int i = 0; i < sectors; i++) {
      allowed.add(new TreeSet<>(Set.of(0L)));
    }
    for (int index = 0; index < begun; index++) {
      Step step = steps.get(index);
      for (int sector = step.first; sector < step.first + step.count; sector++) {
        allow(allowed.get(sector), step.kind, stamp(index, sector), index < flushed);
      }
    }
    for (int sector = 0; sector < sectors; sector++) {
      long stamp = disk.getLong(sector * SECTOR);
      Set<Long> these = allowed.get(sector);
      int at = sector;
      assertTrue(
          these.contains(stamp), () -> "sector %d is %#x, may be %s".formatted(at, stamp, these));
      for (int j = 0; j < SECTOR; j += Long.BYTES) {
        assertTrue(disk.getLong(sector * SECTOR + j) == stamp, () -> "sector torn: " + at);
      }
    }
  }

  private static void allow(Set<Long> allowed, Kind kind, long stamp, boolean sure) {
    if (kind == Kind.FLUSH) {
      return;
    }
    if (sure && kind != Kind.DISCARD) {
      allowed.clear();
    }
    allowed.add(kind == Kind.WRITE ? stamp : 0L);
  }
}
