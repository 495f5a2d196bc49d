package org.jvmm.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.jvmm.core.mem.ScatterList;

/** The disk that an image should be, as an array beside it; every operation goes to both. */
public final class ImageModel {
  /** What the disk should read as. */
  public byte[] bytes;

  private final Random random;
  private BlockImage image;
  private ScatteredRam ram;

  /** Beside an image of zeroes. */
  public ImageModel(BlockImage image, Random random) {
    this.image = image;
    this.random = random;
    this.bytes = new byte[(int) image.size()];
  }

  /** Goes on with the same disk, opened anew. */
  public void reopened(BlockImage next) {
    image = next;
  }

  /** One random operation; flush and reopening are the caller's. */
  public void step() throws IOException {
    int length = 1 + random.nextInt(random.nextInt(8) == 0 ? 700_000 : 9000);
    int offset = random.nextInt(bytes.length);
    if (random.nextInt(3) == 0) {
      offset &= -4096;
      length = length + 4095 & -4096;
    }
    length = Math.min(length, bytes.length - offset);
    switch (random.nextInt(8)) {
      case 0, 1, 2 -> write(offset, length);
      case 3 -> writeZeroes(offset, length);
      case 4 -> discard(offset, length);
      default -> check(offset, length);
    }
  }

  /** Writes random bytes. */
  public void write(int offset, int length) throws IOException {
    byte[] data = new byte[length];
    random.nextBytes(data);
    System.arraycopy(data, 0, bytes, offset, length);
    if (random.nextBoolean() && image.scatter().isPresent()) {
      ScatterList list = ram().fill(data).list(length);
      image.scatter().get().write(offset, list);
      assertEquals(0, list.remaining(), "a write takes all of the list");
      return;
    }
    ByteBuffer from = random.nextBoolean() ? ByteBuffer.wrap(data) : direct(data);
    image.write(offset, from);
    assertEquals(from.limit(), from.position(), "a write takes all of the buffer");
    assertEquals(length, from.limit());
  }

  private ScatteredRam ram() {
    if (ram == null) {
      ram = new ScatteredRam(random.nextLong());
    }
    return ram;
  }

  private static ByteBuffer direct(byte[] data) {
    return ByteBuffer.allocateDirect(data.length).put(data).flip();
  }

  /** Writes zeroes. */
  public void writeZeroes(int offset, int length) throws IOException {
    image.writeZeroes(offset, length);
    Arrays.fill(bytes, offset, offset + length, (byte) 0);
  }

  /** Discards; each byte reads as before or as zero, and stays so. */
  public void discard(int offset, int length) throws IOException {
    image.discard(offset, length);
    byte[] now = read(offset, length);
    for (int i = 0; i < length; i++) {
      if (now[i] != 0) {
        assertEquals(bytes[offset + i], now[i], "at " + (offset + i));
      }
    }
    System.arraycopy(now, 0, bytes, offset, length);
  }

  /** Compares a range. */
  public void check(int offset, int length) throws IOException {
    byte[] expected = Arrays.copyOfRange(bytes, offset, offset + length);
    assertArrayEquals(expected, read(offset, length), () -> "disk from " + offset);
  }

  /** Compares the whole disk, and what its extents say. */
  public void checkAll() throws IOException {
    assertEquals(bytes.length, image.size());
    check(0, bytes.length);
    for (long at = 0; at < bytes.length; ) {
      Extent extent = image.extent(at);
      assertTrue(extent.length() > 0 && at + extent.length() <= bytes.length, extent::toString);
      if (extent.zero()) {
        for (long i = at; i < at + extent.length(); i++) {
          assertEquals(0, bytes[(int) i], "said to be zero at " + i);
        }
      }
      at += extent.length();
    }
  }

  private byte[] read(int offset, int length) throws IOException {
    if (random.nextBoolean() && image.scatter().isPresent()) {
      ScatterList list = ram().list(length);
      image.scatter().get().read(offset, list);
      assertEquals(0, list.remaining(), "a read fills the list");
      return ram().content(length);
    }
    ByteBuffer into =
        random.nextBoolean() ? ByteBuffer.allocate(length) : ByteBuffer.allocateDirect(length);
    image.read(offset, into);
    assertEquals(length, into.position(), "a read fills the buffer");
    byte[] data = new byte[length];
    into.flip().get(data);
    return data;
  }
}
