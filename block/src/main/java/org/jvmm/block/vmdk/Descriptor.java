package org.jvmm.block.vmdk;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jvmm.block.ImageException;

/**
 * The text that describes a disk.
 *
 * @param cid changes with the disk's content, so that a child knows whether its parent is as it was
 * @param parentCid the parent's when this disk was made; {@link #NO_PARENT} without one
 * @param createType the layout, such as {@code monolithicSparse}
 * @param parentHint the parent's file; null without one
 * @param extents what the disk consists of, in order
 */
record Descriptor(
    int cid, int parentCid, String createType, String parentHint, List<ExtentLine> extents) {
  static final String MAGIC = "# Disk DescriptorFile";
  static final int NO_PARENT = -1;

  /** A longer text is refused; a thousand extents take a tenth of it. */
  static final int MOST_BYTES = 1 << 20;

  private static final int MOST_EXTENTS = 2048;
  private static final long MOST_SECTORS = 1L << 53;
  private static final Pattern CID = Pattern.compile("[0-9a-fA-F]{1,8}");
  private static final Pattern EXTENT =
      Pattern.compile(
          "(RW|RDONLY|NOACCESS)\\s+(\\d{1,18})\\s+([A-Z0-9]+)(?:\\s+\"([^\"]+)\"(?:\\s+(\\d{1,15}))?)?\\s*.*");

  /**
   * One extent.
   *
   * @param access RW, RDONLY or NOACCESS
   * @param sectors its size
   * @param type FLAT, SPARSE, ZERO, ...
   * @param file its file's name; null with ZERO
   * @param offset sector in a flat file where it begins
   */
  record ExtentLine(String access, long sectors, String type, String file, long offset) {
    @Override
    public String toString() {
      String line = "%s %d %s".formatted(access, sectors, type);
      if (file == null) {
        return line;
      }
      return line + " \"" + file + '"' + (type.equals("FLAT") ? " " + offset : "");
    }
  }

  static Descriptor parse(String text) throws ImageException {
    String cid = null;
    String parentCid = "ffffffff";
    String createType = null;
    String parentHint = null;
    List<ExtentLine> extents = new ArrayList<>();
    for (String line : text.lines().map(String::strip).toList()) {
      int equals = line.indexOf('=');
      if (line.startsWith("RW ") || line.startsWith("RDONLY ") || line.startsWith("NOACCESS ")) {
        extents.add(extent(line));
        if (extents.size() > MOST_EXTENTS) {
          throw new ImageException(
              "vmdk: descriptor: more than %d extents".formatted(MOST_EXTENTS));
        }
      } else if (equals > 0 && !line.startsWith("#")) {
        String value = unquoted(line.substring(equals + 1).strip());
        switch (line.substring(0, equals).strip()) {
          case "CID" -> cid = value;
          case "parentCID" -> parentCid = value;
          case "createType" -> createType = value;
          case "parentFileNameHint" -> parentHint = value;
          default -> {} // the disk data base: geometry and the like, which we do not need
        }
      }
    }
    if (createType == null) {
      throw new ImageException("vmdk: descriptor: no createType");
    }
    return new Descriptor(
        hex("CID", cid), hex("parentCID", parentCid), createType, parentHint, List.copyOf(extents));
  }

  private static ExtentLine extent(String line) throws ImageException {
    Matcher form = EXTENT.matcher(line);
    if (!form.matches()) {
      throw new ImageException("vmdk: descriptor: extent line '%s'".formatted(shortened(line)));
    }
    long sectors = Long.parseLong(form.group(2));
    long offset = form.group(5) == null ? 0 : Long.parseLong(form.group(5));
    if (sectors > MOST_SECTORS || sectors == 0) {
      throw new ImageException("vmdk: descriptor: extent of %#x sectors".formatted(sectors));
    }
    return new ExtentLine(form.group(1), sectors, form.group(3), form.group(4), offset);
  }

  private static int hex(String name, String value) throws ImageException {
    if (value == null || !CID.matcher(value).matches()) {
      throw new ImageException(
          "vmdk: descriptor: %s is '%s'".formatted(name, value == null ? "" : shortened(value)));
    }
    return Integer.parseUnsignedInt(value, 16);
  }

  private static String unquoted(String value) {
    boolean quoted = value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"");
    return quoted ? value.substring(1, value.length() - 1) : value;
  }

  private static String shortened(String text) {
    return text.length() > 80 ? text.substring(0, 80) + "..." : text;
  }

  boolean hasParent() {
    return parentCid != NO_PARENT && parentHint != null;
  }

  /** The same text with another CID. */
  static String withCid(String text, int cid) {
    return Pattern.compile("^CID=.*$", Pattern.MULTILINE)
        .matcher(text)
        .replaceFirst(String.format(Locale.ROOT, "CID=%08x", cid));
  }

  /**
   * The text of a new disk.
   *
   * @param heads of the geometry that goes with the adapter
   */
  String text(long sectors, String adapter, String hardwareVersion, String toolsVersion) {
    int heads = adapter.equals("ide") ? 16 : 255;
    StringBuilder text = new StringBuilder(512);
    text.append(MAGIC).append("\nversion=1\n");
    text.append(String.format(Locale.ROOT, "CID=%08x\nparentCID=%08x\n", cid, parentCid));
    text.append("createType=\"").append(createType).append("\"\n");
    if (parentHint != null) {
      text.append("parentFileNameHint=\"").append(parentHint).append("\"\n");
    }
    text.append("\n# Extent description\n");
    extents.forEach(each -> text.append(each).append('\n'));
    text.append("\n# The Disk Data Base\n#DDB\n\n");
    entry(text, "ddb.virtualHWVersion", hardwareVersion);
    entry(text, "ddb.geometry.cylinders", Long.toString(sectors / (63L * heads)));
    entry(text, "ddb.geometry.heads", Integer.toString(heads));
    entry(text, "ddb.geometry.sectors", "63");
    entry(text, "ddb.adapterType", adapter);
    entry(text, "ddb.toolsVersion", toolsVersion);
    return text.toString();
  }

  private static void entry(StringBuilder text, String name, String value) {
    text.append(name).append(" = \"").append(value).append("\"\n");
  }
}
