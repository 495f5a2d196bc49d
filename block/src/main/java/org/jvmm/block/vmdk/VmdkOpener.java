package org.jvmm.block.vmdk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jvmm.block.BlockImage;
import org.jvmm.block.ImageException;
import org.jvmm.block.ImageFile;
import org.jvmm.block.Images;
import org.jvmm.block.OpenOptions;
import org.jvmm.block.vmdk.Descriptor.ExtentLine;
import org.jvmm.block.vmdk.VmdkImage.DescriptorPlace;
import org.jvmm.block.vmdk.VmdkImage.Placed;

/** Opens the files of a disk and puts them together. */
final class VmdkOpener {
  private final ImageFile file;
  private final OpenOptions options;
  private final List<AutoCloseable> opened = new ArrayList<>();

  VmdkOpener(ImageFile file, OpenOptions options) {
    this.file = file;
    this.options = options;
  }

  /** Opens the disk; what was opened on the way is closed when that fails. */
  VmdkImage open() throws IOException {
    try {
      ByteBuffer head = ByteBuffer.allocate(SparseHeader.BYTES);
      file.read(0, head);
      return Integer.reverseBytes(head.getInt(0)) == SparseHeader.MAGIC
          ? openSparse(head.clear())
          : openDescriptor();
    } catch (IOException | RuntimeException e) {
      VmdkImage.closeAll(opened);
      throw e;
    }
  }

  private VmdkImage openSparse(ByteBuffer head) throws IOException {
    SparseHeader header = header(file, head);
    if (header.descriptorOffset() == 0) {
      throw new ImageException(
          "vmdk: descriptorOffset is 0: this is one extent of a disk; open its descriptor file");
    }
    int room = (int) header.descriptorSize() * 512;
    DescriptorPlace place = descriptorAt(header.descriptorOffset() * 512, room);
    Descriptor descriptor = Descriptor.parse(place.text());
    BlockImage backing = backing(descriptor);
    long size = header.capacity() * 512;
    if (!header.compressed()) {
      Part part = new SparsePart(file, header, backing, 0);
      return new VmdkImage(
          file, descriptor, place, List.of(new Placed(0, size, "", part)), backing);
    }
    StreamPart written = new StreamPart(file, header, backing);
    if (file.readOnly()) {
      var parts = List.of(new Placed(0, size, "", written));
      return new VmdkImage(file, descriptor, place, parts, backing);
    }
    if (backing != null || written.extent(0).allocated() || written.extent(0).length() < size) {
      throw StreamPart.writtenOnce();
    }
    var writer = new StreamWriter(file, header);
    return new StreamImage(
        file, descriptor, place, List.of(new Placed(0, size, "", writer)), writer);
  }

  /** The header that counts: the footer, when the directory stands at the end. */
  private static SparseHeader header(ImageFile file, ByteBuffer head) throws IOException {
    SparseHeader header = SparseHeader.parse(head);
    if (header.gdOffset() != SparseHeader.GD_AT_END) {
      return header;
    }
    long at = file.size() - 3 * 512;
    ByteBuffer end = ByteBuffer.allocate(3 * 512);
    file.read(Math.max(0, at), end);
    Marker marker = Marker.parse(end.slice(0, 512));
    Marker last = Marker.parse(end.slice(1024, 512));
    if (at < 512
        || marker.type() != Marker.FOOTER
        || marker.size() != 0
        || last.type() != Marker.END_OF_STREAM
        || last.size() != 0) {
      throw new ImageException("vmdk: gdOffset is at the end, but the file has no footer: torn?");
    }
    SparseHeader footer = SparseHeader.parse(end.slice(512, 512));
    if (footer.capacity() != header.capacity() || footer.grainSize() != header.grainSize()) {
      throw new ImageException(
          "vmdk: capacity is %#x in the header, %#x in the footer"
              .formatted(header.capacity(), footer.capacity()));
    }
    return footer;
  }

  private DescriptorPlace descriptorAt(long at, int room) throws IOException {
    if (at > file.size() - room) {
      throw new ImageException(
          "vmdk: descriptorOffset %#x: the descriptor ends past the file's end"
              .formatted(at / 512));
    }
    ByteBuffer bytes = ByteBuffer.allocate(room);
    file.read(at, bytes);
    int length = 0;
    while (length < room && bytes.get(length) != 0) {
      length++;
    }
    return new DescriptorPlace(
        new String(bytes.array(), 0, length, StandardCharsets.UTF_8), at, room);
  }

