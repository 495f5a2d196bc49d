package org.jvmm.guests.initramfs;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The names that a busybox binary answers to, found without running it. */
public final class Busybox {
  /** The sorted table of names begins with these two in every build that has a shell's test. */
  private static final byte[] TABLE_START = "\0[\0[[\0".getBytes(StandardCharsets.US_ASCII);

  private Busybox() {}

  /**
   * The applets' names: NUL-ended strings in strictly ascending order, closed by an empty one
   * (applet_tables.h of the busybox build). Empty when the binary has no such table; its --install
   * must do then.
   */
  public static List<String> applets(byte[] binary) {
    List<String> names = new ArrayList<>();
    int at = indexOf(binary, TABLE_START) + 1;
    String last = "";
    while (at > 0 && at < binary.length && binary[at] != 0) {
      int end = at;
      while (end < binary.length && binary[end] > ' ' && binary[end] < 0x7F) {
        end++;
      }
      String name = new String(binary, at, end - at, StandardCharsets.US_ASCII);
      boolean sane = end < binary.length && binary[end] == 0 && name.compareTo(last) > 0;
      if (!sane || name.indexOf('/') >= 0) {
        return List.of();
      }
      names.add(name);
      last = name;
      at = end + 1;
    }
    return names;
  }

  /** Links every applet's name in /bin to /bin/busybox, which must be in the tree. */
  public static void link(FileTree tree) {
    byte[] binary =
        tree.regular("bin/busybox")
            .orElseThrow(() -> new IllegalArgumentException("no /bin/busybox in the tree"))
            .content();
    for (String name : applets(binary)) {
      if (!tree.contains("bin/" + name) && !tree.contains("sbin/" + name)) {
        tree.symlink("bin/" + name, "busybox");
      }
    }
  }

  private static int indexOf(byte[] all, byte[] part) {
    for (int i = 0; i + part.length <= all.length; i++) {
      if (Arrays.equals(all, i, i + part.length, part, 0, part.length)) {
        return i;
      }
    }
    return -1;
  }
}
