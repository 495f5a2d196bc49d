package org.jvmm.block.dir;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jvmm.block.dir.HostTree.Node;

/** Gives the entries of one directory names: a short one of 8.3 letters, a long one if needed. */
final class FatNames {
  private static final String ILLEGAL_LONG = "\"*/:<>?\\|";
  private static final String ILLEGAL_SHORT = ILLEGAL_LONG + "+,.;=[] ";
  private static final int UNITS_PER_ENTRY = 13;
  private static final int MOST_UNITS = 255;

  /**
   * The names of an entry.
   *
   * @param shortName eleven bytes, padded with blanks
   * @param longName null if the short one says it all
   */
  record Named(Node node, byte[] shortName, String longName) {
    /** Directory entries of 32 bytes that hold the names. */
    int entries() {
      return 1
          + (longName == null ? 0 : (longName.length() + UNITS_PER_ENTRY - 1) / UNITS_PER_ENTRY);
    }
  }

  private final Set<String> shortTaken = new HashSet<>();
  private final Set<String> longTaken = new HashSet<>();

  private FatNames() {}

  /** Names for all children of a directory, in their order. */
  static List<Named> of(Node directory) {
    FatNames names = new FatNames();
    List<Named> named = new ArrayList<>();
    for (Node child : directory.children) {
      named.add(names.name(child));
    }
    return named;
  }

  private Named name(Node node) {
    String longName = uniqueLong(node.name);
    int dot = longName.lastIndexOf('.');
    String base = dot > 0 ? longName.substring(0, dot) : longName;
    String extension = dot > 0 ? longName.substring(dot + 1) : "";
    String plainBase = cleaned(base);
    String plainExtension = cleaned(extension);
    boolean fits =
        plainBase.equals(base.toUpperCase(Locale.ROOT))
            && plainExtension.equals(extension.toUpperCase(Locale.ROOT))
            && !base.isEmpty()
            && base.length() <= 8
            && extension.length() <= 3
            && (dot < 0 || !extension.isEmpty())
            && shortTaken.add(padded(plainBase, plainExtension));
    if (fits) {
      boolean exact = plainBase.equals(base) && plainExtension.equals(extension);
      return new Named(node, bytes(padded(plainBase, plainExtension)), exact ? null : longName);
    }
    return new Named(node, bytes(uniqueShort(plainBase, plainExtension)), longName);
  }

  /** Case does not tell names apart on FAT. */
  private String uniqueLong(String name) {
    StringBuilder clean = new StringBuilder();
    for (char c : name.toCharArray()) {
      clean.append(c < ' ' || ILLEGAL_LONG.indexOf(c) >= 0 ? '_' : c);
    }
    String base = clean.toString().replaceFirst("[. ]+$", "_");
    base = base.length() > MOST_UNITS - 8 ? base.substring(0, MOST_UNITS - 8) : base;
    String candidate = base;
    for (int i = 1; !longTaken.add(candidate.toLowerCase(Locale.ROOT)); i++) {
      candidate = base + "~" + i;
    }
    return candidate;
  }

  private String uniqueShort(String base, String extension) {
    String stem = base.isEmpty() ? "_" : base;
    for (int i = 1; ; i++) {
      String tail = "~" + i;
      int most = Math.min(stem.length(), 8 - tail.length());
      String candidate = padded(stem.substring(0, most) + tail, extension);
      if (shortTaken.add(candidate)) {
        return candidate;
      }
    }
  }

  private static String cleaned(String part) {
    StringBuilder clean = new StringBuilder();
    for (char c : part.toUpperCase(Locale.ROOT).toCharArray()) {
      if (c != ' ' && c != '.') {
        clean.append(c < ' ' || c > '~' || ILLEGAL_SHORT.indexOf(c) >= 0 ? '_' : c);
      }
    }
    return clean.toString();
  }

  private static String padded(String base, String extension) {
    String cut = extension.length() > 3 ? extension.substring(0, 3) : extension;
    return "%-8s%-3s".formatted(base, cut);
  }

  private static byte[] bytes(String name) {
    return name.getBytes(StandardCharsets.US_ASCII);
  }
}
