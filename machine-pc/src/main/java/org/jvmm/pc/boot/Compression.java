package org.jvmm.pc.boot;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.tukaani.xz.LZMAInputStream;
import org.tukaani.xz.SingleXZInputStream;

/** The compressions of a Linux kernel that we unpack, by their magic (Linux lib/decompress.c). */
enum Compression {
  GZIP("gzip", 0x1F, 0x8B),
  XZ("xz", 0xFD, '7', 'z', 'X', 'Z', 0),
  LZMA("lzma", 0x5D, 0, 0),
  BZIP2("bzip2", 'B', 'Z', 'h'),
  LZ4("lz4", 0x02, 0x21, 0x4C, 0x18),
  ZSTD("zstd", 0x28, 0xB5, 0x2F, 0xFD);

  /** Longest magic. */
  static final int MAGIC_SIZE = 6;

  /** Linux packs with dictionaries of 32 MiB, since 6.12 of 128 MiB. */
  private static final int DICTIONARY_KIB = 160 << 10;

  private static final int ZSTD_WINDOW_LOG = 27;
  private static final int BUFFER = 64 << 10;

  private final String title;
  private final byte[] magic;

  Compression(String title, int... magic) {
    this.title = title;
    this.magic = new byte[magic.length];
    for (int i = 0; i < magic.length; i++) {
      this.magic[i] = (byte) magic[i];
    }
  }

  /** Recognizes a compression by a stream's first bytes; null if it is none of ours. */
  static Compression of(byte[] first) {
    for (Compression compression : values()) {
      byte[] magic = compression.magic;
      if (first.length >= magic.length
          && Arrays.equals(first, 0, magic.length, magic, 0, magic.length)) {
        return compression;
      }
    }
    return null;
  }

  /**
   * Opens an unpacker.
   *
   * @param packed the compressed stream from its magic to its end, without Linux's size trailer
   * @param size the unpacked bytes; anything else is an error at the stream's end
   * @return a stream that fails with nothing but IOException
   * @throws UnpackerException if the format is right, but we have not the means
   * @throws IOException if the stream is damaged
   */
  InputStream unpack(InputStream packed, long size) throws IOException {
    return new UnpackedStream(title, size, () -> open(packed));
  }

  private InputStream open(InputStream packed) throws IOException {
    return switch (this) {
      case GZIP -> new GZIPInputStream(packed, BUFFER);
      case XZ -> new SingleXZInputStream(new BufferedInputStream(packed, BUFFER), DICTIONARY_KIB);
      case LZMA -> new LZMAInputStream(new BufferedInputStream(packed, BUFFER), DICTIONARY_KIB);
      case BZIP2 -> new BZip2CompressorInputStream(new BufferedInputStream(packed, BUFFER));
      case LZ4 -> new Lz4LegacyInputStream(packed);
      case ZSTD -> new ZstdInputStreamNoFinalizer(packed).setLongMax(ZSTD_WINDOW_LOG);
    };
  }

  @Override
  public String toString() {
    return title;
  }
}
