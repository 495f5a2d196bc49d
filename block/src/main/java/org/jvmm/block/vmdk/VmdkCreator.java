package org.jvmm.block.vmdk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import org.jvmm.block.BlockImage;
import org.jvmm.block.CreateOptions;
import org.jvmm.block.ImageException;
import org.jvmm.block.ImageFile;
import org.jvmm.block.Images;
import org.jvmm.block.OpenOptions;
import org.jvmm.block.vmdk.Descriptor.ExtentLine;

/** Writes the files of a new, empty disk, with qemu-img's options. */
final class VmdkCreator {
  private static final String SPARSE = "monolithicSparse";
  private static final String STREAM = "streamOptimized";
  private static final int GRAIN_SECTORS = 128;
  private static final int GTES = 512;
  private static final int GT_SECTORS = GTES * 4 / 512;
  private static final int DESCRIPTOR_SECTORS = 20;
  private static final long SPLIT = 2L << 30;
  private static final long MOST_SECTORS = 0xffff_0000L;

  private final ImageFile file;
  private final String subformat;
  private final String adapter;
  private final String hardwareVersion;
  private final String toolsVersion;
  private final boolean zeroedGrain;
  private final String backingFile;

  VmdkCreator(ImageFile file, CreateOptions options) throws ImageException {
    this.file = file;
    this.subformat =
        options.choice(
            "subformat",
            SPARSE,
            SPARSE,
            "monolithicFlat",
            "twoGbMaxExtentSparse",
            "twoGbMaxExtentFlat",
            STREAM);
    this.adapter =
        options.choice("adapter_type", "ide", "ide", "lsilogic", "buslogic", "legacyESX");
    boolean compat6 = options.flag("compat6", false);
    String hardware = options.text("hwversion", null);
    if (compat6 && hardware != null) {
      throw new ImageException("vmdk: compat6 and hwversion exclude each other");
    }
    this.hardwareVersion = hardware != null ? hardware : compat6 ? "6" : "4";
    this.toolsVersion = options.text("toolsversion", "2147483647");
    this.zeroedGrain = options.flag("zeroed_grain", false);
    this.backingFile = options.text("backing_file", null);
    options.choice("backing_fmt", "vmdk", "vmdk");
    options.done("vmdk");
  }

  void create(long size) throws IOException {
    boolean flat = subformat.endsWith("Flat");
    int parentCid = Descriptor.NO_PARENT;
    if (backingFile != null) {
      if (flat || subformat.equals(STREAM)) {
        throw new ImageException("vmdk: subformat %s has no backing file".formatted(subformat));
      }
      try (BlockImage parent =
          Images.openBacking(file, backingFile, "vmdk", OpenOptions.READ_ONLY)) {
        parentCid = ((VmdkImage) parent).cid();
        size = size < 0 ? parent.size() : size;
      }
    }
    if (size < 0) {
      throw new ImageException("vmdk: a size is needed");
    }
    long sectors = (size + 511) / 512;
    if (!flat && sectors > MOST_SECTORS) {
      throw new ImageException("vmdk: size %#x is more than 2 TiB".formatted(size));
    }
    List<ExtentLine> lines = extents(sectors, flat);
    int cid = new SecureRandom().nextInt() & 0x7fffffff;
    String text =
        new Descriptor(cid, parentCid, subformat, backingFile, lines)
            .text(sectors, adapter, hardwareVersion, toolsVersion);
    if (subformat.equals(SPARSE) || subformat.equals(STREAM)) {
      createSparse(file, sectors, text);
      return;
    }
    for (ExtentLine line : lines) {
      try (ImageFile extent = Images.newFile(file.path().resolveSibling(line.file()))) {
        if (flat) {
          extent.resize(line.sectors() * 512);
        } else {
          createSparse(extent, line.sectors(), null);
        }
      }
    }
    file.write(0, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
  }

  private List<ExtentLine> extents(long sectors, boolean flat) {
    String name = file.path().getFileName().toString();
    String base = name.endsWith(".vmdk") ? name.substring(0, name.length() - 5) : name;
    String type = flat ? "FLAT" : "SPARSE";
    if (!subformat.startsWith("twoGb")) {
      return List.of(new ExtentLine("RW", sectors, type, flat ? base + "-flat.vmdk" : name, 0));
    }
    List<ExtentLine> lines = new ArrayList<>();
    long most = SPLIT / 512;
    for (long at = 0; at < sectors || lines.isEmpty(); at += most) {
      String part = "%s-%c%03d.vmdk".formatted(base, flat ? 'f' : 's', lines.size() + 1);
      lines.add(new ExtentLine("RW", Math.min(most, sectors - at), type, part, 0));
    }
    return lines;
  }

  /** One sparse file; with a descriptor in it, or as an extent among others. */
  private void createSparse(ImageFile target, long sectors, String descriptor) throws IOException {
    boolean stream = subformat.equals(STREAM);
    long tables = (sectors + GRAIN_SECTORS * GTES - 1) / (GRAIN_SECTORS * GTES);
    long directorySectors = (tables * 4 + 511) / 512;
    long redundant = 1 + DESCRIPTOR_SECTORS;
    long directory = redundant + directorySectors + tables * GT_SECTORS;
    long end = stream ? redundant : directory + directorySectors + tables * GT_SECTORS;
    int flags = SparseHeader.VALID_NEWLINES;
    flags |= stream ? SparseHeader.COMPRESSED | SparseHeader.MARKERS : SparseHeader.REDUNDANT;
    flags |= zeroedGrain ? SparseHeader.ZEROED_GRAIN : 0;
    var header =
        new SparseHeader(
            stream ? 3 : zeroedGrain ? 2 : 1,
            flags,
            sectors,
            GRAIN_SECTORS,
            descriptor == null ? 0 : 1,
            descriptor == null ? 0 : DESCRIPTOR_SECTORS,
            GTES,
            stream ? 0 : redundant,
            stream ? SparseHeader.GD_AT_END : directory,
            (end + GRAIN_SECTORS - 1) / GRAIN_SECTORS * GRAIN_SECTORS);
    target.write(0, header.encode());
    if (descriptor != null) {
      writeDescriptor(target, descriptor);
    }
    if (stream) {
      new StreamWriter(target, header).finish();
    } else {
      target.resize(header.overHead() * 512);
      writeDirectory(target, redundant, directorySectors, tables);
      writeDirectory(target, directory, directorySectors, tables);
    }
  }

  private static void writeDescriptor(ImageFile target, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > DESCRIPTOR_SECTORS * 512) {
      throw new ImageException("vmdk: the descriptor is longer than its room");
    }
    target.write(512, ByteBuffer.wrap(bytes));
  }

  /** A directory whose tables stand behind it. */
  private static void writeDirectory(ImageFile target, long at, long sectors, long tables)
      throws IOException {
    ByteBuffer directory =
        ByteBuffer.allocate(Math.toIntExact(sectors * 512)).order(ByteOrder.LITTLE_ENDIAN);
    for (long table = 0; table < tables; table++) {
      directory.putInt((int) (at + sectors + table * GT_SECTORS));
    }
    target.write(at * 512, directory.clear());
  }
}
