package org.jvmm.pc.boot;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.apache.commons.compress.compressors.lz4.BlockLZ4CompressorOutputStream;
import org.tukaani.xz.FilterOptions;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.LZMAOutputStream;
import org.tukaani.xz.X86Options;
import org.tukaani.xz.XZOutputStream;

/** Makes small kernels: ELF files with known contents, and bzImages around them. */
final class KernelImages {
  static final int TEXT = 0x100_0000, DATA = 0x120_0000;
  static final int TEXT_SIZE = 0x5_0001, DATA_SIZE = 0x1000, DATA_MEMORY = 0x3_1234;
  static final int ENTRY = TEXT + 0x40, PVH_ENTRY = TEXT + 0x80;
  static final long VIRTUAL = 0xFFFF_FFFF_8000_0000L;
  private static final int TEXT_OFFSET = 0x1000, DATA_OFFSET = 0x5_2000, NOTE_OFFSET = 0x200;

  private KernelImages() {}

  /** Bytes that compress somewhat, have far and overlapping matches, and x86 calls for BCJ. */
  static byte[] contents(int size, int seed) {
    byte[] bytes = new byte[size];
    Random random = new Random(seed);
    for (int at = 0; at < size; ) {
      int run = Math.min(1 + random.nextInt(300), size - at);
      switch (random.nextInt(4)) {
        case 0 -> at += run; // zeros
        case 1 -> {
          for (int i = 0; i < run; i++) {
            bytes[at++] = (byte) random.nextInt();
          }
        }
        case 2 -> {
          int distance = 1 + random.nextInt(Math.max(1, at));
          for (int i = 0; i < run; i++) {
            bytes[at] = at < distance ? (byte) 0x90 : bytes[at - distance];
            at++;
          }
        }
        default -> {
          bytes[at++] = (byte) 0xE8; // CALL rel32
          for (int i = 0; i < 2 && at < size; i++) {
            bytes[at++] = (byte) random.nextInt();
          }
          at = Math.min(size, at + 2);
        }
      }
    }
    return bytes;
  }

  static byte[] text() {
    return contents(TEXT_SIZE, 1);
  }

  static byte[] data() {
    return contents(DATA_SIZE, 2);
  }

  /** An ELF64 with text, data and bss; with a PVH note if asked. */
  static byte[] elf64(boolean pvh) {
    ByteBuffer elf = elf(64 + 3 * 56);
    elf.put(4, (byte) 2).putShort(18, (short) 62);
    elf.putLong(24, ENTRY).putLong(32, 64);
    elf.putShort(54, (short) 56).putShort(56, (short) (pvh ? 3 : 2));
    segment64(elf, 64, 1, TEXT_OFFSET, TEXT, TEXT_SIZE, TEXT_SIZE);
    segment64(elf, 64 + 56, 1, DATA_OFFSET, DATA, DATA_SIZE, DATA_MEMORY);
    segment64(elf, 64 + 112, 4, NOTE_OFFSET, 0, 64, 64);
    return elf.array();
  }

  private static void segment64(
      ByteBuffer elf, int at, int type, long offset, long physical, long size, long memory) {
    elf.putInt(at, type).putLong(at + 8, offset).putLong(at + 16, VIRTUAL + physical);
    elf.putLong(at + 24, physical).putLong(at + 32, size).putLong(at + 40, memory);
    elf.putLong(at + 48, 4);
  }

  /** An ELF32 of the same contents, with a PVH note if asked. */
  static byte[] elf32(boolean pvh) {
    ByteBuffer elf = elf(52 + 3 * 32);
    elf.put(4, (byte) 1).putShort(18, (short) 3);
    elf.putInt(24, ENTRY).putInt(28, 52);
    elf.putShort(42, (short) 32).putShort(44, (short) (pvh ? 3 : 2));
    segment32(elf, 52, 1, TEXT_OFFSET, TEXT, TEXT_SIZE, TEXT_SIZE);
    segment32(elf, 52 + 32, 1, DATA_OFFSET, DATA, DATA_SIZE, DATA_MEMORY);
    segment32(elf, 52 + 64, 4, NOTE_OFFSET, 0, 64, 64);
    return elf.array();
  }

