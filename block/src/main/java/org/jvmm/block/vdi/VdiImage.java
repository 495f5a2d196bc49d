package org.jvmm.block.vdi;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jvmm.block.Checkable;
import org.jvmm.block.ImageException;
import org.jvmm.block.ImageFile;
import org.jvmm.block.table.BlockMap;
import org.jvmm.block.table.MappedImage;

/**
 * An open VDI image: a map of 32-bit block numbers, then the blocks. The header counts the placed
 * blocks; the count goes to the file before the entries that it covers, so that after a crash it is
 * never too small.
 */
final class VdiImage extends MappedImage implements Checkable {
  /** Entry of a block that was never written. */
  static final int UNALLOCATED = -1;

  /** Entry of a block that reads as zeroes. */
  static final int DISCARDED = -2;

  private static final int MOST_MESSAGES = 100;

  // Configuration
  private final VdiHeader header;

  // Volatile state
  private int nextBlock;
  private int allocated;

  private VdiImage(ImageFile file, VdiHeader header) {
    super(file, header.diskSize(), header.blockSize(), ByteOrder.LITTLE_ENDIAN);
    this.header = header;
    this.allocated = header.allocated();
  }

  static VdiImage open(ImageFile file) throws IOException {
    ByteBuffer raw = ByteBuffer.allocate(VdiHeader.BYTES);
    file.read(0, raw);
    VdiHeader header = VdiHeader.parse(raw.clear());
    long mapEnd = header.offsetBlocks() + 4L * header.blocks();
    if (mapEnd > file.size()) {
      throw new ImageException(
          "vdi: cBlocks %#x: the map ends at %#x, past the file's end %#x"
              .formatted(header.blocks(), mapEnd, file.size()));
    }
    if (header.offsetData() < mapEnd && header.offsetBlocks() < header.offsetData()) {
      throw new ImageException("vdi: offData %#x lies in the map".formatted(header.offsetData()));
    }
    VdiImage image = new VdiImage(file, header);
    if (!file.readOnly()) {
      image.nextBlock = image.firstFree();
    }
    return image;
  }

  /** The first place that no entry leads to: the header's count may be behind after a crash. */
  private int firstFree() throws IOException {
    int free = header.allocated();
    for (long block = 0; block < header.blocks(); block++) {
      int entry = entry(entryAt(block));
      if (entry >= free) {
        if (!isPlace(entry)) {
          throw outside(block, entry);
        }
        free = entry + 1;
      }
    }
    return free;
  }

  private boolean isPlace(int entry) {
    return entry >= 0 && entry < header.blocks();
  }

  private static ImageException outside(long block, int entry) {
    return new ImageException(
        "vdi: entry %#x of the block map is %#x, past the last block".formatted(block, entry));
  }

  private long entryAt(long block) {
    return header.offsetBlocks() + 4 * block;
  }

  private long place(int entry) {
    return header.offsetData() + (long) entry * header.blockSize();
  }

  @Override
  protected long locate(long block) throws IOException {
    int entry = entry(entryAt(block));
    if (entry == UNALLOCATED || entry == DISCARDED) {
      return BlockMap.ZERO;
    }
    if (!isPlace(entry)) {
      throw outside(block, entry);
    }
    return place(entry);
  }

  @Override
  protected long allocate(long block) throws IOException {
    if (nextBlock >= header.blocks()) {
      throw new ImageException("vdi: cBlocks %#x: no place is free".formatted(header.blocks()));
    }
    long at = place(nextBlock);
    file.resize(Math.max(file.size(), at + header.blockSize()));
    return at;
  }

  @Override
  protected void link(long block, long at) throws IOException {
    setEntry(entryAt(block), nextBlock++);
    allocated++;
  }

  @Override
  public String format() {
    return "vdi";
  }

  @Override
  protected void beforeEntries() throws IOException {
    ByteBuffer count = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(0, allocated);
    file.write(VdiHeader.AT_ALLOCATED, count);
  }

  @Override
  public Result check(Repair repair) throws IOException {
    List<String> messages = new ArrayList<>();
    BitSet taken = new BitSet();
    long used = 0;
    for (long block = 0; block < header.blocks(); block++) {
      int entry = entry(entryAt(block));
      if (entry == UNALLOCATED || entry == DISCARDED) {
        continue;
      }
      if (!isPlace(entry)) {
        message(messages, outside(block, entry).getMessage());
      } else if (taken.get(entry)) {
        message(messages, "vdi: block %#x shares place %#x".formatted(block, entry));
      } else {
        taken.set(entry);
        used++;
      }
    }
    long corruptions = messages.size();
    long fixed = 0;
    if (used != allocated) {
      corruptions++;
      message(messages, "vdi: cBlocksAllocated is %#x, should be %#x".formatted(allocated, used));
      if (repair == Repair.ALL) {
        allocated = (int) used;
        beforeEntries();
        flush();
        fixed = 1;
      }
    }
    return new Result(corruptions, 0, fixed, 0, 0, 0, 0, 0, 0, messages);
  }

  private static void message(List<String> messages, String line) {
    if (messages.size() < MOST_MESSAGES) {
      messages.add(line);
    }
  }
}
