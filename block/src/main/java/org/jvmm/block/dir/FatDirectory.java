package org.jvmm.block.dir;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.List;
import org.jvmm.block.dir.FatNames.Named;
import org.jvmm.block.dir.HostTree.Node;

/** Encodes directories: entries of 32 bytes, a long name's in front of its short one. */
final class FatDirectory {
  static final int ENTRY = 32;

  private static final int DIRECTORY = 0x10;
  private static final int READ_ONLY = 1;
  private static final int VOLUME = 8;
  private static final int LONG_NAME = 0xf;
  private static final int LAST_LONG = 0x40;
  private static final int[] UNIT_PLACES = {1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30};

  private final ByteBuffer bytes;

  private FatDirectory(int entries) {
    bytes = ByteBuffer.allocate(entries * ENTRY).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Where a file or directory begins. */
  interface Places {
    int firstCluster(Node node);
  }

  /** Entries that a directory takes, besides its children's the label or the two dots. */
  static int entries(Node directory, List<Named> children) {
    return (directory.parent == null ? 1 : 2) + children.stream().mapToInt(Named::entries).sum();
  }

  static ByteBuffer encode(Node directory, List<Named> children, Places places) {
    FatDirectory encoder = new FatDirectory(entries(directory, children));
    if (directory.parent == null) {
      encoder.put(ascii("JVMM       "), VOLUME, directory.modified, 0, 0);
    } else {
      Node parent = directory.parent;
      encoder.put(
          ascii(".          "), DIRECTORY, directory.modified, places.firstCluster(directory), 0);
      // The root is cluster 0 here, wherever it is (FAT specification, section 6.5).
      int above = parent.parent == null ? 0 : places.firstCluster(parent);
      encoder.put(ascii("..         "), DIRECTORY, parent.modified, above, 0);
    }
    for (Named each : children) {
      encoder.putNamed(each, places.firstCluster(each.node()));
    }
    return encoder.bytes.clear();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private void putNamed(Named named, int cluster) {
    if (named.longName() != null) {
      int sum = 0;
      for (byte each : named.shortName()) {
        sum = ((sum & 1) << 7) + (sum >> 1) + each & 0xff;
      }
      int count = named.entries() - 1;
      for (int i = count; i >= 1; i--) {
        putLong(named.longName(), i, i == count, sum);
      }
    }
    Node node = named.node();
    int attributes = node.directory ? DIRECTORY : READ_ONLY;
    put(named.shortName(), attributes, node.modified, cluster, (int) node.size);
  }

  private void putLong(String name, int ordinal, boolean last, int checksum) {
    int at = bytes.position();
    bytes.put(at, (byte) (ordinal | (last ? LAST_LONG : 0)));
    bytes.put(at + 11, (byte) LONG_NAME);
    bytes.put(at + 13, (byte) checksum);
    for (int i = 0; i < UNIT_PLACES.length; i++) {
      int unit = (ordinal - 1) * UNIT_PLACES.length + i;
      int value = unit < name.length() ? name.charAt(unit) : unit == name.length() ? 0 : 0xffff;
      bytes.putShort(at + UNIT_PLACES[i], (short) value);
    }
    bytes.position(at + ENTRY);
  }

  private void put(byte[] name, int attributes, Instant modified, int cluster, int size) {
    LocalDateTime time = LocalDateTime.ofInstant(modified, ZoneId.systemDefault());
    int year = Math.max(0, Math.min(127, time.getYear() - 1980));
    short date = (short) (year << 9 | time.getMonthValue() << 5 | time.getDayOfMonth());
    short clock = (short) (time.getHour() << 11 | time.getMinute() << 5 | time.getSecond() / 2);
    int at = bytes.position();
    bytes.put(name).put((byte) attributes);
    bytes.putShort(at + 14, clock).putShort(at + 16, date).putShort(at + 18, date);
    bytes.putShort(at + 20, (short) (cluster >>> 16));
    bytes.putShort(at + 22, clock).putShort(at + 24, date);
    bytes.putShort(at + 26, (short) cluster).putInt(at + 28, size);
    bytes.position(at + ENTRY);
  }
}
