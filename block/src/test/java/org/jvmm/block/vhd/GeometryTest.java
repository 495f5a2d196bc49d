package org.jvmm.block.vhd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** The CHS calculation of the specification's appendix. */
final class GeometryTest {
  @Test
  void tenGibibytesAreRoundedUpAsQemuRoundsThem() {
    assertEquals(10_737_893_376L, Geometry.holding((10L << 30) / 512).total() * 512);
  }

  @Test
  void aSmallDiskHasSeventeenSectorsATrack() {
    assertEquals(new Geometry(301, 4, 17), Geometry.of((10 << 20) / 512));
  }

  @Test
  void aDiskAtTheLimitHasTheLargestGeometry() {
    assertEquals(new Geometry(65535, 16, 255), Geometry.of(1L << 32));
  }

  @Test
  void whatHoldsASizeIsNeverSmallerUpToTheLimit() {
    Random random = new Random(1);
    for (int i = 0; i < 2000; i++) {
      long sectors = random.nextLong(Geometry.MOST_SECTORS - 5000) + 68;
      assertTrue(Geometry.holding(sectors).total() >= sectors, () -> "sectors " + sectors);
    }
  }
}
