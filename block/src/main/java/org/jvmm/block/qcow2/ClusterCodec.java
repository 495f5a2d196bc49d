package org.jvmm.block.qcow2;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.jvmm.block.CompressedWriter;
import org.jvmm.block.ImageException;

/** Compressed clusters: raw deflate streams or zstd frames, each of one cluster. */
final class ClusterCodec implements AutoCloseable {
  /** A frame may ask for a window; more than this is no cluster of ours. */
  private static final int MAX_WINDOW_LOG = 24;

  private static final int ZSTD_SINGLE_SEGMENT = 0x20;

  private final boolean zstd;
  private Inflater inflater;
  private ZstdDecompressCtx frames;

  ClusterCodec(int compressionType) {
    this.zstd = compressionType == Header.ZSTD;
  }

  /** Fills a buffer from a packed cluster, whose stream may end before the packed bytes do. */
  void unpack(ByteBuffer packed, ByteBuffer plain) throws ImageException {
    if (zstd) {
      unpackFrame(packed, plain);
    } else {
      inflate(packed, plain);
    }
  }

  private void inflate(ByteBuffer packed, ByteBuffer plain) throws ImageException {
    if (inflater == null) {
      inflater = new Inflater(true);
    }
    inflater.reset();
    inflater.setInput(packed);
    try {
      while (plain.hasRemaining()) {
        if (inflater.inflate(plain) == 0) {
          throw new ImageException(
              "compressed cluster: the stream ends %#x bytes early".formatted(plain.remaining()));
        }
      }
    } catch (DataFormatException e) {
      throw new ImageException("compressed cluster: " + e.getMessage());
    }
  }

  private void unpackFrame(ByteBuffer packed, ByteBuffer plain) throws ImageException {
    int start = packed.position();
    if (packed.remaining() > 5 && (packed.get(start + 4) & ZSTD_SINGLE_SEGMENT) == 0) {
      int windowLog = 10 + ((packed.get(start + 5) & 0xff) >> 3);
      if (windowLog > MAX_WINDOW_LOG) {
        throw new ImageException("compressed cluster: a window of 2^%d bytes".formatted(windowLog));
      }
    }
    if (frames == null) {
      frames = new ZstdDecompressCtx();
    }
    frames.reset();
    try {
      while (plain.hasRemaining()) {
        int before = plain.remaining() + packed.remaining();
        boolean finished = frames.decompressDirectByteBufferStream(plain, packed);
        boolean stuck = before == plain.remaining() + packed.remaining();
        if (plain.hasRemaining() && (stuck || finished && !packed.hasRemaining())) {
          throw new ImageException(
              "compressed cluster: the frame ends %#x bytes early".formatted(plain.remaining()));
        }
      }
    } catch (ZstdException e) {
      throw new ImageException("compressed cluster: " + e.getMessage());
    }
  }

  @Override
  public void close() {
    if (inflater != null) {
      inflater.end();
    }
    if (frames != null) {
      frames.close();
    }
  }

  /** A packer of this kind, for a thread of its own. */
  static CompressedWriter.Packer packer(int compressionType, int clusterSize) {
    return compressionType == Header.ZSTD ? new Frames() : new Deflate(clusterSize);
  }

  /**
   * Deflate with the JDK's window of 32 KiB. QEMU's own matches reach back 4 KiB; it reads longer
   * ones too, since it inflates a cluster in one call, whose output is the window. By them a lower
   * level packs better than QEMU does, in less time.
   */
  private static final class Deflate implements CompressedWriter.Packer {
    private static final int LEVEL = 4;
    private final Deflater deflater = new Deflater(LEVEL, true);
    private final int clusterSize;

    Deflate(int clusterSize) {
      this.clusterSize = clusterSize;
    }

    @Override
    public boolean pack(ByteBuffer unit, ByteBuffer packed) {
      int limit = packed.limit();
      packed.limit(Math.min(limit, packed.position() + clusterSize - 1));
      deflater.reset();
      deflater.setInput(unit);
      deflater.finish();
      deflater.deflate(packed);
      unit.position(unit.limit());
      packed.limit(limit);
      return deflater.finished();
    }

    @Override
    public void close() {
      deflater.end();
    }
  }

  private static final class Frames implements CompressedWriter.Packer {
    private final ZstdCompressCtx context = new ZstdCompressCtx();
    private ByteBuffer bound = ByteBuffer.allocateDirect(0);

    @Override
    public boolean pack(ByteBuffer unit, ByteBuffer packed) {
      int size = unit.remaining();
      int most = (int) Zstd.compressBound(size);
      if (bound.capacity() < most) {
        bound = ByteBuffer.allocateDirect(most);
      }
      int length =
          context.compressDirectByteBuffer(bound.clear(), 0, most, unit, unit.position(), size);
      if (length >= size) {
        return false;
      }
      packed.put(bound.clear().limit(length));
      unit.position(unit.limit());
      return true;
    }

    @Override
    public void close() {
      context.close();
    }
  }
}
