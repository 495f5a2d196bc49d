package org.jvmm.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.jvmm.block.BlockImage;
import org.jvmm.block.CreateOptions;
import org.jvmm.block.Images;
import org.jvmm.block.OpenOptions;

/**
 * Prints how fast disk images are written and read: MB/s in sequence, requests a second at random.
 * Beside it run {@code qemu-img bench} with the same request size on the same file system.
 */
public final class DiskSpeed {
  private static final long SIZE = 1L << 30;
  private static final int LARGE = 1 << 20;
  private static final int SMALL = 4096;
  private static final int RANDOM_REQUESTS = 50_000;

  private DiskSpeed() {}

  /** With a directory for the images; by default the temporary one. */
  public static void main(String[] arguments) throws IOException {
    Path directory = Path.of(arguments.length > 0 ? arguments[0] : "/tmp");
    System.out.printf(
        "%-24s %10s %10s %10s %12s %12s%n",
        "", "allocate", "overwrite", "read", "random write", "random read");
    for (int round = 0; round < 2; round++) {
      measure(directory, "raw", Map.of());
      measure(directory, "qcow2", Map.of());
      measure(directory, "qcow2", Map.of("cluster_size", "4k"));
      measure(directory, "qcow2", Map.of("cluster_size", "2M"));
    }
  }

  private static void measure(Path directory, String format, Map<String, String> options)
      throws IOException {
    Path path = Files.createTempFile(directory, "speed", "." + format);
    try {
      Images.create(path, format, SIZE, new CreateOptions(options));
      try (BlockImage image = Images.open(path, format, OpenOptions.WRITABLE)) {
        System.out.printf(
            "%-24s %10.0f %10.0f %10.0f %12.0f %12.0f%n",
            format + " " + options,
            sequence(image, true),
            sequence(image, true),
            sequence(image, false),
            random(image, true),
            random(image, false));
      }
    } finally {
      Files.delete(path);
    }
  }

  /** MB/s, the flush at the end included. */
  private static double sequence(BlockImage image, boolean write) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(LARGE);
    for (int i = 0; i < LARGE; i++) {
      buffer.put((byte) (i * 31 >> 3));
    }
    long start = System.nanoTime();
    for (long at = 0; at < SIZE; at += LARGE) {
      transfer(image, write, at, buffer.clear());
    }
    image.flush();
    return SIZE / 1e6 / ((System.nanoTime() - start) / 1e9);
  }

  /** Requests a second, the flush at the end included. */
  private static double random(BlockImage image, boolean write) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(SMALL);
    Random random = new Random(1);
    long start = System.nanoTime();
    for (int i = 0; i < RANDOM_REQUESTS; i++) {
      long at = (long) random.nextInt((int) (SIZE / SMALL)) * SMALL;
      transfer(image, write, at, buffer.clear());
    }
    image.flush();
    return RANDOM_REQUESTS / ((System.nanoTime() - start) / 1e9);
  }

  private static void transfer(BlockImage image, boolean write, long at, ByteBuffer buffer)
      throws IOException {
    if (write) {
      image.write(at, buffer);
    } else {
      image.read(at, buffer);
    }
  }
}
