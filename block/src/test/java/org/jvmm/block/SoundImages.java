package org.jvmm.block;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/** Small images of every format, with all structures that it has, to be damaged. */
final class SoundImages {
  private static final int ROOM = 32 << 20;
  private static final int SIZE = 3 << 20;
  private static final int GRAIN = 1 << 16;

  /**
   * An image.
   *
   * @param name of the kind
   * @param files by name, the image's own first
   * @param mend makes the checksums right again, so that what they cover is looked at
   */
  record Sound(
      String format, String name, Map<String, MemoryFile> files, Consumer<MemoryFile> mend) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static final List<Sound> ALL = new ArrayList<>();

  private SoundImages() {}

  /** All of them, made once. */
  static synchronized List<Sound> all() {
    if (ALL.isEmpty()) {
      try {
        make();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return ALL;
  }

  private static void make() throws IOException {
    add("raw", Map.of());
    add("qcow2", Map.of("cluster_size", "512"));
    add("qcow2", Map.of("cluster_size", "512", "refcount_bits", "64", "lazy_refcounts", "on"));
    add("qcow2", Map.of("cluster_size", "1k", "compression_type", "zstd"));
    add("qcow2", Map.of("cluster_size", "4k", "compat", "0.10"));
    add("vmdk", Map.of());
    add("vmdk", Map.of("subformat", "streamOptimized"));
    add("vmdk", Map.of("subformat", "twoGbMaxExtentSparse"));
    add("vmdk", Map.of("subformat", "monolithicFlat"));
    add("vdi", Map.of());
    add("vpc", Map.of());
    add("vpc", Map.of("subformat", "fixed"));
    ALL.add(vhdx());
  }

  private static void add(String format, Map<String, String> options) throws IOException {
    Path directory = Files.createTempDirectory("sound");
    try {
      Path path = directory.resolve("disk." + format);
      Images.create(path, format, SIZE, new CreateOptions(options));
      try (BlockImage image = Images.open(path, format, OpenOptions.WRITABLE)) {
        fill(image);
      }
      Map<String, MemoryFile> files = new LinkedHashMap<>();
      files.put("disk." + format, MemoryFile.of(Files.readAllBytes(path), ROOM));
      try (Stream<Path> others = Files.list(directory)) {
        for (Path each : others.filter(other -> !other.equals(path)).sorted().toList()) {
          files.put(each.getFileName().toString(), MemoryFile.of(Files.readAllBytes(each), ROOM));
        }
      }
      Consumer<MemoryFile> mend = format.equals("vpc") ? SoundImages::mendVhd : file -> {};
      ALL.add(new Sound(format, format + " " + options, files, mend));
    } finally {
      try (Stream<Path> all = Files.list(directory)) {
        for (Path each : all.toList()) {
          Files.delete(each);
        }
      }
      Files.delete(directory);
    }
  }

  /** By whole grains in order, as some formats are written so only. */
  private static void fill(BlockImage image) throws IOException {
    image.write(0, ByteBuffer.allocate(GRAIN).put(0, (byte) 1));
    if (image instanceof Snapshots snapshots) {
      snapshots.createSnapshot("kept");
      image.write(1000, ByteBuffer.allocate(5000).put(0, (byte) 2));
    }
    image.write(SIZE / 2, ByteBuffer.allocate(GRAIN).put(0, (byte) 3));
    if (image instanceof CompressedWriter writer) {
      pack(writer);
      image.writeZeroes(SIZE - 70_000, 60_000);
    }
  }

  private static void pack(CompressedWriter writer) throws IOException {
    int unit = writer.compressedUnit();
    ByteBuffer packed = ByteBuffer.allocateDirect(unit);
    long first = SIZE / 2 + GRAIN;
    try (CompressedWriter.Packer packer = writer.packer()) {
      for (int i = 0; i < 8; i++) {
        if (packer.pack(ByteBuffer.allocateDirect(unit).put(0, (byte) 4), packed.clear())) {
          writer.writePacked(first + (long) i * unit, packed.flip());
        }
      }
    }
  }

  /** Footer, its copy at the start, and the header of a dynamic disk. */
  private static void mendVhd(MemoryFile file) {
    mendVhd(file, 0, 512, 64);
    mendVhd(file, 512, 1024, 36);
    mendVhd(file, file.size() - 512, 512, 64);
  }

  private static void mendVhd(MemoryFile file, long at, int length, int checksum) {
    if (at >= 0) {
      ByteBuffer header = bytes(file, at, length).putInt(checksum, 0);
      int sum = 0;
      for (int i = 0; i < length; i++) {
        sum += header.get(i) & 0xff;
      }
      put(file, at, header.putInt(checksum, ~sum));
    }
  }

  private static ByteBuffer bytes(MemoryFile file, long at, int length) {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    file.read(at, bytes);
    return bytes.clear();
  }

  private static void put(MemoryFile file, long at, ByteBuffer bytes) {
    try {
      file.write(at, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** After [MS-VHDX]: two headers, the regions, four blocks of which one is there. */
  private static Sound vhdx() {
    ByteBuffer file = ByteBuffer.allocate(4 << 20).order(ByteOrder.LITTLE_ENDIAN);
    file.put(0, "vhdxfile".getBytes(StandardCharsets.US_ASCII));
    for (int header = 0x1_0000; header <= 0x2_0000; header += 0x1_0000) {
      file.putInt(header, 0x64616568).putLong(header + 8, header).putShort(header + 66, (short) 1);
    }
    int regions = 0x3_0000;
    file.putInt(regions, 0x69676572).putInt(regions + 8, 2);
    region(file, regions + 16, "2dc27766-f623-4200-9d64-115e9bfd4a08", 2 << 20);
    region(file, regions + 48, "8b7ca206-4790-4b9a-b8fe-575f050f886e", 1 << 20);
    int metadata = 1 << 20;
    file.put(metadata, "metadata".getBytes(StandardCharsets.US_ASCII));
    file.putShort(metadata + 10, (short) 3);
    int items = metadata + 0x1_0000;
    item(file, metadata + 32, "caa16737-fa36-4d43-b3b6-33f0aa44e76b", 0x1_0000, 8);
    item(file, metadata + 64, "2fa54224-cd1b-4876-b211-5dbed83bf4b8", 0x1_0008, 8);
    item(file, metadata + 96, "8141bf1d-a96f-4709-ba47-f233a8faab5f", 0x1_0010, 4);
    file.putInt(items, 1 << 20).putLong(items + 8, 4 << 20).putInt(items + 16, 512);
    file.putLong(2 << 20, 3 << 20 | 6).putLong((2 << 20) + 8, 2);
    file.putLong(3 << 20, 5);
    MemoryFile image = MemoryFile.of(file.array(), ROOM);
    mendVhdx(image);
    return new Sound("vhdx", "vhdx", Map.of("disk.vhdx", image), SoundImages::mendVhdx);
  }

  private static void region(ByteBuffer file, int at, String id, int offset) {
    guid(file, at, id);
    file.putLong(at + 16, offset).putInt(at + 24, 1 << 20).putInt(at + 28, 1);
  }

  private static void item(ByteBuffer file, int at, String id, int offset, int length) {
    guid(file, at, id);
    file.putInt(at + 16, offset).putInt(at + 20, length).putInt(at + 24, 4);
  }

  private static void guid(ByteBuffer file, int at, String text) {
    UUID id = UUID.fromString(text);
    long high = id.getMostSignificantBits();
    file.putInt(at, (int) (high >>> 32)).putShort(at + 4, (short) (high >>> 16));
    file.putShort(at + 6, (short) high);
    file.putLong(at + 8, Long.reverseBytes(id.getLeastSignificantBits()));
  }

  private static void mendVhdx(MemoryFile file) {
    mendVhdx(file, 0x1_0000, 4096);
    mendVhdx(file, 0x2_0000, 4096);
    mendVhdx(file, 0x3_0000, 0x1_0000);
  }

  private static void mendVhdx(MemoryFile file, int at, int length) {
    ByteBuffer bytes = bytes(file, at, length).order(ByteOrder.LITTLE_ENDIAN).putInt(4, 0);
    CRC32C sum = new CRC32C();
    sum.update(bytes.duplicate());
    put(file, at, bytes.putInt(4, (int) sum.getValue()));
  }
}
