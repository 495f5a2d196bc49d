package org.jvmm.block.vmdk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.Deflater;
import org.jvmm.block.CompressedWriter;
import org.jvmm.block.ImageFile;
import org.jvmm.block.Zeroes;

/** A stream-optimized disk that is being written, grain by grain. */
final class StreamImage extends VmdkImage implements CompressedWriter {
  private final StreamWriter writer;
  private final Deflater stored = new Deflater(Deflater.NO_COMPRESSION);
  private final ByteBuffer packed;
  private final ByteBuffer padded;

  StreamImage(
      ImageFile file,
      Descriptor descriptor,
      DescriptorPlace place,
      List<Placed> parts,
      StreamWriter writer) {
    super(file, descriptor, place, parts, null);
    this.writer = writer;
    this.packed = ByteBuffer.allocate(2 * writer.clusterSize() + 64);
    this.padded = ByteBuffer.allocate(writer.clusterSize());
  }

  @Override
  public int compressedUnit() {
    return writer.clusterSize();
  }

  @Override
  public boolean packedOnly() {
    return true;
  }

  /** Whole grains; they are stored without compression, in the container of one. */
  @Override
  public void write(long offset, ByteBuffer from) throws IOException {
    while (from.hasRemaining()) {
      int length = Math.min(from.remaining(), compressedUnit());
      if (length < compressedUnit() && offset + length < size()) {
        throw StreamPart.writtenOnce();
      }
      padded.clear().put(from.slice(from.position(), length));
      Zeroes.fill(padded);
      stored.reset();
      stored.setInput(padded.flip());
      stored.finish();
      stored.deflate(packed.clear());
      writePacked(offset, packed.flip());
      from.position(from.position() + length);
      offset += length;
    }
  }

  @Override
  public void writePacked(long offset, ByteBuffer bytes) throws IOException {
    writer.append(offset, bytes);
  }

  @Override
  public Packer packer() {
    Deflater deflater = new Deflater();
    return new Packer() {
      @Override
      public boolean pack(ByteBuffer unit, ByteBuffer into) {
        deflater.reset();
        deflater.setInput(unit);
        deflater.finish();
        deflater.deflate(into);
        return deflater.finished();
      }

      @Override
      public void close() {
        deflater.end();
      }
    };
  }

  @Override
  public void close() throws IOException {
    stored.end();
    super.close();
  }
}
