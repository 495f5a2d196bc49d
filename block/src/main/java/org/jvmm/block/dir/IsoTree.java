package org.jvmm.block.dir;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jvmm.block.dir.HostTree.Node;
import org.jvmm.block.dir.IsoNames.Named;

/**
 * One of the two directory trees of a CD-ROM: the primary one with Rock Ridge, or Joliet's. First
 * the directories get their sectors, then, when those of the files are known too, they are encoded.
 */
final class IsoTree {
  private static final int SECTOR = IsoDisk.SECTOR;
  private static final int RECORD_HEAD = 33;
  private static final int LONGEST_RECORD = 254;
  private static final int DIRECTORY = 2;

  /** Where a directory stands. */
  private record Place(int sector, int bytes) {}

  private final IsoNames naming;
  private final Map<Node, Integer> fileSectors;
  private final List<Node> directories = new ArrayList<>();
  private final Map<Node, Integer> numbers = new IdentityHashMap<>();
  private final Map<Node, List<Named>> names = new IdentityHashMap<>();
  private final Map<Node, byte[]> identifiers = new IdentityHashMap<>();
  private final Map<Node, Place> places = new IdentityHashMap<>();

  IsoTree(IsoNames naming, HostTree tree, Map<Node, Integer> fileSectors) {
    this.naming = naming;
    this.fileSectors = fileSectors;
    // By levels, each in the order of its parents: the order of the path table (ECMA-119 6.9.1).
    directories.add(tree.root());
    identifiers.put(tree.root(), new byte[] {0});
    for (int i = 0; i < directories.size(); i++) {
      Node directory = directories.get(i);
      numbers.put(directory, i + 1);
      List<Named> children = naming.of(directory);
      names.put(directory, children);
      for (Named each : children) {
        if (each.node().directory) {
          directories.add(each.node());
          identifiers.put(each.node(), each.identifier());
        }
      }
    }
  }

  /**
   * Gives all directories their sectors.
   *
   * @return the first sector behind them
   */
  int place(int sector) {
    for (Node each : directories) {
      places.put(each, new Place(sector, 0));
    }
    for (Node each : directories) {
      RockRidge fields = new RockRidge(0);
      int bytes = records(each, fields).size();
      places.put(each, new Place(sector, bytes));
      sector += (bytes + fields.continued().length + SECTOR - 1) / SECTOR;
    }
    return sector;
  }

  /** Puts the directories on the disk. */
  void lay(SyntheticDisk disk) {
    for (Node each : directories) {
      Place place = places.get(each);
      RockRidge fields = new RockRidge(place.sector + place.bytes / SECTOR);
      ByteArrayOutputStream bytes = records(each, fields);
      bytes.writeBytes(fields.continued());
      disk.place((long) place.sector * SECTOR, ByteBuffer.wrap(bytes.toByteArray()));
    }
  }

  private ByteArrayOutputStream records(Node directory, RockRidge fields) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    boolean primary = naming == IsoNames.PRIMARY;
    Node parent = directory.parent == null ? directory : directory.parent;
    byte[] itself =
        !primary
            ? new byte[0]
            : directory.parent == null ? fields.root(directory) : fields.dot(directory);
    bytes.writeBytes(record(directory, new byte[] {0}, itself));
    bytes.writeBytes(record(parent, new byte[] {1}, primary ? fields.dot(parent) : new byte[0]));
    for (Named each : names.get(directory)) {
      int room = LONGEST_RECORD - padded(RECORD_HEAD + each.identifier().length);
      byte[] system = primary ? fields.entry(each.node(), room) : new byte[0];
      byte[] record = record(each.node(), each.identifier(), system);
      int left = SECTOR - bytes.size() % SECTOR;
      if (record.length > left) {
        bytes.writeBytes(new byte[left]); // no record crosses a sector (ECMA-119 6.8.1.1)
      }
      bytes.writeBytes(record);
    }
    bytes.writeBytes(new byte[-bytes.size() & SECTOR - 1]);
    return bytes;
  }

  private static int padded(int length) {
    return length + 1 & -2;
  }

  /** The root's record as the volume descriptor has it. */
  byte[] rootRecord() {
    return record(directories.get(0), new byte[] {0}, new byte[0]);
  }

  private byte[] record(Node node, byte[] identifier, byte[] system) {
    int head = padded(RECORD_HEAD + identifier.length);
    ByteBuffer record = ByteBuffer.allocate(padded(head + system.length));
    Place place = places.get(node);
    int sector = node.directory ? place.sector : fileSectors.getOrDefault(node, 0);
    record.put((byte) record.capacity()).put((byte) 0);
    IsoDisk.both32(record, sector);
    IsoDisk.both32(record, node.directory ? place.bytes : (int) node.size);
    record.put(IsoDisk.time(node.modified)).put((byte) (node.directory ? DIRECTORY : 0));
    record.put((byte) 0).put((byte) 0);
    IsoDisk.both16(record, 1);
    record.put((byte) identifier.length).put(identifier);
    record.put(head, system);
    return record.array();
  }

  /** The path table in one of its two byte orders. */
  byte[] pathTable(ByteOrder order) {
    ByteArrayOutputStream table = new ByteArrayOutputStream();
    for (Node each : directories) {
      byte[] identifier = identifiers.get(each);
      ByteBuffer record = ByteBuffer.allocate(8 + padded(identifier.length)).order(order);
      Node parent = each.parent == null ? each : each.parent;
      record.put((byte) identifier.length).put((byte) 0).putInt(places.get(each).sector);
      record.putShort(numbers.get(parent).shortValue()).put(identifier);
      table.writeBytes(Arrays.copyOf(record.array(), record.capacity()));
    }
    return table.toByteArray();
  }

  /** Bytes of one path table. */
  int pathTableBytes() {
    return identifiers.values().stream().mapToInt(each -> 8 + padded(each.length)).sum();
  }

  int directoryCount() {
    return directories.size();
  }
}