  private VmdkImage openDescriptor() throws IOException {
    if (file.size() > Descriptor.MOST_BYTES) {
      throw new ImageException(
          "vmdk: a descriptor of %#x bytes, or no VMDK at all".formatted(file.size()));
    }
    String text = descriptorAt(0, (int) file.size()).text();
    if (!text.stripLeading().startsWith(Descriptor.MAGIC)) {
      throw new ImageException("vmdk: magicNumber: neither KDMV nor a descriptor");
    }
    Descriptor descriptor = Descriptor.parse(text);
    BlockImage backing = backing(descriptor);
    List<Placed> parts = new ArrayList<>();
    long start = 0;
    for (ExtentLine line : descriptor.extents()) {
      Part part = part(line, backing, start);
      parts.add(new Placed(start, line.sectors() * 512, line.type(), part));
      start += line.sectors() * 512;
      if (start < 0) {
        throw new ImageException("vmdk: descriptor: the extents are more than 2^63 bytes");
      }
    }
    if (parts.isEmpty()) {
      throw new ImageException("vmdk: descriptor: no extent");
    }
    return new VmdkImage(file, descriptor, new DescriptorPlace(text, 0, 0), parts, backing);
  }

  private BlockImage backing(Descriptor descriptor) throws IOException {
    if (!descriptor.hasParent() || !options.backing()) {
      return null;
    }
    BlockImage parent = Images.openBacking(file, descriptor.parentHint(), "vmdk", options);
    opened.add(parent);
    if (parent instanceof VmdkImage vmdk && vmdk.cid() != descriptor.parentCid()) {
      throw new ImageException(
          "vmdk: parentCID is %08x, but %s has CID %08x: it was changed since"
              .formatted(descriptor.parentCid(), descriptor.parentHint(), vmdk.cid()));
    }
    return parent;
  }

  private Part part(ExtentLine line, BlockImage backing, long start) throws IOException {
    if (!line.access().equals("RW") && !options.readOnly() || line.access().equals("NOACCESS")) {
      throw new ImageException("vmdk: descriptor: access of an extent is " + line.access());
    }
    if (line.type().equals("ZERO")) {
      return new ZeroPart(line.sectors() * 512);
    }
    if (line.file() == null) {
      throw new ImageException(
          "vmdk: descriptor: an extent %s names no file".formatted(line.type()));
    }
    return switch (line.type()) {
      case "FLAT", "VMFS" ->
          new FlatPart(extentFile(line.file()), line.offset() * 512, line.sectors() * 512);
      case "SPARSE" -> sparse(extentFile(line.file()), line, backing, start);
      default ->
          throw new ImageException(
              "vmdk: descriptor: extents of type %s are not supported".formatted(line.type()));
    };
  }

  private Part sparse(ImageFile extent, ExtentLine line, BlockImage backing, long start)
      throws IOException {
    ByteBuffer head = ByteBuffer.allocate(SparseHeader.BYTES);
    extent.read(0, head);
    SparseHeader header = header(extent, head.clear());
    if (header.capacity() < line.sectors()) {
      throw new ImageException(
          "vmdk: capacity of %s is %#x, the descriptor says %#x"
              .formatted(line.file(), header.capacity(), line.sectors()));
    }
    if (!header.compressed()) {
      return new SparsePart(extent, header, backing, start);
    }
    if (!extent.readOnly() || backing != null) {
      throw StreamPart.writtenOnce();
    }
    return new StreamPart(extent, header, null);
  }

  /** An extent stands beside its descriptor: a foreign image must not reach other files. */
  private ImageFile extentFile(String name) throws IOException {
    try {
      Path relative = Path.of(name).normalize();
      if (relative.isAbsolute() || relative.startsWith("..")) {
        throw new ImageException(
            "vmdk: descriptor: extent file %s is not in the descriptor's directory"
                .formatted(name));
      }
      ImageFile extent = options.files().open(file.path().resolveSibling(relative), options);
      opened.add(extent);
      return extent;
    } catch (InvalidPathException e) {
      throw new ImageException("vmdk: descriptor: extent file is no path: " + e.getReason());
    }
  }
}
