package org.jvmm.devices.fwcfg;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/** The items that a {@link FwCfg} is filled with, by key or by name. */
public final class FwCfgItems {
  /** Most characters of a name. */
  public static final int LONGEST_NAME = 55;

  /** Most named items: as many as keys without the architecture's and the write channel's bit. */
  static final int MOST_FILES = FwCfgKey.WRITE_CHANNEL - FwCfgKey.FILE_FIRST;

  private static final int DIRECTORY_ENTRY = 64;
  private static final byte[] SIGNATURE = "QEMU".getBytes(StandardCharsets.US_ASCII);

  /** Interfaces: the data port, and DMA. */
  private static final int TRADITIONAL = 1, DMA = 1 << 1;

  private final Map<Integer, byte[]> keyed = new HashMap<>();
  private final TreeMap<String, byte[]> named = new TreeMap<>();

  /** Items that every device has. */
  public FwCfgItems() {
    keyed.put(FwCfgKey.SIGNATURE, SIGNATURE);
    u32(FwCfgKey.ID, TRADITIONAL | DMA);
  }

  /** An item of bytes under a {@link FwCfgKey}. */
  public FwCfgItems bytes(int key, byte[] content) {
    keyed.put(key, content.clone());
    return this;
  }

  /** A 16-bit number, little-endian. */
  public FwCfgItems u16(int key, int value) {
    return bytes(key, littleEndian(2).putShort((short) value).array());
  }

  /** A 32-bit number, little-endian. */
  public FwCfgItems u32(int key, long value) {
    return bytes(key, littleEndian(4).putInt((int) value).array());
  }

  /** A 64-bit number, little-endian. */
  public FwCfgItems u64(int key, long value) {
    return bytes(key, littleEndian(8).putLong(value).array());
  }

  private static ByteBuffer littleEndian(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * A named item; it replaces one of the same name.
   *
   * @param name such as {@code etc/e820}
   * @throws IllegalArgumentException if the name is empty, longer than {@link #LONGEST_NAME} or not
   *     ASCII, or there are too many
   */
  public FwCfgItems file(String name, byte[] content) {
    if (!isName(name)) {
      throw new IllegalArgumentException("fw_cfg name '" + name + "'");
    }
    named.put(name, content.clone());
    if (named.size() > MOST_FILES) {
      throw new IllegalArgumentException("more than " + MOST_FILES + " fw_cfg names");
    }
    return this;
  }

  /** Whether a name is 1 to {@link #LONGEST_NAME} graphical characters of ASCII. */
  public static boolean isName(String name) {
    boolean good = !name.isEmpty() && name.length() <= LONGEST_NAME;
    for (int i = 0; good && i < name.length(); i++) {
      good = name.charAt(i) > ' ' && name.charAt(i) < 0x7f;
    }
    return good;
  }

  /** Whether there is an item of a name. */
  public boolean has(String name) {
    return named.containsKey(name);
  }

  /** All items by key: the named ones sorted by name, and their directory. */
  Map<Integer, byte[]> byKey() {
    Map<Integer, byte[]> items = new HashMap<>(keyed);
    ByteBuffer directory = ByteBuffer.allocate(4 + DIRECTORY_ENTRY * named.size());
    directory.putInt(named.size());
    int key = FwCfgKey.FILE_FIRST;
    for (Map.Entry<String, byte[]> file : named.entrySet()) {
      int start = directory.position();
      directory.putInt(file.getValue().length).putShort((short) key).putShort((short) 0);
      directory.put(file.getKey().getBytes(StandardCharsets.US_ASCII));
      directory.position(start + DIRECTORY_ENTRY);
      items.put(key++, file.getValue());
    }
    items.put(FwCfgKey.FILE_DIR, directory.array());
    return items;
  }
}
