package org.jvmm.pc.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Valid kernels with random damage: each either loads, with a sane entry, or is refused by a
 * BootException; anything else fails the test by itself. Seeds are fixed, and named on failure.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class KernelFuzzTest extends BootFixture {
  private static final int ROUNDS = 60;

  private int loaded;
  private int refused;

  private void tryToLoad(byte[] kernel, String what) throws IOException {
    try {
      LoadedKernel result = load(kernel);
      assertTrue(result.entry() >= PcMemoryLayout.EXTENDED_MEMORY && result.entry() < RAM, what);
      assertEquals(result.entry(), cpu.rip, what);
      loaded++;
    } catch (BootException e) {
      assertEquals(1, e.getMessage().lines().count(), what + ": " + e.getMessage());
      refused++;
    } catch (RuntimeException | Error e) {
      throw new AssertionError(what, e);
    }
  }

  /** Damages single bits and bytes, whole words with edge values, or the length. */
  private static byte[] damage(byte[] image, Random random, int within) {
    byte[] copy = image.clone();
    int changes = 1 + random.nextInt(4);
    for (int i = 0; i < changes; i++) {
      int at = random.nextInt(Math.min(within, copy.length - 8));
      switch (random.nextInt(5)) {
        case 0 -> copy[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> copy[at] = (byte) random.nextInt();
        case 2 -> Arrays.fill(copy, at, at + 4, (byte) 0xFF);
        case 3 -> Arrays.fill(copy, at, at + 8, (byte) (random.nextBoolean() ? 0x7F : 0));
        default -> {
          if (random.nextInt(8) == 0) {
            return Arrays.copyOf(copy, random.nextInt(copy.length));
          }
        }
      }
    }
    return copy;
  }

  @ParameterizedTest
  @EnumSource
  void damagedPayloads(Compression compression) throws IOException {
    byte[] image = KernelImages.bzImage(KernelImages.pack(compression, KernelImages.elf64(true)));
    for (int seed = 0; seed < ROUNDS; seed++) {
      tryToLoad(damage(image, new Random(seed), image.length), compression + " seed " + seed);
    }
    assertEquals(ROUNDS, loaded + refused);
  }

  @ParameterizedTest
  @EnumSource
  void damagedPayloadHeads(Compression compression) throws IOException {
    byte[] image = KernelImages.bzImage(KernelImages.pack(compression, KernelImages.elf64(true)));
    for (int seed = 0; seed < ROUNDS / 3; seed++) {
      byte[] damaged = image.clone();
      byte[] head = Arrays.copyOfRange(image, 2048, 2048 + 40);
      System.arraycopy(damage(head, new Random(seed), 32), 0, damaged, 2048, 8);
      tryToLoad(damaged, compression + " head seed " + seed);
    }
    assertEquals(ROUNDS / 3, loaded + refused);
  }

  @Test
  void damagedSetupHeaders() throws IOException {
    byte[] image =
        KernelImages.bzImage(KernelImages.pack(Compression.LZ4, KernelImages.elf64(false)));
    for (int seed = 0; seed < 4 * ROUNDS; seed++) {
      byte[] damaged = image.clone();
      byte[] header = Arrays.copyOfRange(image, 0x1F1, 0x270);
      byte[] changed = damage(header, new Random(seed), header.length);
      System.arraycopy(changed, 0, damaged, 0x1F1, changed.length);
      tryToLoad(damaged, "setup header seed " + seed);
    }
    assertTrue(refused > 0 && loaded > 0, "loaded %d, refused %d".formatted(loaded, refused));
  }

  @Test
  void damagedElfHeaders() throws IOException {
    for (byte[] elf :
        new byte[][] {
          KernelImages.elf64(false), KernelImages.elf64(true), KernelImages.elf32(true)
        }) {
      for (int seed = 0; seed < 2 * ROUNDS; seed++) {
        tryToLoad(damage(elf, new Random(seed), 0x260), "ELF seed " + seed);
      }
    }
    assertTrue(refused > 0 && loaded > 0, "loaded %d, refused %d".formatted(loaded, refused));
  }

  @Test
  void noise() throws IOException {
    for (int seed = 0; seed < ROUNDS; seed++) {
      byte[] noise = new byte[new Random(seed).nextInt(5000)];
      new Random(seed).nextBytes(noise);
      if (noise.length > 64 && seed % 3 > 0) {
        System.arraycopy(KernelImages.elf64(false), 0, noise, 0, seed % 3 == 1 ? 4 : 20);
      }
      tryToLoad(noise, "noise seed " + seed);
    }
    assertEquals(ROUNDS, refused);
  }
}
