package org.jvmm.cli.img;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jvmm.block.BlockImage;
import org.jvmm.block.Described;
import org.jvmm.block.ImageFile;
import org.jvmm.block.Images;
import org.jvmm.block.OpenOptions;
import org.jvmm.block.Snapshots;

/**
 * What {@code info} tells of one image, gathered while it is open.
 *
 * @param storage bytes of the host's storage; -1 if nobody knows
 * @param backingPath the backing file; null without one
 * @param dirty not closed by who wrote it last
 */
public record ImageReport(
    String name,
    String format,
    long size,
    long storage,
    int clusterSize,
    String backingName,
    String backingFormat,
    Path backingPath,
    List<Snapshots.Info> snapshots,
    boolean dirty,
    Map<String, Object> facts) {

  /** Opens an image alone, without what is below it. */
  public static ImageReport of(String name, String format, OpenOptions options) throws IOException {
    try (BlockImage image = Images.open(name, format, options.withBacking(false))) {
      Described described = image instanceof Described known ? known : null;
      Map<String, Object> facts =
          new LinkedHashMap<>(described == null ? Map.of() : described.facts());
      boolean dirty = Boolean.TRUE.equals(facts.remove("dirty"));
      return new ImageReport(
          name,
          image.format(),
          image.size(),
          storage(name, facts, options),
          described == null ? 0 : described.clusterSize(),
          described == null ? null : described.backingName(),
          described == null ? null : described.backingFormat(),
          described == null ? null : described.backingPath(),
          image instanceof Snapshots keeper ? keeper.snapshots() : List.of(),
          dirty,
          facts);
    }
  }

  /** The image's own file and those of its extents. */
  private static long storage(String name, Map<String, Object> facts, OpenOptions options)
      throws IOException {
    if (Images.hasScheme(name)) {
      return -1;
    }
    List<Path> files = new ArrayList<>();
    files.add(Path.of(name).normalize());
    if (facts.get("extents") instanceof List<?> extents) {
      for (Object each : extents) {
        if (each instanceof Map<?, ?> extent && extent.get("filename") instanceof String file) {
          files.add(Path.of(file).normalize());
        }
      }
    }
    long bytes = 0;
    for (Path each : files.stream().distinct().toList()) {
      try (ImageFile file = options.files().open(each, options.withLocked(false))) {
        bytes += file.storage();
      }
    }
    return bytes;
  }

  /** The fields of qemu-img's JSON, in its order. */
  Map<String, Object> json() {
    Map<String, Object> map = new LinkedHashMap<>();
    put(map, "backing-filename-format", backingFormat);
    if (!snapshots.isEmpty()) {
      map.put("snapshots", snapshots.stream().map(ImageReport::json).toList());
    }
    map.put("virtual-size", size);
    map.put("filename", name);
    put(map, "cluster-size", clusterSize == 0 ? null : clusterSize);
    map.put("format", format);
    put(map, "actual-size", storage < 0 ? null : storage);
    if (!facts.isEmpty()) {
      Map<String, Object> specific = new LinkedHashMap<>();
      specific.put("type", format);
      specific.put("data", facts);
      map.put("format-specific", specific);
    }
    put(map, "full-backing-filename", backingPath == null ? null : backingPath.toString());
    put(map, "backing-filename", backingName);
    map.put("dirty-flag", dirty);
    return map;
  }

  private static void put(Map<String, Object> map, String name, Object value) {
    if (value != null) {
      map.put(name, value);
    }
  }

  private static Map<String, Object> json(Snapshots.Info snapshot) {
    Map<String, Object> map = new LinkedHashMap<>();
    put(map, "icount", snapshot.icount() < 0 ? null : snapshot.icount());
    map.put("vm-clock-nsec", snapshot.vmClockNanos() % 1_000_000_000);
    map.put("name", snapshot.name());
    map.put("date-sec", snapshot.seconds());
    map.put("date-nsec", snapshot.nanos());
    map.put("vm-clock-sec", snapshot.vmClockNanos() / 1_000_000_000);
    map.put("id", snapshot.id());
    map.put("vm-state-size", snapshot.vmStateSize());
    return map;
  }

  /** The lines that qemu-img prints for people. */
  public void print(PrintStream out) {
    out.println("image: " + name);
    out.println("file format: " + format);
    out.println("virtual size: %s (%d bytes)".formatted(ByteCount.of(size), size));
    out.println("disk size: " + (storage < 0 ? "unavailable" : ByteCount.of(storage)));
    if (clusterSize != 0) {
      out.println("cluster_size: " + clusterSize);
    }
    if (dirty) {
      out.println("cleanly shut down: no");
    }
    if (backingName != null) {
      String full = String.valueOf(backingPath);
      String where = full.equals(backingName) ? "" : " (actual path: %s)".formatted(full);
      out.println("backing file: " + backingName + where);
    }
    if (backingFormat != null) {
      out.println("backing file format: " + backingFormat);
    }
    if (!snapshots.isEmpty()) {
      print(snapshots, out);
    }
    if (!facts.isEmpty()) {
      out.println("Format specific information:");
      print(facts, "    ", out);
    }
  }

  private static void print(Map<?, ?> map, String indent, PrintStream out) {
    map.forEach((name, value) -> print(name.toString().replace('-', ' '), value, indent, out));
  }

  private static void print(String name, Object value, String indent, PrintStream out) {
    if (value instanceof Map<?, ?> map) {
      out.println(indent + name + ":");
      print(map, indent + "    ", out);
    } else if (value instanceof List<?> list) {
      out.println(indent + name + ":");
      for (int i = 0; i < list.size(); i++) {
        print("[%d]".formatted(i), list.get(i), indent + "    ", out);
      }
    } else {
      out.println(indent + name + ": " + value);
    }
  }

  /** The table of {@code snapshot -l}. */
  public static void print(List<Snapshots.Info> snapshots, PrintStream out) {
    out.println("Snapshot list:");
    out.println(
        "%-10s%-17s%8s%20s%13s%11s"
            .formatted("ID", "TAG", "VM SIZE", "DATE", "VM CLOCK", "ICOUNT"));
    DateTimeFormatter date =
        DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss").withZone(ZoneId.systemDefault());
    for (Snapshots.Info each : snapshots) {
      long millis = each.vmClockNanos() / 1_000_000;
      String clock =
          "%02d:%02d:%02d.%03d"
              .formatted(
                  millis / 3_600_000, millis / 60_000 % 60, millis / 1000 % 60, millis % 1000);
      out.println(
          "%-9s %-16s %8s%20s%13s%11s"
              .formatted(
                  each.id(),
                  each.name(),
                  ByteCount.of(each.vmStateSize()),
                  date.format(Instant.ofEpochSecond(each.seconds())),
                  clock,
                  each.icount() < 0 ? "" : each.icount()));
    }
  }
}
