package org.jvmm.block.vmdk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.Deflater;
import org.jvmm.block.CompressedWriter;
import org.jvmm.block.ImageFile;

/** A stream-optimized disk that is being written, grain by grain. */
final class StreamImage extends VmdkImage implements CompressedWriter {
  private final StreamWriter writer;
  private final Deflater deflater = new Deflater();
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
  public void write(long offset, ByteBuffer from) throws IOException {
    while (from.hasRemaining()) {
      int length = Math.min(from.remaining(), compressedUnit());
      writeCompressed(offset, from.slice(from.position(), length));
      from.position(from.position() + length);
      offset += length;
    }
  }

  @Override
  public void writeCompressed(long offset, ByteBuffer unit) throws IOException {
    if (unit.remaining() < compressedUnit() && offset + unit.remaining() < size()) {
      throw StreamPart.writtenOnce();
    }
    ByteBuffer whole = unit;
    if (unit.remaining() < compressedUnit()) {
      whole = padded.clear().put(unit);
      while (whole.hasRemaining()) {
        whole.put((byte) 0);
      }
      whole.flip();
    }
    deflater.reset();
    deflater.setInput(whole);
    deflater.finish();
    deflater.deflate(packed.clear());
    writer.append(offset, packed.flip());
  }

  @Override
  public void close() throws IOException {
    deflater.end();
    super.close();
  }
}
