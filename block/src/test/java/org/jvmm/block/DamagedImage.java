package org.jvmm.block;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jvmm.block.Checkable.Repair;
import org.jvmm.block.SoundImages.Sound;

/**
 * An image that was sound, damaged as a script of bytes says: every script is one, so that random
 * bytes and a guided fuzzer make them alike.
 */
final class DamagedImage {
  /** Heap that the whole use of an image may ask for, the copies that the test makes included. */
  private static final long MOST_ALLOCATED = 512L << 20;

  private static final int MOST_EXTENTS = 100;
  private static final int MOST_READ = 1 << 18;
  private static final com.sun.management.ThreadMXBean THREADS =
      (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();

  private final Sound sound;
  private final Map<String, MemoryFile> files = new LinkedHashMap<>();
  private final boolean writable;

  /** The script's first byte chooses the image. */
  static DamagedImage of(byte[] script) {
    List<Sound> all = SoundImages.all();
    int choice = script.length == 0 ? 0 : script[0] & 0xff;
    return new DamagedImage(all.get(choice % all.size()), script);
  }

  /** An image of one kind; the script's first byte is passed over. */
  DamagedImage(Sound sound, byte[] script) {
    this.sound = sound;
    sound.files().forEach((name, file) -> files.put(name, file.copy(false)));
    ByteBuffer rest = ByteBuffer.wrap(script).position(Math.min(1, script.length));
    int flags = u8(rest);
    writable = (flags & 1) != 0;
    while (rest.hasRemaining()) {
      damage(rest);
    }
    if ((flags & 6) != 0) {
      sound.mend().accept(own());
    }
  }

  private MemoryFile own() {
    return files.values().iterator().next();
  }

  private static int u8(ByteBuffer script) {
    return script.hasRemaining() ? script.get() & 0xff : 0;
  }

  private static int u16(ByteBuffer script) {
    return u8(script) | u8(script) << 8;
  }

  private static long u64(ByteBuffer script) {
    long value = 0;
    for (int i = 0; i < 8; i++) {
      value = value << 8 | u8(script);
    }
    return value;
  }

  /** Changes a field in a sector that holds something. */
  private void damage(ByteBuffer script) {
    int how = u8(script);
    MemoryFile file = List.copyOf(files.values()).get((how >> 6) % files.size());
    if ((how & 0x3f) == 0) {
      file.resize(u8(script) % 2 == 0 ? 1L << u8(script) % 50 : file.size() * u8(script) / 256);
      return;
    }
    long[] sectors = file.sectors();
    if (sectors.length == 0) {
      return;
    }
    int choice = u16(script);
    // Often the first one: it is the header mostly.
    int sector = choice >> 14 == 0 ? 0 : (choice >> 9 & 0x1f) % sectors.length;
    int width = 1 << (how & 3);
    long at = sectors[sector] * 512 + (choice & 0x1ff & -Math.min(width, 4));
    ByteBuffer field = ByteBuffer.allocate(8);
    file.read(at, field);
    field.clear().order((how & 4) == 0 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    put(field, width, value(how >> 3 & 7, script, field, width));
    try {
      file.write(at, field.limit(width));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private long value(int form, ByteBuffer script, ByteBuffer field, int width) {
    return switch (form) {
      case 0 -> get(field, width) + (byte) u8(script);
      case 1 -> 1L << u8(script) % 64;
      case 2 -> -1L >>> u8(script) % 64;
      case 3 -> u8(script);
      case 4 -> (long) u16(script) << 9;
      case 5 -> own().size() / 512 + (byte) u8(script);
      case 6 -> own().size() + (byte) u8(script);
      default -> u64(script);
    };
  }

  private static long get(ByteBuffer field, int width) {
    return switch (width) {
      case 1 -> field.get(0);
      case 2 -> field.getShort(0);
      case 4 -> field.getInt(0);
      default -> field.getLong(0);
    };
  }

  private static void put(ByteBuffer field, int width, long value) {
    switch (width) {
      case 1 -> field.put(0, (byte) value);
      case 2 -> field.putShort(0, (short) value);
      case 4 -> field.putInt(0, (int) value);
      default -> field.putLong(0, value);
    }
  }

  /**
   * Does everything with it; only an exception that says what is wrong may come.
   *
   * @return its message, or null without one
   */
  String use() {
    long allocated = THREADS.getCurrentThreadAllocatedBytes();
    String refusal = refusal();
    long more = THREADS.getCurrentThreadAllocatedBytes() - allocated;
    assertTrue(more < MOST_ALLOCATED, () -> "allocated %#x bytes".formatted(more));
    return refusal;
  }

  private String refusal() {
    OpenOptions options =
        OpenOptions.READ_ONLY
            .withReadOnly(!writable)
            .withRepair(writable)
            .withFiles((path, how) -> sibling(path, how.readOnly()));
    try (BlockImage image = Images.format(sound.format()).open(own().copy(!writable), options)) {
      read(image);
      if (image instanceof Described described) {
        described.facts();
      }
      if (image instanceof Snapshots snapshots) {
        snapshots.snapshots();
      }
      if (image instanceof Checkable checkable) {
        checkable.check(Repair.NONE);
      }
      if (writable) {
        change(image);
      }
      return null;
    } catch (ImageException | NoSpaceException e) {
      assertTrue(e.getMessage() != null && !e.getMessage().isBlank(), e::toString);
      return e.getMessage();
    } catch (IOException e) {
      throw new AssertionError("not an exception of the format: " + e, e);
    }
  }

  private MemoryFile sibling(Path path, boolean forReading) throws ImageException {
    MemoryFile file = files.get(path.getFileName().toString());
    if (file == null) {
      throw new ImageException(path + ": no such file");
    }
    return file.copy(forReading);
  }

  private static void read(BlockImage image) throws IOException {
    long at = 0;
    for (int i = 0; i < MOST_EXTENTS && at < image.size(); i++) {
      try {
        long here = at;
        long length = image.extent(at).length();
        assertTrue(
            length > 0 && length <= image.size() - at,
            () -> "extent of %#x bytes at %#x".formatted(length, here));
        image.read(at, ByteBuffer.allocate((int) Math.min(length, MOST_READ)));
        at += length;
      } catch (ImageException e) {
        // The next range may be sound.
        at += 1 << 16;
      }
    }
    int end = (int) Math.min(image.size(), 1000);
    image.read(image.size() - end, ByteBuffer.allocate(end));
  }

  private static void change(BlockImage image) throws IOException {
    long size = image.size();
    if (size < 100_000) {
      return;
    }
    image.write(size / 3, ByteBuffer.allocate(9_000).put(7, (byte) 1));
    image.writeZeroes(size / 2, 20_000);
    image.discard(size / 4, 30_000);
    image.write(size - 10, ByteBuffer.wrap(new byte[10]));
    image.flush();
    if (image instanceof Snapshots snapshots) {
      snapshots.createSnapshot("more");
      snapshots.applySnapshot("more");
      snapshots.deleteSnapshot("more");
    }
    if (image instanceof Resizable resizable && size < 1L << 40) {
      resizable.resize(size + 512, "off");
    }
    if (image instanceof Checkable checkable) {
      checkable.check(Repair.ALL);
    }
  }
}
