package org.jvmm.block.dir;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.Map;
import org.jvmm.block.BlockImage;
import org.jvmm.block.ImageException;
import org.jvmm.block.dir.HostTree.Node;

/**
 * Lays a directory out as a CD-ROM: volume descriptors, path tables, directories, files.
 * Directories may be deeper than ECMA-119's eight levels, which no system of today minds.
 */
final class IsoDisk {
  static final int SECTOR = 2048;

  private static final int FIRST_DESCRIPTOR = 16;
  private static final int PATH_TABLES = FIRST_DESCRIPTOR + 3;
  private static final int MOST_DIRECTORIES = 65535;
  private static final long MOST_FILE = 0xffff_ffffL;
  private static final int MOST_SECTORS = Integer.MAX_VALUE;

  private final HostTree tree;
  private final Map<Node, Integer> fileSectors = new IdentityHashMap<>();

  private IsoDisk(HostTree tree) {
    this.tree = tree;
  }

  /** The disk of a tree. */
  static BlockImage of(HostTree tree) throws ImageException {
    return new IsoDisk(tree).lay();
  }

  private BlockImage lay() throws ImageException {
    IsoTree primary = new IsoTree(IsoNames.PRIMARY, tree, fileSectors);
    IsoTree joliet = new IsoTree(IsoNames.JOLIET, tree, fileSectors);
    if (primary.directoryCount() > MOST_DIRECTORIES) {
      throw new ImageException("iso: more than %d directories".formatted(MOST_DIRECTORIES));
    }
    int primaryTable = sectors(primary.pathTableBytes());
    int jolietTable = sectors(joliet.pathTableBytes());
    int jolietTables = PATH_TABLES + 2 * primaryTable;
    int next = primary.place(jolietTables + 2 * jolietTable);
    next = joliet.place(next);
    int total = placeFiles(next);
    SyntheticDisk disk = new SyntheticDisk("iso", (long) total * SECTOR);
    disk.place(
        (long) FIRST_DESCRIPTOR * SECTOR, descriptor(1, primary, PATH_TABLES, primaryTable, total));
    disk.place(
        (FIRST_DESCRIPTOR + 1L) * SECTOR, descriptor(2, joliet, jolietTables, jolietTable, total));
    ByteBuffer end = ByteBuffer.allocate(SECTOR);
    end.put((byte) 255).put("CD001".getBytes(StandardCharsets.US_ASCII)).put((byte) 1);
    disk.place((FIRST_DESCRIPTOR + 2L) * SECTOR, end.clear());
    layTables(disk, primary, PATH_TABLES, primaryTable);
    layTables(disk, joliet, jolietTables, jolietTable);
    primary.lay(disk);
    joliet.lay(disk);
    fileSectors.forEach((node, sector) -> disk.place((long) sector * SECTOR, node.path, node.size));
    return disk;
  }

  private int placeFiles(int sector) throws ImageException {
    for (Node each : tree.nodes()) {
      if (each.directory || each.size == 0) {
        continue;
      }
      if (each.size > MOST_FILE || sector > MOST_SECTORS - sectors(each.size)) {
        throw new ImageException(
            "%s: %d bytes are more than a file on a CD-ROM can have"
                .formatted(each.path, each.size));
      }
      fileSectors.put(each, sector);
      sector += sectors(each.size);
    }
    return sector;
  }

  private static int sectors(long bytes) {
    return (int) ((bytes + SECTOR - 1) / SECTOR);
  }

  private static void layTables(SyntheticDisk disk, IsoTree of, int sector, int sectors) {
    disk.place((long) sector * SECTOR, ByteBuffer.wrap(of.pathTable(ByteOrder.LITTLE_ENDIAN)));
    disk.place(
        (long) (sector + sectors) * SECTOR, ByteBuffer.wrap(of.pathTable(ByteOrder.BIG_ENDIAN)));
  }

  /** A volume descriptor, ECMA-119 section 8.4 (type 1) and 8.5 (type 2). */
  private ByteBuffer descriptor(int type, IsoTree of, int table, int tableSectors, int total) {
    boolean joliet = type == 2;
    ByteBuffer bytes = ByteBuffer.allocate(SECTOR);
    bytes.put((byte) type).put("CD001".getBytes(StandardCharsets.US_ASCII)).put((byte) 1);
    text(bytes, 8, 32, "LINUX", joliet);
    text(bytes, 40, 32, "JVMM", joliet);
    both32(bytes.position(80), total);
    if (joliet) {
      bytes.put(88, new byte[] {'%', '/', 'E'}); // UCS-2 level 3
    }
    both16(bytes.position(120), 1);
    both16(bytes.position(124), 1);
    both16(bytes.position(128), SECTOR);
    both32(bytes.position(132), of.pathTableBytes());
    bytes.order(ByteOrder.LITTLE_ENDIAN).putInt(140, table);
    bytes.order(ByteOrder.BIG_ENDIAN).putInt(148, table + tableSectors);
    bytes.put(156, of.rootRecord());
    for (int at = 190; at < 702; at += 128) {
      text(bytes, at, 128, "", joliet);
    }
    text(bytes, 702, 111, "", joliet);
    String time =
        DateTimeFormatter.ofPattern("yyyyMMddHHmmss00")
            .format(tree.root().modified.atZone(ZoneOffset.UTC));
    bytes.put(813, time.getBytes(StandardCharsets.US_ASCII));
    bytes.put(830, time.getBytes(StandardCharsets.US_ASCII));
    byte[] never = new byte[16];
    Arrays.fill(never, (byte) '0');
    bytes.put(847, never).put(864, never);
    return bytes.put(881, (byte) 1).clear();
  }

  private static void text(ByteBuffer bytes, int at, int length, String text, boolean wide) {
    byte[] field = new byte[length];
    for (int i = 0; i < (wide ? length / 2 : length); i++) {
      byte letter = (byte) (i < text.length() ? text.charAt(i) : ' ');
      field[wide ? 2 * i + 1 : i] = letter;
    }
    bytes.put(at, field);
  }

  static void both32(ByteBuffer bytes, int value) {
    bytes.order(ByteOrder.LITTLE_ENDIAN).putInt(value);
    bytes.order(ByteOrder.BIG_ENDIAN).putInt(value);
  }

  static void both16(ByteBuffer bytes, int value) {
    bytes.order(ByteOrder.LITTLE_ENDIAN).putShort((short) value);
    bytes.order(ByteOrder.BIG_ENDIAN).putShort((short) value);
  }

  /** A time as directories have it (ECMA-119 9.1.5), in UTC. */
  static byte[] time(Instant instant) {
    ZonedDateTime time = instant.atZone(ZoneOffset.UTC);
    return new byte[] {
      (byte) (time.getYear() - 1900),
      (byte) time.getMonthValue(),
      (byte) time.getDayOfMonth(),
      (byte) time.getHour(),
      (byte) time.getMinute(),
      (byte) time.getSecond(),
      0
    };
  }
}
