package org.jvmm.block.dir;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jvmm.block.dir.HostTree.Node;

/**
 * The system use fields by which POSIX systems see names, modes and times (SUSP 1.10, RRIP 1.10). A
 * name that does not fit its record goes on in the directory's continuation area.
 */
final class RockRidge {
  private static final int CONTINUATION = 28;
  private static final int NAME_HEAD = 5;
  private static final int NAME_CONTINUES = 1;
  private static final int MODIFY_TIME = 2;

  private final ByteArrayOutputStream continued = new ByteArrayOutputStream();
  private final int continuedSector;

  /** For one directory, whose continuation area begins at a sector. */
  RockRidge(int continuedSector) {
    this.continuedSector = continuedSector;
  }

  /** What is in the continuation area. */
  byte[] continued() {
    return continued.toByteArray();
  }

  /** The fields of the root's own record, which tell that all this is there. */
  byte[] root(Node node) {
    ByteBuffer fields = start(128);
    fields.put(new byte[] {'S', 'P', 7, 1, (byte) 0xbe, (byte) 0xef, 0});
    attributes(fields, node);
    byte[] id = "RRIP_1991AROCK RIDGEIEEE P1282".getBytes(StandardCharsets.US_ASCII);
    fields.put(new byte[] {'E', 'R', (byte) (8 + id.length), 1, 10, 10, 10, 1}).put(id);
    return taken(fields);
  }

  /** The fields of a directory's record of itself or of its parent. */
  byte[] dot(Node node) {
    ByteBuffer fields = start(64);
    attributes(fields, node);
    return taken(fields);
  }

  /**
   * The fields of an entry.
   *
   * @param room bytes that its record has left
   */
  byte[] entry(Node node, int room) {
    ByteBuffer fields = start(room);
    attributes(fields, node);
    byte[] name = node.name.getBytes(StandardCharsets.UTF_8);
    if (name.length <= fields.remaining() - NAME_HEAD) {
      name(fields, name, 0, name.length, 0);
      return taken(fields);
    }
    int here = fields.remaining() - NAME_HEAD - CONTINUATION;
    name(fields, name, 0, here, NAME_CONTINUES);
    int rest = NAME_HEAD + name.length - here;
    // A continuation lies within one sector (SUSP 5.1).
    if (continued.size() % IsoDisk.SECTOR + rest > IsoDisk.SECTOR) {
      continued.writeBytes(new byte[IsoDisk.SECTOR - continued.size() % IsoDisk.SECTOR]);
    }
    fields.put(new byte[] {'C', 'E', CONTINUATION, 1});
    both(fields, continuedSector + continued.size() / IsoDisk.SECTOR);
    both(fields, continued.size() % IsoDisk.SECTOR);
    both(fields, rest);
    ByteBuffer behind = start(rest);
    name(behind, name, here, name.length, 0);
    continued.writeBytes(behind.array());
    return taken(fields);
  }

  private static ByteBuffer start(int room) {
    return ByteBuffer.allocate(room);
  }

  private static byte[] taken(ByteBuffer fields) {
    byte[] bytes = new byte[fields.position()];
    fields.get(0, bytes);
    return bytes;
  }

  private static void name(ByteBuffer fields, byte[] name, int from, int to, int flags) {
    fields.put(new byte[] {'N', 'M', (byte) (NAME_HEAD + to - from), 1, (byte) flags});
    fields.put(name, from, to - from);
  }

  private static void attributes(ByteBuffer fields, Node node) {
    int mode = node.directory ? 040555 : node.executable ? 0100555 : 0100444;
    fields.put(new byte[] {'P', 'X', 36, 1});
    both(fields, mode);
    both(fields, node.directory ? 2 : 1);
    both(fields, 0); // owner and group: root
    both(fields, 0);
    fields.put(new byte[] {'T', 'F', 12, 1, MODIFY_TIME}).put(IsoDisk.time(node.modified));
  }

  private static void both(ByteBuffer fields, int value) {
    fields.order(ByteOrder.LITTLE_ENDIAN).putInt(value);
    fields.order(ByteOrder.BIG_ENDIAN).putInt(value);
  }
}
