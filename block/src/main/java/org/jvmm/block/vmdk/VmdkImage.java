package org.jvmm.block.vmdk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jvmm.block.BlockImage;
import org.jvmm.block.Checkable;
import org.jvmm.block.Described;
import org.jvmm.block.Extent;
import org.jvmm.block.ImageException;
import org.jvmm.block.ImageFile;
import org.jvmm.block.Images;

/** An open VMDK disk: its parts one behind the other. */
class VmdkImage implements BlockImage, Checkable, Described {
  /** Where the descriptor stands in the file: a byte, and the room there; 0 if the file is it. */
  record DescriptorPlace(String text, long at, int room) {}

  /** A part, its place in the disk, and its type as the descriptor has it. */
  record Placed(long start, long size, String type, Part part) {
    long end() {
      return start + size;
    }
  }

  // Configuration
  private final ImageFile file;
  private final Descriptor descriptor;
  private final DescriptorPlace place;
  private final List<Placed> parts;
  private final BlockImage backing;

  // Volatile state
  private int cid;
  private boolean closed;

  VmdkImage(
      ImageFile file,
      Descriptor descriptor,
      DescriptorPlace place,
      List<Placed> parts,
      BlockImage backing) {
    this.file = file;
    this.descriptor = descriptor;
    this.place = place;
    this.parts = List.copyOf(parts);
    this.backing = backing;
    this.cid = descriptor.cid();
  }

  int cid() {
    return cid;
  }

  final Part firstPart() {
    return parts.get(0).part();
  }

  @Override
  public String format() {
    return "vmdk";
  }

  @Override
  public long size() {
    return parts.get(parts.size() - 1).end();
  }

  @Override
  public boolean readOnly() {
    return file.readOnly();
  }

  private Placed partAt(long offset) {
    int low = 0;
    int high = parts.size() - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (offset < parts.get(middle).end()) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return parts.get(low);
  }

  @Override
  public String fileAt(long offset) {
    return partAt(offset).part().fileName();
  }

  /** What is done with the piece of a transfer that lies in one part. */
  private interface Piece {
    void transfer(Part part, long offset, ByteBuffer data) throws IOException;
  }

  private void split(long offset, ByteBuffer data, Piece piece) throws IOException {
    int end = data.limit();
    while (data.position() < end) {
      Placed placed = partAt(offset);
      int length = (int) Math.min(end - data.position(), placed.end() - offset);
      data.limit(data.position() + length);
      piece.transfer(placed.part(), offset - placed.start(), data);
      data.limit(end);
      offset += length;
    }
  }

  @Override
  public void read(long offset, ByteBuffer into) throws IOException {
    split(offset, into, Part::read);
  }

  @Override
  public void write(long offset, ByteBuffer from) throws IOException {
    changeCid();
    split(offset, from, Part::write);
  }

  @Override
  public void writeZeroes(long offset, long length) throws IOException {
    changeCid();
    while (length > 0) {
      Placed placed = partAt(offset);
      long step = Math.min(length, placed.end() - offset);
      placed.part().writeZeroes(offset - placed.start(), step);
      offset += step;
      length -= step;
    }
  }

  @Override
  public void discard(long offset, long length) {
    // A grain once placed stays: the format has no list of free ones.
  }

  /** The first change gives the disk a new content ID, by which children know. */
  private void changeCid() throws IOException {
    if (cid == descriptor.cid()) {
      do {
        cid = new SecureRandom().nextInt();
      } while (cid == descriptor.cid() || cid == Descriptor.NO_PARENT);
      byte[] text = Descriptor.withCid(place.text(), cid).getBytes(StandardCharsets.UTF_8);
      if (place.room() == 0 || text.length <= place.room()) {
        file.write(place.at(), ByteBuffer.wrap(text));
      }
    }
  }

  @Override
  public void flush() throws IOException {
    for (Placed each : parts) {
      each.part().flush();
    }
    if (!readOnly()) {
      file.sync();
    }
  }

  @Override
  public Extent extent(long offset) throws IOException {
    Placed placed = partAt(offset);
    Extent extent = placed.part().extent(offset - placed.start());
    long length = Math.min(extent.length(), placed.end() - offset);
    return new Extent(
        length, extent.allocated(), extent.zero(), extent.fileOffset(), extent.depth());
  }

  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    List<AutoCloseable> all = new ArrayList<>();
    all.add(file);
    if (backing != null) {
      all.add(backing);
    }
    parts.forEach(each -> all.add(each.part()::close));
    if (!readOnly()) {
      all.add(this::flush);
    }
    closeAll(all);
  }

  /** Closes from the last to the first, each whatever becomes of the others. */
  static void closeAll(List<AutoCloseable> all) throws IOException {
    IOException failed = null;
    for (int i = all.size() - 1; i >= 0; i--) {
      try {
        all.get(i).close();
      } catch (Exception e) {
        failed = e instanceof IOException io && failed == null ? io : failed;
      }
    }
    if (failed != null) {
      throw failed;
    }
  }

  @Override
  public Result check(Repair repair) throws IOException {
    List<String> messages = new ArrayList<>();
    for (Placed each : parts) {
      each.part().check(messages);
    }
    return new Result(messages.size(), 0, 0, 0, 0, 0, 0, 0, 0, messages);
  }

  @Override
  public int clusterSize() {
    return firstPart().clusterSize();
  }

  @Override
  public String backingName() {
    return descriptor.hasParent() ? descriptor.parentHint() : null;
  }

  @Override
  public String backingFormat() {
    return descriptor.hasParent() ? format() : null;
  }

  @Override
  public Path backingPath() {
    try {
      return descriptor.hasParent()
          ? Images.backingPath(file.path(), descriptor.parentHint())
          : null;
    } catch (ImageException e) {
      return null; // it could not be opened either, which was said then
    }
  }

  @Override
  public Map<String, Object> facts() {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("cid", Integer.toUnsignedLong(cid));
    facts.put("parent-cid", Integer.toUnsignedLong(descriptor.parentCid()));
    facts.put("create-type", descriptor.createType());
    List<Map<String, Object>> extents = new ArrayList<>();
    for (Placed each : parts) {
      Map<String, Object> extent = new LinkedHashMap<>();
      if (each.part().compressed()) {
        extent.put("compressed", true);
      }
      extent.put("virtual-size", each.size());
      if (each.part().fileName() != null) {
        extent.put("filename", each.part().fileName());
      }
      if (each.part().clusterSize() != 0) {
        extent.put("cluster-size", each.part().clusterSize());
      }
      extent.put("format", each.type());
      extents.add(extent);
    }
    facts.put("extents", extents);
    return facts;
  }
}
