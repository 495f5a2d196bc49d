package org.jvmm.cli;

import java.util.Map;
import java.util.Set;

/**
 * What {@code -blockdev} opens: a file, or a format upon one that is named or described with it.
 *
 * @param format null for the file itself
 */
record BlockNode(String name, String file, String format, boolean direct, boolean readOnly) {
  /** Keys that say how QEMU's host side does its work. */
  private static final Set<String> HOSTS_OWN =
      Set.of(
          "aio",
          "cache.no-flush",
          "locking",
          "auto-read-only",
          "discard",
          "detect-zeroes",
          "file.aio",
          "file.locking",
          "file.auto-read-only",
          "file.discard");

  /**
   * Parses an argument.
   *
   * @param known nodes that were named before
   */
  static BlockNode parse(String text, Map<String, BlockNode> known) {
    if (text.startsWith("{")) {
      throw new UsageException("-blockdev: JSON is not taken; key=value is");
    }
    SubOptions options = new SubOptions("-blockdev", text, "driver");
    String driver = options.take("driver", "");
    String name = options.take("node-name");
    if (name == null) {
      throw options.fault("node-name= is needed");
    }
    boolean readOnly = options.takeSwitch("read-only", false);
    boolean direct = options.takeSwitch("cache.direct", false);
    direct |= options.takeSwitch("file.cache.direct", false);
    BlockNode node =
        driver.equals("file")
            ? new BlockNode(name, needed(options, "filename"), null, direct, readOnly)
            : upon(options, name, driver, direct, readOnly, known);
    options.ignore(HOSTS_OWN).end();
    return node;
  }

  private static BlockNode upon(
      SubOptions options,
      String name,
      String format,
      boolean direct,
      boolean readOnly,
      Map<String, BlockNode> known) {
    String below = options.take("file");
    if (below == null) {
      if (!options.take("file.driver", "file").equals("file")) {
        throw options.fault("file.driver is file");
      }
      return new BlockNode(name, needed(options, "file.filename"), format, direct, readOnly);
    }
    BlockNode node = known.get(below);
    if (node == null || node.format != null) {
      throw options.fault("file=%s names no -blockdev of a file", below);
    }
    return new BlockNode(name, node.file, format, direct || node.direct, readOnly || node.readOnly);
  }

  private static String needed(SubOptions options, String key) {
    String value = options.take(key);
    if (value == null) {
      throw options.fault("%s= is needed", key);
    }
    return value;
  }
}