  private static void segment32(
      ByteBuffer elf, int at, int type, int offset, int physical, int size, int memory) {
    elf.putInt(at, type).putInt(at + 4, offset).putInt(at + 8, 0xC000_0000 + physical);
    elf.putInt(at + 12, physical).putInt(at + 16, size).putInt(at + 20, memory);
    elf.putInt(at + 28, 4);
  }

  private static ByteBuffer elf(int headers) {
    ByteBuffer elf =
        ByteBuffer.allocate(DATA_OFFSET + DATA_SIZE + 777).order(ByteOrder.LITTLE_ENDIAN);
    elf.putInt(0, 0x464C457F).put(5, (byte) 1).put(6, (byte) 1).putShort(16, (short) 2);
    elf.put(TEXT_OFFSET, text()).put(DATA_OFFSET, data());
    // A note of somebody else's first, with odd sizes, then Xen's.
    elf.putInt(NOTE_OFFSET, 6).putInt(NOTE_OFFSET + 4, 5).putInt(NOTE_OFFSET + 8, 18);
    elf.put(NOTE_OFFSET + 12, "Linux".getBytes());
    int xen = NOTE_OFFSET + 12 + 8 + 8;
    elf.putInt(xen, 4).putInt(xen + 4, 8).putInt(xen + 8, 18).put(xen + 12, "Xen".getBytes());
    elf.putLong(xen + 16, PVH_ENTRY);
    return elf;
  }

  /** Packs as Linux's build does: the unpacked size after all but gzip. */
  static byte[] pack(Compression compression, byte[] bytes) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    if (compression == Compression.LZ4) {
      lz4Legacy(packed, bytes);
    } else {
      try (OutputStream packer = packer(compression, packed)) {
        packer.write(bytes);
      }
    }
    if (compression != Compression.GZIP) {
      packed.writeBytes(word(bytes.length));
    }
    return packed.toByteArray();
  }

  private static OutputStream packer(Compression compression, OutputStream out) throws IOException {
    return switch (compression) {
      case GZIP -> new GZIPOutputStream(out);
      case BZIP2 -> new BZip2CompressorOutputStream(out);
      case LZMA -> new LZMAOutputStream(out, new LZMA2Options(1), -1);
      case XZ ->
          new XZOutputStream(out, new FilterOptions[] {new X86Options(), new LZMA2Options(1)});
      case ZSTD -> new ZstdOutputStream(out);
      case LZ4 -> throw new AssertionError("lz4Legacy packs it");
    };
  }

  private static void lz4Legacy(ByteArrayOutputStream out, byte[] bytes) throws IOException {
    out.writeBytes(word(0x184C2102));
    int blockSize = 1 << 18; // more than one block; 8 MiB is only the most
    for (int at = 0; at < bytes.length; at += blockSize) {
      ByteArrayOutputStream block = new ByteArrayOutputStream();
      try (OutputStream packer = new BlockLZ4CompressorOutputStream(block)) {
        packer.write(bytes, at, Math.min(blockSize, bytes.length - at));
      }
      out.writeBytes(word(block.size()));
      out.writeBytes(block.toByteArray());
    }
  }

  private static byte[] word(int value) {
    return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
  }

  /** A bzImage of boot protocol 2.15 with a payload, relocatable, with a 64-bit entry. */
  static byte[] bzImage(byte[] payload) {
    int payloadOffset = 0x400;
    int protectedSize = payloadOffset + payload.length + 15 & ~15;
    ByteBuffer image = ByteBuffer.allocate(1024 + protectedSize).order(ByteOrder.LITTLE_ENDIAN);
    image.put(0x1F1, (byte) 1).putInt(0x1F4, protectedSize / 16);
    image.putShort(0x1FE, (short) 0xAA55).putShort(0x200, (short) 0x66EB);
    image.putInt(0x202, 0x53726448).putShort(0x206, (short) 0x20F).put(0x211, (byte) 1);
    image.putInt(0x22C, 0x7FFF_FFFF).putInt(0x230, 0x20_0000).put(0x234, (byte) 1);
    image.putShort(0x236, (short) 0x3F).putInt(0x238, 2047);
    image.putInt(0x248, payloadOffset).putInt(0x24C, payload.length);
    image.putLong(0x258, TEXT).putInt(0x260, 0x100_0000);
    image.put(1024, contents(payloadOffset, 3)).put(1024 + payloadOffset, payload);
    return image.array();
  }
}
