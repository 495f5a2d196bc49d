package org.jvmm.block.dir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.TreeMap;
import org.jvmm.block.BlockImage;

/** Reads a partitioned FAT disk as a guest would, from its boot sector on. */
final class FatReader {
  private final BlockImage disk;
  private final long start;
  final boolean fat32;
  private final int clusterBytes;
  private final long table;
  private final long data;
  private final long root;
  private final int rootEntries;

  FatReader(BlockImage disk) throws IOException {
    this.disk = disk;
    ByteBuffer mbr = read(0, 512);
    start = mbr.getInt(454) * 512L;
    ByteBuffer boot = read(start, 512);
    clusterBytes = boot.get(13) * 512;
    rootEntries = boot.getShort(17);
    int small = Short.toUnsignedInt(boot.getShort(22));
    long tableSectors = small != 0 ? small : boot.getInt(36);
    table = start + boot.getShort(14) * 512L;
    root = table + 2 * tableSectors * 512;
    data = root + rootEntries * 32L;
    long clusters = (start + Integer.toUnsignedLong(boot.getInt(32)) * 512 - data) / clusterBytes;
    fat32 = clusters >= 65525;
  }

  private ByteBuffer read(long at, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    disk.read(at, bytes);
    return bytes.clear();
  }

  /** All files by path, with their content. */
  Map<String, byte[]> files() throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    ByteBuffer boot = read(start, 512);
    ByteBuffer entries =
        fat32 ? ByteBuffer.wrap(chain(boot.getInt(44))) : read(root, rootEntries * 32);
    walk(entries, "", files);
    return files;
  }

  private void walk(ByteBuffer entries, String path, Map<String, byte[]> files) throws IOException {
    entries.order(ByteOrder.LITTLE_ENDIAN);
    StringBuilder longName = new StringBuilder();
    for (int at = 0; at < entries.capacity() && entries.get(at) != 0; at += 32) {
      int attributes = entries.get(at + 11);
      if (attributes == 0xf) {
        longName.insert(0, units(entries, at));
      } else if ((attributes & 8) == 0 && entries.get(at) != '.') {
        String name = longName.isEmpty() ? shortName(entries, at) : longName.toString();
        int cluster =
            Short.toUnsignedInt(entries.getShort(at + 26)) | entries.getShort(at + 20) << 16;
        if ((attributes & 0x10) != 0) {
          walk(ByteBuffer.wrap(chain(cluster)), path + name + "/", files);
        } else {
          byte[] content = new byte[entries.getInt(at + 28)];
          byte[] chain = cluster == 0 ? new byte[0] : chain(cluster);
          System.arraycopy(chain, 0, content, 0, content.length);
          files.put(path + name, content);
        }
        longName.setLength(0);
      }
    }
  }

  private static String units(ByteBuffer entries, int at) {
    StringBuilder text = new StringBuilder();
    for (int place : new int[] {1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30}) {
      char unit = entries.getChar(at + place);
      if (unit == 0 || unit == 0xffff) {
        break;
      }
      text.append(unit);
    }
    return text.toString();
  }

  private static String shortName(ByteBuffer entries, int at) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 11; i++) {
      text.append(i == 8 ? "." : "").append((char) entries.get(at + i));
    }
    return text.toString().replaceAll(" +", "").replaceFirst("\\.$", "");
  }

  private byte[] chain(int cluster) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int end = fat32 ? 0x0ffffff8 : 0xfff8;
    while (cluster < end) {
      bytes.writeBytes(read(data + (cluster - 2L) * clusterBytes, clusterBytes).array());
      cluster =
          fat32
              ? read(table + cluster * 4L, 4).getInt(0)
              : Short.toUnsignedInt(read(table + cluster * 2L, 2).getShort(0));
    }
    return bytes.toByteArray();
  }
}
