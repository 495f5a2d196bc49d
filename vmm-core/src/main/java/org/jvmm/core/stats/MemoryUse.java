package org.jvmm.core.stats;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryUsage;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.jvmm.core.mem.MemorySlot;

/**
 * How much memory of the host the process holds at one moment, guest RAM and the JVM's own apart.
 *
 * @param ram bytes of guest RAM and ROM
 * @param resident bytes of the process in the host's memory, or 0 where the host does not tell
 * @param residentRam those of them that are guest RAM and ROM
 * @param heap the Java heap, with what is garbage
 * @param compiled machine code that the JVM's compilers made
 * @param classes classes and their metadata
 */
public record MemoryUse(
    long ram,
    long resident,
    long residentRam,
    MemoryUsage heap,
    MemoryUsage compiled,
    MemoryUsage classes) {
  /** The mappings of the process, each with its resident pages (proc_pid_smaps(5)). */
  private static final Path MAPPINGS = Path.of("/proc/self/smaps");

  /** Of this process, now. */
  public static MemoryUse now(Collection<MemorySlot> slots) {
    List<String> mappings = mappings();
    return new MemoryUse(
        slots.stream().mapToLong(MemorySlot::size).sum(),
        resident(mappings, (start, end) -> true),
        resident(mappings, (start, end) -> holds(slots, start, end)),
        ManagementFactory.getMemoryMXBean().getHeapMemoryUsage(),
        pools("Code"),
        pools("Metaspace"));
  }

  private static List<String> mappings() {
    try {
      return Files.readAllLines(MAPPINGS, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return List.of(); // not Linux
    }
  }

  /** A choice of mappings by their addresses, the last one exclusive. */
  @FunctionalInterface
  interface Choice {
    boolean counts(long start, long end);
  }

  /** Resident bytes of some mappings. */
  static long resident(List<String> mappings, Choice choice) {
    boolean counts = false;
    long kib = 0;
    for (String line : mappings) {
      String[] words = line.split("[ -]+", 3);
      if (words[0].endsWith(":")) {
        kib += counts && words[0].equals("Rss:") ? Long.parseLong(words[1]) : 0;
      } else {
        long start = Long.parseUnsignedLong(words[0], 16);
        long end = Long.parseUnsignedLong(words[1], 16);
        counts = choice.counts(start, end);
      }
    }
    return kib << 10;
  }

  /** Whether a range of host memory holds a byte of the slots. */
  static boolean holds(Collection<MemorySlot> slots, long start, long end) {
    return slots.stream()
        .anyMatch(s -> s.hostAddress() < end && start < s.hostAddress() + s.size());
  }

  /** The sum of the JVM's memory pools whose names start so. */
  private static MemoryUsage pools(String name) {
    long used = 0;
    long committed = 0;
    for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
      if (pool.getName().startsWith(name)) {
        used += pool.getUsage().getUsed();
        committed += pool.getUsage().getCommitted();
      }
    }
    return new MemoryUsage(0, used, committed, -1);
  }

  /** A table for people, in MiB. */
  public String table() {
    StringBuilder text = new StringBuilder();
    text.append("%-24s %12s %12s%n".formatted("memory, MiB", "resident", "of"));
    if (resident > 0) {
      text.append(line("guest RAM and ROM", residentRam, ram));
      text.append("%-24s %12d%n".formatted("all else", resident - residentRam >> 20));
    }
    text.append("%-24s %12s %12s%n".formatted("", "used", "committed"));
    Stream.of(line("Java heap", heap), line("compiled code", compiled), line("classes", classes))
        .forEach(text::append);
    return text.toString();
  }

  private static String line(String name, MemoryUsage usage) {
    return line(name, usage.getUsed(), usage.getCommitted());
  }

  private static String line(String name, long bytes, long of) {
    return "%-24s %12d %12d%n".formatted(name, bytes >> 20, of >> 20);
  }
}
