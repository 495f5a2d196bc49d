package org.jvmm.block.dir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.jvmm.block.BlockImage;

/** Reads a CD-ROM's files, by Rock Ridge's names or by Joliet's. */
final class IsoReader {
  private static final int SECTOR = 2048;

  private final BlockImage disk;
  private final boolean joliet;

  IsoReader(BlockImage disk, boolean joliet) {
    this.disk = disk;
    this.joliet = joliet;
  }

  /** All files by path, with their content. */
  Map<String, byte[]> files() throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    ByteBuffer descriptor = read((joliet ? 17L : 16L) * SECTOR, SECTOR);
    walk(directory(descriptor, 156), "", files);
    return files;
  }

  private ByteBuffer read(long at, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    disk.read(at, bytes);
    return bytes.clear();
  }

  private ByteBuffer directory(ByteBuffer record, int at) throws IOException {
    return read((long) record.getInt(at + 2) * SECTOR, record.getInt(at + 10));
  }

  private void walk(ByteBuffer records, String path, Map<String, byte[]> files) throws IOException {
    for (int at = 0; at < records.capacity(); ) {
      int length = records.get(at) & 0xff;
      if (length == 0) {
        at = (at / SECTOR + 1) * SECTOR;
        continue;
      }
      int idLength = records.get(at + 32) & 0xff;
      boolean dot = idLength == 1 && records.get(at + 33) <= 1;
      if (!dot) {
        String name = joliet ? wide(records, at + 33, idLength) : rockRidge(records, at, length);
        if ((records.get(at + 25) & 2) != 0) {
          walk(directory(records, at), path + name + "/", files);
        } else {
          files.put(path + name, directory(records, at).array());
        }
      }
      at += length;
    }
  }

  private static String wide(ByteBuffer records, int at, int length) {
    byte[] name = new byte[length];
    records.get(at, name);
    return new String(name, StandardCharsets.UTF_16BE).replaceFirst(";1$", "");
  }

  private String rockRidge(ByteBuffer records, int at, int length) throws IOException {
    int idLength = records.get(at + 32) & 0xff;
    return fields(records, at + (33 + idLength + 1 & -2), at + length);
  }

  private String fields(ByteBuffer bytes, int at, int end) throws IOException {
    StringBuilder name = new StringBuilder();
    while (at + 4 <= end && bytes.get(at) != 0) {
      String signature = "" + (char) bytes.get(at) + (char) bytes.get(at + 1);
      int length = bytes.get(at + 2) & 0xff;
      if (signature.equals("NM")) {
        byte[] part = new byte[length - 5];
        bytes.get(at + 5, part);
        name.append(new String(part, StandardCharsets.UTF_8));
      } else if (signature.equals("CE")) {
        long sector = bytes.getInt(at + 4);
        int more = bytes.getInt(at + 20);
        name.append(fields(read(sector * SECTOR + bytes.getInt(at + 12), more), 0, more));
      }
      at += length;
    }
    return name.toString();
  }
}
